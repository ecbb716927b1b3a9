/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "object/host.h"

#define LINE_MAX_BYTES 1200

/* The pipe, made if there is none. A descriptor 0 is never its second end. */
static int make(struct alv_host *host, struct alv_trace *ret_trace)
{
	int err = 0;

	pthread_mutex_lock(&host->lock);
	if (!host->trace.ends[1] && pipe2(host->trace.ends, O_CLOEXEC | O_NONBLOCK))
		err = -errno;
	*ret_trace = host->trace;
	pthread_mutex_unlock(&host->lock);
	return err;
}

void alv_trace_write(struct alv_host *host, const struct alv_trace_line *line)
{
	struct alv_trace trace;
	char text[LINE_MAX_BYTES];
	struct timespec now;
	int n;

	if (make(host, &trace)) {
		alv_log(&host->log, ALV_LOG_WARN, "a traced line is lost: no descriptor is left");
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	n = snprintf(text, sizeof(text),
		     "%16s-%-7u [%03u] %s %5lld.%06ld: bpf_trace_printk: %s\n", line->comm,
		     line->pid, line->cpu, line->context, (long long)now.tv_sec,
		     now.tv_nsec / 1000, line->text);
	/* A full pipe takes no more: the line is dropped, as by a full trace buffer. */
	if (write(trace.ends[1], text, (size_t)n) < 0 && errno != EAGAIN)
		alv_log(&host->log, ALV_LOG_WARN, "a traced line is lost: %s", strerror(errno));
}

/* An open file description of the reader's own: what it sets there is its business. */
int alv_trace_open(struct alv_host *host, int *ret_fd)
{
	struct alv_trace trace;
	char path[32];
	int err = make(host, &trace), fd;

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", trace.ends[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int alv_trace_name(struct alv_host *host, const char *path)
{
	int ends[2] = { -1, -1 }, err = 0;

	/* The group's and others' bits, whatever our umask says. */
	if (mkfifo(path, 0444) || chmod(path, 0644))
		return -errno;
	ends[0] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ends[1] = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (ends[0] < 0 || ends[1] < 0 || chmod(path, 0444))
		err = -errno;
	pthread_mutex_lock(&host->lock);
	if (!err && !host->trace.ends[1])
		host->trace = (struct alv_trace){ .ends = { ends[0], ends[1] } };
	else if (!err)
		err = -EBUSY;
	pthread_mutex_unlock(&host->lock);
	if (!err)
		return 0;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	unlink(path);
	return err;
}

int alv_host_trace(struct alv_host *host)
{
	int err = alv_host_check_owner(host), fd;

	if (!err)
		err = alv_trace_open(host, &fd);
	return err ? err : fd;
}

void alv_trace_fini(struct alv_trace *trace)
{
	if (!trace->ends[1])
		return;
	close(trace->ends[0]);
	close(trace->ends[1]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "object/host.h"

#define LINE_MAX_BYTES 1200

/* The pipe, made if there is none. A descriptor 0 is never one of its ends. */
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
	size_t length = strlen(line->text);
	int n;

	if (make(host, &trace)) {
		alv_log(&host->log, ALV_LOG_WARN, "a traced line is lost: no descriptor is left");
		return;
	}
	if (length && line->text[length - 1] == '\n')
		length--;
	clock_gettime(CLOCK_MONOTONIC, &now);
	n = snprintf(text, sizeof(text),
		     "%16s-%-7u [%03u] ...11 %5lld.%06ld: bpf_trace_printk: %.*s\n", line->comm,
		     line->pid, line->cpu, (long long)now.tv_sec, now.tv_nsec / 1000, (int)length,
		     line->text);
	/* A full pipe takes no more: the line is dropped, as by a full trace buffer. */
	if (write(trace.ends[1], text, (size_t)n) < 0 && errno != EAGAIN)
		alv_log(&host->log, ALV_LOG_WARN, "a traced line is lost: %s", strerror(errno));
}

int alv_trace_open(struct alv_host *host, int *ret_fd)
{
	struct alv_trace trace;
	int err = make(host, &trace), fd;

	if (err)
		return err;
	fd = fcntl(trace.ends[0], F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

void alv_trace_fini(struct alv_trace *trace)
{
	if (!trace->ends[1])
		return;
	close(trace->ends[0]);
	close(trace->ends[1]);
}

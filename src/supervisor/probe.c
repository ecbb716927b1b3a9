/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "object/bpffs.h"
#include "supervisor/filter.h"
#include "supervisor/notify.h"
#include "supervisor/session.h"
#include "supervisor/view_mounts.h"

#define PROBE_ANSWER 4242 /* what no kernel's bpf(2) returns */

/* The child of the listener's probe: a client that makes one call. */
static int probe_client(int conn)
{
	const struct alv_filter_plan plan = {
		.transport = ALV_TRANSPORT_NOTIFY,
		.view = ALV_VIEW_MOUNTS,
		.listener = true,
	};
	struct alv_filter filter;
	int err, listener;
	s32 result;

	err = alv_filter_build(&plan, &filter);
	if (err)
		return err;
	listener = alv_filter_load(&filter, true);
	if (listener == -EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		listener = alv_filter_load(&filter, true);
	alv_filter_fini(&filter);
	err = listener < 0 ? listener : 0;
	err = alv_session_send(conn, &err, sizeof(err), listener);
	if (err || listener < 0)
		return err;
	close(listener);
	result = (s32)syscall(__NR_bpf, ~0u, NULL, 0);
	if (result < 0)
		result = -errno;
	return alv_session_send(conn, &result, sizeof(result), -1);
}

/* Can we see what commands must see of a client: its memory and descriptors? */
static void look_into(struct alv_probe *probe, pid_t child)
{
	char there, path[48];
	struct iovec ours = { .iov_base = &there, .iov_len = 1 };
	struct iovec theirs = { .iov_base = (void *)probe, .iov_len = 1 };
	struct stat st;

	probe->memory = process_vm_readv(child, &ours, 1, &theirs, 1, 0) == 1 ? 0 : -errno;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", child, STDERR_FILENO);
	probe->descriptors = stat(path, &st) && errno != ENOENT ? -errno : 0;
}

/* Answer the child's call, if it comes here and not to somebody else. */
static int answer_probe(struct alv_probe *probe, int conn, int listener, pid_t child)
{
	struct pollfd ready[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = conn, .events = POLLIN },
	};
	struct alv_notify_request notify;
	struct alv_notify_buffers buffers;
	s32 result;
	int err;

	if (poll(ready, ALV_COUNT(ready), -1) < 0)
		return -errno;
	if (ready[0].revents & POLLIN) {
		err = alv_notify_buffers_init(&buffers);
		if (err)
			return err;
		err = alv_notify_receive(listener, &buffers, &notify);
		if (!err) {
			look_into(probe, child);
			err = notify.req.transport->reply(&notify.req, PROBE_ANSWER);
		}
		alv_notify_buffers_fini(&buffers);
		if (err)
			return err;
	}
	err = alv_session_receive(conn, &result, sizeof(result), NULL);
	if (err)
		return err;
	if (result == PROBE_ANSWER)
		return 0;
	return result < 0 ? result : -EPROTO;
}

static void probe_listener(struct alv_probe *probe)
{
	ALV_AUTO(fd) int listener = -1;
	int ends[2], status, err;
	pid_t child;

	probe->bpf = probe->memory = probe->descriptors = -ENOSYS;
	probe->listener = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		probe->listener = -errno;
		return;
	}
	child = fork();
	if (!child)
		_exit(probe_client(ends[1]) ? 1 : 0);
	close(ends[1]);
	if (child < 0 || alv_session_receive(ends[0], &err, sizeof(err), &listener))
		err = -ECHILD;
	probe->listener = err;
	if (!err)
		probe->bpf = answer_probe(probe, ends[0], listener, child);
	close(ends[0]);
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
}

/* Mount something on the bpf filesystem's place as a launch would. */
static int probe_mounts(bool root)
{
	struct alv_session_place place = { .path = ALV_BPFFS_PATH, .directory = true };
	int status;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child) {
		/* Any directory will do. */
		snprintf(place.source, sizeof(place.source), "/proc/self");
		_exit(-alv_view_mounts_enter(&place, 1, root) & 0xff);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int read_yama(void)
{
	ALV_AUTO(fd) int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 ? digit - '0' : -1;
}

void alv_probe(struct alv_probe *probe, bool root)
{
	probe_listener(probe);
	probe->mounts = probe_mounts(root);
	probe->yama = read_yama();
}

static enum alv_transport best_transport(const struct alv_probe *probe)
{
	return probe->listener || probe->bpf ? ALV_TRANSPORT_TRAP : ALV_TRANSPORT_NOTIFY;
}

static enum alv_view best_view(const struct alv_probe *probe)
{
	return probe->mounts ? ALV_VIEW_PATHS : ALV_VIEW_MOUNTS;
}

void alv_probe_choose(struct alv_launch *launch)
{
	struct alv_probe probe;

	if (launch->transport == ALV_TRANSPORT_AUTO) {
		probe_listener(&probe);
		launch->transport = best_transport(&probe);
	}
	if (launch->view == ALV_VIEW_AUTO) {
		probe.mounts = probe_mounts(launch->root);
		launch->view = best_view(&probe);
	}
	if (launch->verbose)
		fprintf(stderr, "alveary: transport %s, view %s\n",
			alv_transport_name(launch->transport), alv_view_name(launch->view));
}

static void report(FILE *out, const char *what, int err)
{
	fprintf(out, "%-36s %s\n", what, err ? strerror(-err) : "yes");
}

void alv_probe_report(FILE *out)
{
	struct alv_probe probe;

	alv_probe(&probe, false);
	report(out, "filter with a listener", probe.listener);
	report(out, "bpf(2) arrives at the listener", probe.bpf);
	report(out, "memory of a client", probe.memory);
	report(out, "descriptors of a client", probe.descriptors);
	report(out, "private mounts", probe.mounts);
	if (probe.yama > 0)
		fprintf(out, "%-36s %d\n", "yama's ptrace_scope", probe.yama);
	fprintf(out, "%-36s %s\n", "transport",
		alv_transport_name(best_transport(&probe)));
	fprintf(out, "%-36s %s\n", "view", alv_view_name(best_view(&probe)));
}

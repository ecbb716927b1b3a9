/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
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

/* Take a descriptor of the child's that it surely has: the socket to us. */
static int take_descriptor(pid_t child, int number)
{
	ALV_AUTO(fd) int pidfd = (int)syscall(__NR_pidfd_open, child, 0);
	int fd;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(__NR_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Can we see what commands must see of a client: its memory and descriptors? */
static void look_into(struct alv_probe *probe, pid_t child, int socket)
{
	char there, path[48];
	struct iovec ours = { .iov_base = &there, .iov_len = 1 };
	struct iovec theirs = { .iov_base = (void *)probe, .iov_len = 1 };
	struct stat st;

	probe->memory = process_vm_readv(child, &ours, 1, &theirs, 1, 0) == 1 ? 0 : -errno;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", child, socket);
	probe->descriptors = stat(path, &st) ? -errno : 0;
	probe->pidfd_getfd = take_descriptor(child, socket);
}

/* Answer the child's call, if it comes here and not to somebody else. */
static int answer_probe(int conn, int listener)
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
		if (!err)
			err = notify.req.transport->reply(&notify.req, PROBE_ANSWER);
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

	probe->bpf = probe->memory = probe->descriptors = probe->pidfd_getfd = -ENOSYS;
	probe->listener = probe->synchronous = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		probe->listener = -errno;
		return;
	}
	child = fork();
	if (!child) {
		char byte;

		close(ends[0]);
		if (probe_client(ends[1]))
			_exit(1);
		/* It is looked into until the parent hangs up. */
		_exit(recv(ends[1], &byte, 1, 0) != 0);
	}
	close(ends[1]);
	if (child < 0 || alv_session_receive(ends[0], &err, sizeof(err), &listener))
		err = -ECHILD;
	probe->listener = err;
	if (!err && ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			  SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP))
		probe->synchronous = -errno;
	if (!err)
		probe->bpf = answer_probe(ends[0], listener);
	if (!err)
		look_into(probe, child, ends[1]);
	close(ends[0]);
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
}

/* What a child makes of it: the errno that `run` gives there. */
static int try_in_child(int (*run)(bool flag), bool flag)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child)
		_exit(-run(flag) & 0xff);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* Mount something on the bpf filesystem's place as a launch would; any directory will do. */
static int try_mounts(bool root)
{
	const struct alv_session_place place = {
		.path = ALV_BPFFS_PATH,
		.source = "/proc/self",
		.directory = true,
	};

	return alv_view_mounts_enter(&place, 1, root);
}

static int try_userns(bool flag)
{
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

static int try_ptrace(bool flag)
{
	pid_t child = fork();
	int err;

	if (child < 0)
		return -errno;
	if (!child) {
		pause();
		_exit(0);
	}
	err = ptrace(PTRACE_SEIZE, child, NULL, NULL) ? -errno : 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
	return err;
}

/* The kernel looks at the flags before it looks at the (missing) program. */
static int probe_killable(void)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			      ALV_FILTER_FLAG_WAIT_KILLABLE_RECV;

	if (!syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) || errno == EFAULT)
		return 0;
	return -errno;
}

int alv_probe_proc(void)
{
	char text[16];
	ssize_t size = readlink("/proc/self", text, sizeof(text) - 1);

	if (size < 0)
		return -errno;
	text[size] = '\0';
	return atoi(text) == getpid() ? 0 : -EXDEV;
}

static int read_yama(void)
{
	ALV_AUTO(fd) int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 ? digit - '0' : -1;
}

void alv_probe(struct alv_probe *probe, bool root)
{
	probe->proc = alv_probe_proc();
	probe_listener(probe);
	probe->killable = probe_killable();
	probe->ptrace = try_in_child(try_ptrace, false);
	probe->userns = try_in_child(try_userns, false);
	probe->mounts = try_in_child(try_mounts, root);
	probe->yama = read_yama();
}

enum alv_transport alv_probe_transport(const struct alv_probe *probe)
{
	return probe->listener || probe->bpf ? ALV_TRANSPORT_TRAP : ALV_TRANSPORT_NOTIFY;
}

enum alv_view alv_probe_view(const struct alv_probe *probe)
{
	return probe->mounts ? ALV_VIEW_PATHS : ALV_VIEW_MOUNTS;
}

void alv_probe_choose(struct alv_launch *launch)
{
	struct alv_probe probe;

	if (launch->transport == ALV_TRANSPORT_AUTO) {
		probe_listener(&probe);
		launch->transport = alv_probe_transport(&probe);
	}
	if (launch->view == ALV_VIEW_AUTO) {
		probe.mounts = try_in_child(try_mounts, launch->root);
		launch->view = alv_probe_view(&probe);
	}
	if (launch->verbose)
		fprintf(stderr, "alveary: transport %s, view %s\n",
			alv_transport_name(launch->transport), alv_view_name(launch->view));
}

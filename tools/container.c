/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * container: run a command as a default container would.
 *
 *   container [--uid N] [--listener] -- CMD [ARG]...
 *   container [--uid N] [--listener] --control
 *
 * Beneath a filter that refuses what a default profile refuses, with no new
 * privileges, no capabilities, and /sys read-only. --listener: the filter
 * notifies somebody else (so that the command can have no listener of its own).
 * --control instead of a command shows that bpf(2) and the others are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pass_fd.h"

/* What a default profile refuses to a container without capabilities. */
static const struct refused {
	const char *name;
	int error;
} refused[] = {
	{ "bpf", EPERM },
	{ "perf_event_open", EPERM },
	{ "mount", EPERM },
	{ "umount2", EPERM },
	{ "umount", EPERM },
	{ "unshare", EPERM },
	{ "setns", EPERM },
	{ "pidfd_getfd", EPERM },
	{ "pivot_root", EPERM },
	{ "fsopen", EPERM },
	{ "fsconfig", EPERM },
	{ "fsmount", EPERM },
	{ "fspick", EPERM },
	{ "move_mount", EPERM },
	{ "open_tree", EPERM },
	{ "mount_setattr", EPERM },
	{ "open_by_handle_at", EPERM },
	{ "userfaultfd", EPERM },
	{ "io_uring_setup", EPERM },
	{ "io_uring_enter", EPERM },
	{ "io_uring_register", EPERM },
	{ "keyctl", EPERM },
	{ "add_key", EPERM },
	{ "request_key", EPERM },
	{ "init_module", EPERM },
	{ "finit_module", EPERM },
	{ "delete_module", EPERM },
	{ "kexec_load", EPERM },
	{ "kexec_file_load", EPERM },
	{ "syslog", EPERM },
	{ "quotactl", EPERM },
	{ "acct", EPERM },
	{ "swapon", EPERM },
	{ "swapoff", EPERM },
	{ "reboot", EPERM },
	{ "clone3", ENOSYS },
};

#define NEW_NAMESPACES                                                                  \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |  \
	 CLONE_NEWPID | CLONE_NEWNET)

static void die(const char *what)
{
	fprintf(stderr, "container: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void check(int negative_errno, const char *what)
{
	if (negative_errno < 0) {
		errno = -negative_errno;
		die(what);
	}
}

/* A private mount namespace in which /sys and all below it is read-only. */
static void make_sys_read_only(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statvfs sys;

	if (unshare(CLONE_NEWNS)) {
		if (!statvfs("/sys", &sys) && !(sys.f_flag & ST_RDONLY))
			fprintf(stderr, "container: /sys stays writable: %s\n",
				strerror(errno));
		return;
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make / private");
	if (mount_setattr(AT_FDCWD, "/sys", AT_RECURSIVE, &attr, sizeof(attr)))
		die("make /sys read-only");
}

static void drop_privileges(long uid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {};

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!geteuid() && prctl(PR_CAPBSET_DROP, cap) && errno != EPERM)
			die("drop the bounding set");
	if (uid >= 0) {
		if (setgroups(0, NULL))
			die("setgroups");
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			die("setresuid");
		/* what exec() would do: a process may look into its like */
		if (prctl(PR_SET_DUMPABLE, 1))
			die("PR_SET_DUMPABLE");
	}
	if (syscall(SYS_capset, &head, none))
		die("capset");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
}

static void add_rules(scmp_filter_ctx filter, bool listener)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int nr = seccomp_syscall_resolve_name(refused[i].name);
		u_int32_t action = SCMP_ACT_ERRNO(refused[i].error);

		if (nr == __NR_SCMP_ERROR)
			continue; /* younger than this libseccomp */
		if (listener && !strcmp(refused[i].name, "mount"))
			action = SCMP_ACT_NOTIFY;
		check(seccomp_rule_add(filter, action, nr, 0), refused[i].name);
	}
	/* one rule for each bit: "any of them" can't be said in one */
	for (unsigned long long bit = 1; bit <= NEW_NAMESPACES; bit <<= 1) {
		if (!(bit & NEW_NAMESPACES))
			continue;
		check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit)),
		      "clone");
	}
}

static scmp_filter_ctx make_filter(bool listener)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter)
		die("seccomp_init");
#ifdef __x86_64__
	check(seccomp_arch_add(filter, SCMP_ARCH_X86), "i386");
	check(seccomp_arch_add(filter, SCMP_ARCH_X32), "x32");
#endif
	add_rules(filter, listener);
	return filter;
}

/* Somebody else's supervisor: refuses each mount as the filter would. */
static void serve_listener(int channel)
{
	int listener = pass_fd_receive(channel);
	struct pollfd event = { .fd = listener, .events = POLLIN };

	if (listener < 0)
		_exit(1);
	while (poll(&event, 1, -1) > 0 && !(event.revents & POLLHUP)) {
		struct seccomp_notif call = {};
		struct seccomp_notif_resp answer = { .error = -EPERM };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue; /* its caller went away meanwhile */
		answer.id = call.id;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) && errno != ENOENT)
			_exit(1);
	}
	_exit(0);
}

static void load_filter(bool listener)
{
	scmp_filter_ctx filter = make_filter(listener);
	int channel[2];

	if (!listener) {
		check(seccomp_load(filter), "load the filter");
		seccomp_release(filter);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		die("socketpair");
	switch (fork()) {
	case -1:
		die("fork");
		break;
	case 0:
		close(channel[0]);
		/* hold no pipe of the command's open */
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		setsid();
		serve_listener(channel[1]);
		break;
	}
	check(seccomp_load(filter), "load the filter");
	if (pass_fd_send(channel[0], seccomp_notify_fd(filter)))
		die("pass the listener on");
	seccomp_release(filter);
	close(channel[0]);
	close(channel[1]);
}

/* Does clone() make such a namespace? */
static bool clone_leaks(unsigned long flag)
{
	long pid = syscall(SYS_clone, flag | SIGCHLD, 0L, 0L, 0L, 0L);

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	printf("clone(%#lx): %s\n", flag, pid < 0 ? strerror(errno) : "not refused");
	return pid > 0 || errno != EPERM;
}

/* Each refused call once, with arguments that could do no harm if it were not. */
static int run_control(void)
{
	int leaks = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int nr = seccomp_syscall_resolve_name(refused[i].name);

		if (nr < 0)
			continue; /* not on this architecture */
		errno = 0;
		if (syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) < 0 &&
		    errno == refused[i].error) {
			printf("%s: %s\n", refused[i].name, strerror(errno));
			continue;
		}
		printf("%s: not refused (%s)\n", refused[i].name, strerror(errno));
		leaks++;
	}
	for (unsigned long long bit = 1; bit <= NEW_NAMESPACES; bit <<= 1)
		if (bit & NEW_NAMESPACES)
			leaks += clone_leaks(bit);
	return leaks ? 1 : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: container [--uid N] [--listener] -- CMD [ARG]...\n"
			"       container [--uid N] [--listener] --control\n");
	return 125;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "uid", required_argument, NULL, 'u' },
		{ "listener", no_argument, NULL, 'l' },
		{ "control", no_argument, NULL, 'c' },
		{},
	};
	bool listener = false, control = false;
	long uid = -1;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (opt) {
		case 'u':
			uid = strtol(optarg, NULL, 10);
			break;
		case 'l':
			listener = true;
			break;
		case 'c':
			control = true;
			break;
		default:
			return usage();
		}
	}
	if (control == (optind < argc))
		return usage();

	if (!geteuid())
		make_sys_read_only();
	drop_privileges(uid);
	load_filter(listener);
	if (control)
		return run_control();
	execvp(argv[optind], argv + optind);
	fprintf(stderr, "container: %s: %s\n", argv[optind], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

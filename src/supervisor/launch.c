/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/launch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/filter.h"
#include "supervisor/nest.h"
#include "supervisor/probe.h"
#include "supervisor/session.h"
#include "supervisor/supervisor.h"
#include "supervisor/view_mounts.h"

static int launch_fail(const char *what, int err)
{
	fprintf(stderr, "alveary: %s: %s\n", what, strerror(-err));
	return err;
}

/* The supervisor is nobody's child, so CMD never sees it in wait(2). */
static int start_supervisor(const struct alv_launch *launch, int *ret_conn)
{
	int ends[2], status;
	pid_t middle;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	middle = fork();
	if (middle < 0) {
		int err = -errno;

		close(ends[0]);
		close(ends[1]);
		return err;
	}
	if (!middle) {
		setsid();
		if (fork())
			_exit(0);
		_exit(alv_supervisor_main(&launch->host, ends[1]));
	}
	close(ends[1]);
	while (waitpid(middle, &status, 0) < 0 && errno == EINTR)
		;
	*ret_conn = ends[0];
	return 0;
}

static int connect_host(const char *path, int *ret_conn)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ALV_AUTO(fd) int conn = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (conn < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	if (connect(conn, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	*ret_conn = alv_steal_fd(&conn);
	return 0;
}

static int load_filter(const struct alv_launch *launch, bool listener, int *ret_listener)
{
	const struct alv_filter_plan plan = {
		.transport = launch->transport,
		.view = launch->view,
		.opens = launch->fdinfo == ALV_FDINFO_ALWAYS,
		.root = launch->root,
		.listener = listener,
	};
	struct alv_filter filter;
	int fd, err;

	err = alv_filter_build(&plan, &filter);
	if (err)
		return err;
	fd = alv_filter_load(&filter, listener);
	/* The privileged may do without; for them set-user-ID programs stay what they are. */
	if (fd == -EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fd = alv_filter_load(&filter, listener);
	alv_filter_fini(&filter);
	if (fd < 0)
		return fd;
	*ret_listener = listener ? fd : -1;
	return 0;
}

static int meet(const struct alv_launch *launch, int conn, struct alv_session_welcome *ret_welcome)
{
	const struct alv_session_hello hello = {
		.version = ALV_SESSION_VERSION,
		.transport = launch->transport,
		.view = launch->view,
		.root = launch->root,
		.opens = launch->fdinfo == ALV_FDINFO_ALWAYS,
	};
	int err = alv_session_send(conn, &hello, sizeof(hello), STDERR_FILENO);

	/* Without a stderr there is nobody to read messages. */
	if (err == -EBADF)
		err = alv_session_send(conn, &hello, sizeof(hello), -1);
	if (!err)
		err = alv_session_receive(conn, ret_welcome, sizeof(*ret_welcome), NULL);
	return err ? err : ret_welcome->err;
}

static int enter_mounts(const struct alv_launch *launch,
			const struct alv_session_welcome *welcome)
{
	int err = alv_view_mounts_enter(welcome->places, welcome->n_places, launch->root);

	return err ? launch_fail("cannot mount the client's view", err) : 0;
}

/* Enter the view and the filter, and hand its listener over. */
static int enter(const struct alv_launch *launch, int conn,
		 const struct alv_session_welcome *welcome)
{
	ALV_AUTO(fd) int listener = -1;
	struct alv_session_start start = {};
	struct alv_session_go go;
	int err;

	if (welcome->n_places > ALV_MAX_PROVIDED)
		return launch_fail("the host", -EPROTO);
	if (launch->view == ALV_VIEW_MOUNTS) {
		err = enter_mounts(launch, welcome);
		if (err)
			return err;
	}
	/* Yama lets only ancestors trace without being asked to, and only for this long. */
	if (launch->transport == ALV_TRANSPORT_TRAP)
		(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	err = load_filter(launch, true, &listener);
	/* There is somebody else's listener already. */
	if (err == -EBUSY && launch->transport == ALV_TRANSPORT_TRAP)
		err = load_filter(launch, false, &listener);
	if (err)
		return launch_fail("cannot load the system-call filter", err);
	err = alv_session_send(conn, &start, sizeof(start), listener);
	if (!err)
		err = alv_session_receive(conn, &go, sizeof(go), NULL);
	if (launch->transport == ALV_TRANSPORT_TRAP)
		(void)prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	if (!err)
		err = go.err;
	return err ? launch_fail("the host does not serve", err) : 0;
}

/* Find a command as execvp(3) does. */
static bool find_command(const char *command, struct stat *ret_st)
{
	const char *dir = getenv("PATH");
	char path[PATH_MAX];

	if (strchr(command, '/'))
		return !stat(command, ret_st);
	while (dir && *dir) {
		size_t size = strcspn(dir, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", (int)size, dir, command) <
			    (int)sizeof(path) &&
		    !stat(path, ret_st))
			return true;
		dir += size + (dir[size] == ':');
	}
	return false;
}

/*
 * Under no_new_privs, or in a user namespace where its owner has no name, such a
 * program does not become what it expects to be.
 */
static void warn_of_privileges(const char *command, uid_t uid, gid_t gid)
{
	struct stat st;

	if (uid && find_command(command, &st) &&
	    ((st.st_mode & S_ISUID && st.st_uid != uid) ||
	     ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != gid)))
		fprintf(stderr, "alveary: %s is set-user-ID or set-group-ID: it runs without "
				"those privileges\n",
			command);
}

static int execute(char **command)
{
	execvp(command[0], command);
	launch_fail(command[0], -errno);
	return errno == ENOENT ? ALV_EXIT_NOT_FOUND : ALV_EXIT_CANNOT_RUN;
}

static void choose_fdinfo(struct alv_launch *launch)
{
	launch->fdinfo = alv_fdinfo_choose(launch->fdinfo, launch->view, launch->command[0],
					   !launch->no_preload);
}

static int preload(const struct alv_launch *launch)
{
	int err = 0;

	/* Whom the tracer watches needs no help against signals. */
	if (launch->fdinfo == ALV_FDINFO_SHIM ||
	    (!launch->no_preload && launch->transport != ALV_TRANSPORT_TRAP))
		err = alv_preload_shim();
	if (err)
		launch_fail("cannot preload the library for signals and fdinfo (--no-preload)", err);
	return err;
}

/* Beneath another launcher its supervisor serves us, too, from a fresh host. */
static int launch_nested(struct alv_launch *launch, bool *ret_nested)
{
	const struct alv_host_config *config = &launch->host;
	struct alv_nest_wish wish = {
		.version = ALV_SESSION_VERSION,
		.root = launch->root,
		.cpus = config->cpus,
		.flags = config->flags,
		.caps = config->caps,
		.memory_limit = config->memory_limit,
	};

	snprintf(wish.kernel, sizeof(wish.kernel), "%s", config->kernel ? config->kernel : "");
	if (config->btf && strlen(config->btf) >= sizeof(wish.btf))
		return launch_fail(config->btf, -ENAMETOOLONG);
	snprintf(wish.btf, sizeof(wish.btf), "%s", config->btf ? config->btf : "");
	*ret_nested = syscall(__NR_bpf, ALV_NEST_COMMAND, &wish, sizeof(wish)) == ALV_NEST_COMMAND;
	if (!*ret_nested)
		return 0;
	if (wish.welcome.n_places > ALV_MAX_PROVIDED)
		return launch_fail("the outer host", -EPROTO);
	launch->view = wish.view;
	choose_fdinfo(launch);
	return wish.view == ALV_VIEW_MOUNTS ? enter_mounts(launch, &wish.welcome) : 0;
}

static int launch_session(struct alv_launch *launch)
{
	struct alv_session_welcome welcome;
	int conn = -1, err;

	err = alv_probe_proc();
	if (err)
		return launch_fail("/proc must be of this process namespace", err);
	alv_probe_choose(launch);
	choose_fdinfo(launch);
	err = launch->socket ? connect_host(launch->socket, &conn) :
			       start_supervisor(launch, &conn);
	if (err)
		return launch_fail(launch->socket ? launch->socket : "cannot start the host", err);
	err = meet(launch, conn, &welcome);
	if (err)
		launch_fail("cannot make a host", err);
	else
		err = enter(launch, conn, &welcome);
	close(conn);
	return err;
}

int alv_launch(const struct alv_launch *wanted)
{
	struct alv_launch launch = *wanted;
	bool nested = false;
	int err = 0;

	warn_of_privileges(launch.command[0], geteuid(), getegid());
	if (!launch.socket)
		err = launch_nested(&launch, &nested);
	if (!err && !nested)
		err = launch_session(&launch);
	if (!err)
		err = preload(&launch);
	return err ? ALV_EXIT_FAILED : execute(launch.command);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/host.h"
#include "supervisor/session.h"

void alv_supervisor_raise_limits(void)
{
	static const int resources[] = {
		RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_NPROC, RLIMIT_CPU,
	};

	/* The hard limit may be what it is; then calls fail as they must. */
	for (size_t i = 0; i < ALV_COUNT(resources); i++) {
		struct rlimit limit;

		if (getrlimit(resources[i], &limit))
			continue;
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(resources[i], &limit);
	}
}

/* Nothing of the launcher's may live longer because of us. */
static void let_go(int *conn)
{
	int fd, moved;

	moved = fcntl(*conn, F_DUPFD_CLOEXEC, 3);
	if (moved >= 0) {
		close(*conn);
		*conn = moved;
	}
	if (*conn > 3)
		close_range(3, (unsigned int)*conn - 1, 0);
	close_range((unsigned int)*conn + 1, ~0u, 0);
	fd = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		if (fd >= 0)
			dup2(fd, i);
		else
			close(i);
	if (fd > 2)
		close(fd);
	/* Staying somewhere would keep that file system from being unmounted. */
	if (chdir("/"))
		_exit(1);
	umask(0077);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int refuse(int conn, int err)
{
	struct alv_session_welcome welcome = { .err = err };
	struct alv_session_hello hello;

	/* The launcher is told, or is gone: there is nothing else to do. */
	(void)alv_session_receive(conn, &hello, sizeof(hello), NULL);
	(void)alv_session_send(conn, &welcome, sizeof(welcome), -1);
	return 1;
}

int alv_supervisor_main(const struct alv_host_config *config, int conn)
{
	struct alv_places places;
	struct alv_host *host;
	int err;

	reset_signals();
	let_go(&conn);
	prctl(PR_SET_NAME, "alveary-host");
	alv_supervisor_raise_limits();
	err = alv_host_new(config, &host);
	if (err)
		return refuse(conn, err);
	err = alv_places_init(&places, host, config->cpus, config->btf);
	if (err) {
		alv_host_free(host);
		return refuse(conn, err);
	}
	err = alv_session_run(host, conn, -1, places.list, places.count);
	alv_places_fini(&places);
	alv_host_free(host);
	return err ? 1 : 0;
}

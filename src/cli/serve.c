/* SPDX-License-Identifier: BSD-2-Clause */
/* `alveary serve SOCKET`: one host, and a session for each launcher that connects. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "supervisor/session.h"
#include "supervisor/supervisor.h"

struct visit {
	struct alv_host *host;
	const struct alv_places *places;
	int conn;
};

static void print_line(void *data, enum alv_log_level level, const char *line)
{
	if (level <= ALV_LOG_WARN || *(bool *)data)
		fprintf(stderr, "alveary: %s\n", line);
}

static int serve_fail(const char *what, int err)
{
	fprintf(stderr, "alveary: %s: %s\n", what, strerror(-err));
	return 1;
}

static void *serve_visit(void *data)
{
	struct visit *visit = data;

	/* The launcher was told what went wrong. */
	(void)alv_session_run(visit->host, visit->conn, visit->places->list,
			      visit->places->count);
	free(visit);
	return NULL;
}

static void accept_visit(int socket, struct alv_host *host, const struct alv_places *places)
{
	struct visit *visit = malloc(sizeof(*visit));
	pthread_t thread;
	int err;

	if (!visit)
		return;
	visit->host = host;
	visit->places = places;
	visit->conn = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
	err = visit->conn < 0 ? errno : pthread_create(&thread, NULL, serve_visit, visit);
	if (!err) {
		pthread_detach(thread);
		return;
	}
	serve_fail("cannot take a client", -err);
	if (visit->conn >= 0)
		close(visit->conn);
	free(visit);
}

static int listen_at(const char *path, int *ret_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ALV_AUTO(fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64))
		return -errno;
	*ret_socket = alv_steal_fd(&fd);
	return 0;
}

/* Until SIGINT or SIGTERM, which every thread blocks. */
static void serve_all(int socket, struct alv_host *host, const struct alv_places *places,
		      const sigset_t *end)
{
	ALV_AUTO(fd) int signals = signalfd(-1, end, SFD_CLOEXEC);
	struct pollfd ready[] = {
		{ .fd = socket, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	while (poll(ready, ALV_COUNT(ready), -1) >= 0 || errno == EINTR) {
		if (ready[1].revents)
			return;
		if (ready[0].revents)
			accept_visit(socket, host, places);
	}
}

static int serve(const struct alv_launch *launch, const char *path)
{
	struct alv_places places;
	struct alv_host *host;
	sigset_t end;
	int socket = -1, err;

	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	signal(SIGPIPE, SIG_IGN);
	alv_supervisor_raise_limits();
	err = alv_host_new(&launch->host, &host);
	if (err)
		return serve_fail("cannot make a host", err);
	err = alv_places_init(&places, host, launch->host.cpus, launch->host.btf);
	if (err) {
		alv_host_free(host);
		return serve_fail("cannot provide the host's files", err);
	}
	err = listen_at(path, &socket);
	if (!err) {
		serve_all(socket, host, &places, &end);
		close(socket);
		unlink(path);
	}
	alv_places_fini(&places);
	/* Sessions may still be served by threads: the host ends with the process. */
	return err ? serve_fail(path, err) : 0;
}

int alv_verb_serve(int argc, char **argv)
{
	struct alv_launch launch;
	int rest, status;

	status = alv_options_parse(ALV_OPTION_SERVE, "serve [OPTIONS] SOCKET", argc, argv, &launch,
				   &rest);
	if (status >= 0)
		return status;
	if (rest != argc - 1) {
		fprintf(stderr, "alveary: which socket? See `alveary serve --help`\n");
		return 2;
	}
	launch.host.log = print_line;
	launch.host.log_data = &launch.verbose;
	return serve(&launch, argv[rest]);
}

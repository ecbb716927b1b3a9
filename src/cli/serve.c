/* SPDX-License-Identifier: BSD-2-Clause */
/* `alveary serve SOCKET`: one host, and a session for each launcher that connects. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "supervisor/session.h"
#include "supervisor/supervisor.h"

struct service {
	struct alv_host *host;
	struct alv_places places;
	int socket;
	int stop; /* eventfd that ends all visits */
	pthread_mutex_t lock;
	pthread_cond_t left;
	size_t visits;
};

struct visit {
	struct service *service;
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
	struct service *service = visit->service;

	/* The launcher was told what went wrong. */
	(void)alv_session_run(service->host, visit->conn, service->stop,
			      service->places.list, service->places.count);
	free(visit);
	pthread_mutex_lock(&service->lock);
	service->visits--;
	pthread_cond_signal(&service->left);
	pthread_mutex_unlock(&service->lock);
	return NULL;
}

static int start_visit(struct visit *visit)
{
	struct service *service = visit->service;
	pthread_t thread;
	int err;

	pthread_mutex_lock(&service->lock);
	err = pthread_create(&thread, NULL, serve_visit, visit);
	if (!err) {
		pthread_detach(thread);
		service->visits++;
	}
	pthread_mutex_unlock(&service->lock);
	return -err;
}

static void accept_visit(struct service *service)
{
	struct visit *visit = malloc(sizeof(*visit));
	int err;

	if (!visit)
		return;
	visit->service = service;
	visit->conn = accept4(service->socket, NULL, NULL, SOCK_CLOEXEC);
	err = visit->conn < 0 ? -errno : start_visit(visit);
	if (!err)
		return;
	serve_fail("cannot take a client", err);
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
static void serve_all(struct service *service, const sigset_t *end)
{
	ALV_AUTO(fd) int signals = signalfd(-1, end, SFD_CLOEXEC);
	struct pollfd ready[] = {
		{ .fd = service->socket, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	while (poll(ready, ALV_COUNT(ready), -1) >= 0 || errno == EINTR) {
		if (ready[1].revents)
			return;
		if (ready[0].revents)
			accept_visit(service);
	}
}

/*
 * False: somebody did not leave. Traced clients go only when they end, or when we
 * do, and a client's memory may hold a request up for ever.
 */
static bool send_home(struct service *service)
{
	struct timespec until;
	bool left;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	eventfd_write(service->stop, 1);
	pthread_mutex_lock(&service->lock);
	while (service->visits && !pthread_cond_clockwait(&service->left, &service->lock,
							  CLOCK_MONOTONIC, &until))
		;
	left = !service->visits;
	pthread_mutex_unlock(&service->lock);
	return left;
}

static int service_init(struct service *service, const struct alv_host_config *config)
{
	int err;

	memset(service, 0, sizeof(*service));
	pthread_mutex_init(&service->lock, NULL);
	pthread_cond_init(&service->left, NULL);
	service->socket = -1;
	service->stop = eventfd(0, EFD_CLOEXEC);
	if (service->stop < 0)
		return -errno;
	err = alv_host_new(config, &service->host);
	if (!err)
		err = alv_places_init(&service->places, service->host, config->cpus,
				      config->btf);
	return err;
}

static void service_fini(struct service *service)
{
	alv_places_fini(&service->places);
	alv_host_free(service->host);
	if (service->socket >= 0)
		close(service->socket);
	if (service->stop >= 0)
		close(service->stop);
	pthread_cond_destroy(&service->left);
	pthread_mutex_destroy(&service->lock);
}

static int serve(const struct alv_launch *launch, const char *path)
{
	struct service service;
	sigset_t end;
	int err;

	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	signal(SIGPIPE, SIG_IGN);
	alv_supervisor_raise_limits();
	err = service_init(&service, &launch->host);
	if (err) {
		serve_fail("cannot make a host", err);
	} else {
		err = listen_at(path, &service.socket);
		if (err)
			serve_fail(path, err);
	}
	if (!err) {
		serve_all(&service, &end);
		unlink(path);
		/* What is still in use can't be freed; it ends with the process. */
		if (!send_home(&service))
			return 0;
	}
	service_fini(&service);
	return err ? 1 : 0;
}

int alv_verb_serve(int argc, char **argv)
{
	struct alv_launch launch;
	int rest, status;

	status = alv_options_parse(ALV_OPTION_SERVE, "serve [OPTIONS] SOCKET", argc, argv,
				   &launch, &rest);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/listener.h"
#include "supervisor/nest.h"
#include "supervisor/trap.h"

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int alv_session_send(int conn, const void *message, size_t size, int fd)
{
	struct iovec iov = { .iov_base = (void *)message, .iov_len = size };
	union control control = {};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(conn, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int received_fd(struct msghdr *msg)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int alv_session_receive(int conn, void *message, size_t size, int *ret_fd)
{
	struct iovec iov = { .iov_base = message, .iov_len = size };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t done;
	int fd;

	do
		done = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
	while (done < 0 && errno == EINTR);
	if (done <= 0)
		return done ? -errno : -ECONNRESET;
	fd = received_fd(&msg);
	if ((size_t)done != size || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		if (fd >= 0)
			close(fd);
		return -EPROTO;
	}
	if (ret_fd)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return 0;
}

/* Log lines go to the client's terminal while it is there. */
static void session_log(void *data, enum alv_log_level level, const char *line)
{
	struct alv_session *session = data;

	pthread_mutex_lock(&session->lock);
	if (session->messages >= 0 && level <= ALV_LOG_WARN)
		dprintf(session->messages, "alveary: %s\n", line);
	pthread_mutex_unlock(&session->lock);
}

static void close_messages(struct alv_session *session)
{
	pthread_mutex_lock(&session->lock);
	if (session->messages >= 0)
		close(session->messages);
	session->messages = -1;
	pthread_mutex_unlock(&session->lock);
}

/* Whoever reads the client's stderr until its end must not wait for us. */
static void *await_client(void *data)
{
	struct alv_session *session = data;
	struct pollfd gone[] = {
		{ .fd = session->client_pidfd, .events = POLLIN },
		{ .fd = session->stop, .events = POLLIN },
	};

	while (poll(gone, ALV_COUNT(gone), -1) < 0 && errno == EINTR)
		;
	close_messages(session);
	return NULL;
}

static int find_client(struct alv_session *session)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(session->conn, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return -errno;
	session->client = peer.pid;
	session->client_pidfd = (int)syscall(__NR_pidfd_open, peer.pid, 0);
	return session->client_pidfd < 0 ? -errno : 0;
}

void alv_session_fill_welcome(const struct alv_server *server,
			      struct alv_session_welcome *ret_welcome)
{
	memset(ret_welcome, 0, sizeof(*ret_welcome));
	ret_welcome->n_places = (u32)server->n_provided;
	for (size_t i = 0; i < server->n_provided; i++) {
		struct alv_session_place *place = &ret_welcome->places[i];

		snprintf(place->path, sizeof(place->path), "%s", server->provided[i].path);
		snprintf(place->source, sizeof(place->source), "%s", server->provided[i].source);
		place->directory = server->provided[i].directory;
		place->optional = server->provided[i].optional;
	}
}

static int session_welcome(struct alv_session *session)
{
	struct alv_session_welcome welcome;

	alv_session_fill_welcome(&session->server, &welcome);
	return alv_session_send(session->conn, &welcome, sizeof(welcome), -1);
}

/* From hello to the filter's listener. */
static int session_meet(struct alv_session *session)
{
	struct alv_session_hello hello;
	struct alv_session_start start;
	int err;

	err = alv_session_receive(session->conn, &hello, sizeof(hello), &session->messages);
	if (err)
		return err;
	if (hello.version != ALV_SESSION_VERSION ||
	    (hello.view != ALV_VIEW_MOUNTS && hello.view != ALV_VIEW_PATHS) ||
	    (hello.transport != ALV_TRANSPORT_NOTIFY && hello.transport != ALV_TRANSPORT_TRAP))
		return -EPROTO;
	session->server.transport = hello.transport;
	session->server.view = hello.view;
	session->server.root = hello.root;
	session->server.opens = hello.opens;
	err = find_client(session);
	if (err)
		return err;
	err = session_welcome(session);
	if (err)
		return err;
	err = alv_session_receive(session->conn, &start, sizeof(start),
				  &session->server.listener);
	return err ? err : start.err;
}

static int session_serve(struct alv_session *session)
{
	struct alv_server *server = &session->server;
	bool trap = server->transport == ALV_TRANSPORT_TRAP;
	struct alv_session_go go = {};
	struct alv_listener *listener = NULL;
	pthread_t waiter;
	int err;

	/* Under somebody else's listener there is none of ours. */
	if (server->listener < 0 && !trap)
		return -EPROTO;
	if (server->listener >= 0)
		err = alv_listener_new(server, &listener);
	else
		err = 0;
	if (!err && trap)
		err = alv_trap_attach(server, session->client);
	if (err) {
		alv_listener_free(listener);
		return err;
	}
	/* A call that comes before the threads are there just waits. */
	err = alv_session_send(session->conn, &go, sizeof(go), -1);
	close(session->conn);
	session->conn = -1;
	if (!err)
		err = -pthread_create(&waiter, NULL, await_client, session);
	if (!err) {
		if (listener)
			err = alv_listener_run(listener, session->stop);
		pthread_join(waiter, NULL);
	}
	if (trap)
		alv_trap_drain(server);
	alv_listener_free(listener);
	return err;
}

static void session_fini(struct alv_session *session)
{
	const int fds[] = { session->conn, session->client_pidfd, session->server.listener };

	close_messages(session);
	alv_nests_free(&session->server);
	for (size_t i = 0; i < ALV_COUNT(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_mutex_destroy(&session->lock);
}

int alv_session_run(struct alv_host *host, int conn, int stop,
		    const struct alv_provided *places, size_t n_places)
{
	struct alv_session session = {
		.server = { .host = host, .listener = -1, .n_provided = n_places },
		.conn = conn,
		.stop = stop,
		.client_pidfd = -1,
		.messages = -1,
	};
	int err;

	memcpy(session.server.provided, places, n_places * sizeof(*places));
	session.server.log = (struct alv_log){ .fn = session_log, .data = &session };
	pthread_mutex_init(&session.lock, NULL);
	err = session_meet(&session);
	if (!err)
		err = session_serve(&session);
	if (err && session.conn >= 0) {
		struct alv_session_go go = { .err = err };

		/* The launcher waits for an answer and says what it gets. */
		(void)alv_session_send(session.conn, &go, sizeof(go), -1);
	}
	session_fini(&session);
	return err;
}

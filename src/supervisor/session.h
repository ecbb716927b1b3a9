/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session: one launched client and its descendants on a host, from the side
 * of the host. The launcher talks to it over a Unix socket, once, before CMD is
 * executed:
 *
 *	launcher                              session
 *	hello: wishes, its stderr      ->
 *	                               <-     welcome: what to mount where
 *	(enters the view, loads the filter)
 *	start: the filter's listener   ->
 *	                               <-     go: the first call may come
 *
 * The launcher's stderr takes our messages for as long as its process lives.
 */
#ifndef ALV_SUPERVISOR_SESSION_H
#define ALV_SUPERVISOR_SESSION_H

#include <pthread.h>

#include "supervisor/server.h"

#define ALV_SESSION_VERSION 3

struct alv_session_hello {
	u32 version;
	u32 transport; /* enum alv_transport, chosen */
	u32 view;      /* enum alv_view, chosen */
	u32 root;
	u32 opens; /* the filter notifies all of them */
};

struct alv_session_place {
	char path[64];
	char source[128];
	u32 directory;
	u32 optional;
};

struct alv_session_welcome {
	s32 err;
	u32 n_places;
	struct alv_session_place places[ALV_MAX_PROVIDED];
};

struct alv_session_start {
	s32 err; /* the launcher gives up */
};

struct alv_session_go {
	s32 err;
};

struct alv_session {
	struct alv_server server;
	int conn;
	int stop;             /* readable: end; -1: none */
	pid_t client;         /* the launcher, CMD later */
	int client_pidfd;
	pthread_mutex_t lock; /* guards messages */
	int messages;         /* the launcher's stderr; -1: closed */
};

/*
 * Serve the launcher at the other end of conn (taken over) until its last
 * descendant went, or `stop` (-1: none) can be read; then their calls are ENOSYS.
 * The places are the host's; the caller keeps them.
 */
int alv_session_run(struct alv_host *host, int conn, int stop,
		    const struct alv_provided *places, size_t n_places);

/* What the client of this server is to mount. */
void alv_session_fill_welcome(const struct alv_server *server,
			      struct alv_session_welcome *ret_welcome);

/* One message each, with at most one descriptor (-1: none). -EPROTO, -ECONNRESET. */
int alv_session_send(int conn, const void *message, size_t size, int fd);
int alv_session_receive(int conn, void *message, size_t size, int *ret_fd);

#endif

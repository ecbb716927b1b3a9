/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nests: `alveary run` beneath `alveary run`. A chain of filters has one listener,
 * so the inner launcher asks the outer supervisor, by a command of bpf(2) that no
 * kernel has, to serve it and its descendants from a fresh host.
 *
 * Which processes those are must survive fork, exec and orphanage, and be visible
 * from outside without privileges. The soft limit RLIMIT_LOCKS does and is: Linux
 * has kept and inherited it since 2.4.25 without any meaning.
 */
#ifndef ALV_SUPERVISOR_NEST_H
#define ALV_SUPERVISOR_NEST_H

#include "supervisor/request.h"
#include "supervisor/server.h"
#include "supervisor/session.h"

#define ALV_NEST_COMMAND 0x416c76

/* The command's attributes; the supervisor fills in the lower half. */
struct alv_nest_wish {
	u32 version; /* ALV_SESSION_VERSION */
	u32 root;
	u32 cpus;
	u32 flags;
	u64 caps;
	u64 memory_limit;
	char kernel[16]; /* empty: the newest */
	char btf[256];   /* empty: none */

	u32 view; /* the outer clients', which inner ones share */
	struct alv_session_welcome welcome;
};

/* Serve ALV_NEST_COMMAND: the caller's process is in the nest from its end on. */
void alv_nest_serve(struct alv_request *req);

/* The server of a thread: the session's own, or that of its nest. */
struct alv_server *alv_nest_find(struct alv_server *server, int tid);

/* No request is served any more. */
void alv_nests_free(struct alv_server *server);

#endif

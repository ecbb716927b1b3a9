/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listener: the threads that answer one filter's notifications.
 *
 * Exactly one of them, the leader, waits for a request, because the kernel
 * would wake all that wait. It serves the request itself: handing it on would
 * cost more than most requests do. A request may block for ever (the client's
 * memory may live on FUSE or userfaultfd), so a watcher looks at the leader
 * while there is work, and when it sees one request twice gives the lead to
 * another thread (lead.h). Threads are bounded; a few that have nothing to do stay.
 *
 * A crowd of clients has several leaders, each at a desk of its own, on other CPUs.
 * Who finds no request waiting closes its desk, unless it is the last one.
 */
#ifndef ALV_SUPERVISOR_LISTENER_H
#define ALV_SUPERVISOR_LISTENER_H

#include "supervisor/server.h"

struct alv_listener;

/* For the server's filter; server->listener stays the server's. */
int alv_listener_new(struct alv_server *server, struct alv_listener **ret_listener);
/* Serve until no task uses the filter any more, or `stop` (-1: none) can be read. */
int alv_listener_run(struct alv_listener *listener, int stop);
void alv_listener_free(struct alv_listener *listener);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transport "trap": a call that the filter answers with SIGSYS stops its
 * thread under the tracer. One thread at a time waits for such stops; it serves
 * what it got itself, while another one waits. What the tracees report besides
 * goes to the tracer.
 *
 * A descriptor comes to the client through the gate and the filter's listener,
 * whose thread finds it here.
 */
#ifndef ALV_SUPERVISOR_TRAP_H
#define ALV_SUPERVISOR_TRAP_H

#include "supervisor/request.h"

struct alv_tracer;

/* Start waiting, for the life of the process. */
int alv_trap_start(struct alv_tracer *tracer);

/* Serve a thread's calls, and those of all that it makes. Before its first one. */
int alv_trap_attach(struct alv_server *server, int tid);
/* Wait until the server has no clients left. */
void alv_trap_drain(struct alv_server *server);

#endif

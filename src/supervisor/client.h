/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client: a thread of another process whose calls we serve. What is kept of
 * it between calls is only a cache; it is tied to the task, so that a reused
 * thread id can't be mistaken for it.
 */
#ifndef ALV_SUPERVISOR_CLIENT_H
#define ALV_SUPERVISOR_CLIENT_H

#include "object/task.h"
#include "supervisor/request.h"

struct alv_clients;

int alv_clients_new(struct alv_clients **ret_clients);
void alv_clients_free(struct alv_clients *clients);

/* How commands reach a caller behind a transport. */
extern const struct alv_task_ops alv_client_task_ops;

/* Fill in req->task from req->server and the thread. */
void alv_client_init_task(struct alv_request *req, int tid);

#endif

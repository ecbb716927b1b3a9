/* SPDX-License-Identifier: BSD-2-Clause */
/* What the listener gets from the gate: a client that fetches a descriptor. */
#include <errno.h>

#include "base/cleanup.h"
#include "supervisor/call.h"
#include "supervisor/passage.h"

void alv_call_gate(struct alv_request *req)
{
	struct alv_passage *passage = alv_passage_take(req->task.tid);
	int err;

	if (!passage) {
		/* Nobody sent it there: it gets what it asked for, its process id. */
		alv_request_proceed(req);
		return;
	}
	err = alv_request_reply_fd(req, alv_steal_fd(&passage->fd), passage->cloexec);
	if (err && err != -ESRCH)
		alv_request_reply(req, alv_passage_refuse(passage, err));
	alv_passage_end(passage, err);
}

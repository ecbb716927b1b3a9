/* SPDX-License-Identifier: BSD-2-Clause */
/* bpf(2) itself: the host answers, or for a nested launcher the session does. */
#include "supervisor/call.h"

#include "supervisor/nest.h"
#include "syscall/call.h"

/* int bpf(int cmd, union bpf_attr *attr, unsigned int size) */
void alv_call_bpf(struct alv_request *req)
{
	if ((int)req->args[0] == ALV_NEST_COMMAND) {
		alv_nest_serve(req);
		return;
	}
	/* A command that gave the client a descriptor has answered already. */
	alv_request_reply(req, alv_call(&req->task, (int)req->args[0],
					alv_uaddr_at(req->args[1]), (unsigned int)req->args[2]));
}

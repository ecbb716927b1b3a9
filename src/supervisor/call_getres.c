/* SPDX-License-Identifier: BSD-2-Clause */
/* getresuid(2) and getresgid(2) of clients that are to see themselves as root. */
#include "supervisor/call.h"

void alv_call_getres(struct alv_request *req)
{
	const u32 root = 0;
	int err = 0;

	for (size_t i = 0; !err && i < 3; i++)
		err = alv_copy_out(&req->task, alv_uaddr_at(req->args[i]), &root, sizeof(root));
	alv_request_reply(req, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/request.h"

#include <errno.h>

#include "supervisor/server.h"

/* A client that was killed in mid-call is no news; anything else is. */
static void request_note(struct alv_request *req, const char *what, int err)
{
	if (err && err != -ENOENT && err != -ESRCH)
		alv_log(&req->server->log, ALV_LOG_ERROR, "thread %d: cannot %s call %d: error %d",
			req->task.tid, what, req->nr, -err);
}

void alv_request_reply(struct alv_request *req, s64 result)
{
	if (req->answered)
		return;
	req->answered = true;
	request_note(req, "answer", req->transport->reply(req, result));
}

int alv_request_reply_fd(struct alv_request *req, int fd, bool cloexec)
{
	int err = req->transport->reply_fd(req, fd, cloexec);

	if (!err || err == -ESRCH)
		req->answered = true;
	return err;
}

void alv_request_proceed(struct alv_request *req)
{
	if (req->answered)
		return;
	req->answered = true;
	request_note(req, "continue", req->transport->proceed(req));
}

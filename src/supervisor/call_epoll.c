/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_ctl(2) on the descriptor of a map or a perf event: the call is made here, on
 * the caller's epoll instance.
 */
#include <errno.h>
#include <unistd.h>

#include "supervisor/call.h"
#include "supervisor/client.h"
#include "supervisor/visit.h"
#include "syscall/epoll.h"

/* Takes the instance over. */
static int make(struct alv_epoll_change *change, int instance)
{
	int err = alv_epoll_make(change, instance);

	close(instance);
	return err;
}

/* Where nobody may take a descriptor from another process, the caller sends it. */
static s64 make_by_visit(struct alv_request *req, struct alv_tracer *tracer, void *data)
{
	int instance, err = alv_visit_fetch(req, tracer, (int)req->args[0], &instance);

	if (err)
		return err == -EBADF ? err : -EPERM;
	return make(data, instance);
}

static void epoll_change(struct alv_request *req, struct alv_object *obj)
{
	struct alv_epoll_change change;
	int instance, err;

	err = alv_epoll_prepare(&req->task, obj, (int)req->args[1], alv_uaddr_at(req->args[3]),
				&change);
	if (!err) {
		err = alv_client_take_fd(&req->task, (int)req->args[0], &instance);
		if (err == -EPERM && !alv_visit(req, make_by_visit, &change))
			return;
	}
	alv_request_reply(req, err ? err : make(&change, instance));
}

void alv_call_epoll_ctl(struct alv_request *req)
{
	struct alv_object *obj;

	if (alv_task_object(&req->task, (int)req->args[2], ALV_N_KINDS, &obj, NULL)) {
		alv_request_proceed(req);
		return;
	}
	if (alv_epoll_takes(obj))
		epoll_change(req, obj);
	else
		alv_request_proceed(req);
	alv_object_put(obj);
}

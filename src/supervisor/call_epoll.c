/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_ctl(2) on the descriptor of a map or a perf event: the call is made here, on the
 * caller's epoll instance, with the file that stands for it (object/readiness.h). Once per
 * instance and object: descriptors of the same one are not told apart.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "map/map.h"
#include "object/perf_event.h"
#include "supervisor/call.h"
#include "supervisor/client.h"
#include "supervisor/visit.h"

#define READINESS (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM |      \
		   EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)

static int poll_of(struct alv_object *obj, struct alv_poll *ret_poll)
{
	return obj->ops->kind == ALV_KIND_MAP ?
		       alv_map_poll(alv_map_of(obj), ret_poll) :
		       alv_perf_event_poll(alv_perf_event_of(obj), ret_poll);
}

/* A call that is to be made on an instance of the caller's. */
struct change {
	int op;
	struct alv_poll poll;
	struct epoll_event event;
};

static int prepare(struct alv_request *req, struct alv_object *obj, struct change *change)
{
	int err = 0;

	*change = (struct change){ .op = (int)req->args[1] };
	if (change->op != EPOLL_CTL_DEL)
		err = alv_copy_in(&req->task, &change->event, alv_uaddr_at(req->args[3]),
				  sizeof(change->event));
	if (!err)
		err = poll_of(obj, &change->poll);
	change->event.events &= ~(u32)READINESS | change->poll.events;
	change->event.events |= change->poll.more;
	return err;
}

/* Takes the instance over. */
static int make(struct change *change, int instance)
{
	int err = epoll_ctl(instance, change->op, change->poll.fd, &change->event) ? -errno : 0;

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
	struct change change;
	int instance, err = prepare(req, obj, &change);

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
	if (obj->ops->kind == ALV_KIND_MAP || obj->ops->kind == ALV_KIND_PERF_EVENT)
		epoll_change(req, obj);
	else
		alv_request_proceed(req);
	alv_object_put(obj);
}

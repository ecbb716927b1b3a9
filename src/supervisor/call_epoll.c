/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_ctl(2) on the descriptor of a map or a perf event: the call is made here, on the
 * caller's epoll instance, with the file that stands for it (object/readiness.h). Once per
 * instance and object: descriptors of the same one are not told apart.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "map/map.h"
#include "object/perf_event.h"
#include "supervisor/call.h"
#include "supervisor/client.h"

#define READINESS (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM |      \
		   EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)

static int poll_of(struct alv_object *obj, struct alv_poll *ret_poll)
{
	return obj->ops->kind == ALV_KIND_MAP ?
		       alv_map_poll(alv_map_of(obj), ret_poll) :
		       alv_perf_event_poll(alv_perf_event_of(obj), ret_poll);
}

static int epoll_change(struct alv_request *req, struct alv_object *obj)
{
	ALV_AUTO(fd) int instance = -1;
	struct epoll_event event = {};
	int op = (int)req->args[1], err;
	struct alv_poll poll;

	if (op != EPOLL_CTL_DEL) {
		err = alv_copy_in(&req->task, &event, alv_uaddr_at(req->args[3]), sizeof(event));
		if (err)
			return err;
	}
	err = poll_of(obj, &poll);
	if (err)
		return err;
	err = alv_client_take_fd(&req->task, (int)req->args[0], &instance);
	if (err)
		return err;
	event.events &= ~(u32)READINESS | poll.events;
	event.events |= poll.more;
	return epoll_ctl(instance, op, poll.fd, &event) ? -errno : 0;
}

void alv_call_epoll_ctl(struct alv_request *req)
{
	struct alv_object *obj;

	if (alv_task_object(&req->task, (int)req->args[2], ALV_N_KINDS, &obj, NULL)) {
		alv_request_proceed(req);
		return;
	}
	if (obj->ops->kind == ALV_KIND_MAP || obj->ops->kind == ALV_KIND_PERF_EVENT)
		alv_request_reply(req, epoll_change(req, obj));
	else
		alv_request_proceed(req);
	alv_object_put(obj);
}

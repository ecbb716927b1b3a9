/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_ctl(2) on a map's descriptor: the call is made here, on the caller's epoll
 * instance, with the file that stands for the map (object/readiness.h). Once per instance
 * and map: descriptors of the same map are not told apart.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "map/map.h"
#include "supervisor/call.h"
#include "supervisor/client.h"

#define READINESS (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM |      \
		   EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)

static int epoll_change(struct alv_request *req, struct alv_map *map)
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
	err = alv_map_poll(map, &poll);
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
	int err;

	if (alv_task_object(&req->task, (int)req->args[2], ALV_KIND_MAP, &obj, NULL)) {
		alv_request_proceed(req);
		return;
	}
	err = epoll_change(req, alv_map_of(obj));
	alv_object_put(obj);
	alv_request_reply(req, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/epoll.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <alveary/alveary.h>

#include "map/map.h"
#include "object/perf_event.h"

#define READINESS                                                                  \
	(EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | \
	 EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)

bool alv_epoll_takes(const struct alv_object *obj)
{
	return obj->ops->kind == ALV_KIND_MAP || obj->ops->kind == ALV_KIND_PERF_EVENT;
}

static int poll_of(struct alv_object *obj, struct alv_poll *ret_poll)
{
	return obj->ops->kind == ALV_KIND_MAP
		       ? alv_map_poll(alv_map_of(obj), ret_poll)
		       : alv_perf_event_poll(alv_perf_event_of(obj), ret_poll);
}

int alv_epoll_prepare(struct alv_task *task, struct alv_object *obj, int op,
		      alv_uaddr event, struct alv_epoll_change *ret_change)
{
	struct alv_epoll_change change = { .op = op };
	int err = 0;

	if (op != EPOLL_CTL_DEL)
		err = alv_copy_in(task, &change.event, event, sizeof(change.event));
	if (!err)
		err = poll_of(obj, &change.poll);
	if (err)
		return err;
	change.event.events &= ~(u32)READINESS | change.poll.events;
	change.event.events |= change.poll.more;
	*ret_change = change;
	return 0;
}

/* The C library's function may lead back here (shim/libbpf.c). */
static int kernel_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	return syscall(SYS_epoll_ctl, epfd, op, fd, event) ? -errno : 0;
}

int alv_epoll_make(struct alv_epoll_change *change, int instance)
{
	return kernel_epoll_ctl(instance, change->op, change->poll.fd, &change->event);
}

int alv_epoll_ctl(struct alv_host *host, int epfd, int op, int fd,
		  struct epoll_event *event)
{
	struct alv_epoll_change change;
	struct alv_object *obj = NULL;
	struct alv_task task;
	int err;

	err = alv_host_check_owner(host);
	if (err)
		return err;
	alv_task_init_self(&task, host);
	if (alv_task_object(&task, fd, ALV_N_KINDS, &obj, NULL))
		return kernel_epoll_ctl(epfd, op, fd, event);
	if (alv_epoll_takes(obj)) {
		err = alv_epoll_prepare(&task, obj, op, alv_uaddr_at((uintptr_t)event),
					&change);
		if (!err)
			err = alv_epoll_make(&change, epfd);
	} else {
		err = -EPERM;
	}
	alv_object_put(obj);
	return err;
}

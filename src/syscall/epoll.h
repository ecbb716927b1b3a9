/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_ctl(2) on the descriptor of a map or a perf event: made with the file that
 * stands for it (object/readiness.h). Once per instance and object: descriptors of the
 * same one are not told apart.
 */
#ifndef ALV_SYSCALL_EPOLL_H
#define ALV_SYSCALL_EPOLL_H

#include <sys/epoll.h>

#include "object/object.h"
#include "object/readiness.h"
#include "object/task.h"

struct alv_epoll_change {
	int op;
	struct alv_poll poll;
	struct epoll_event event;
};

/* Can the object be waited for? All others are not known to epoll_ctl(2), either. */
bool alv_epoll_takes(const struct alv_object *obj);
/* What the caller asks for, of such an object. -EFAULT, -EMFILE, -ENFILE, -ENOMEM. */
int alv_epoll_prepare(struct alv_task *task, struct alv_object *obj, int op,
		      alv_uaddr event, struct alv_epoll_change *ret_change);
/* Make the call, on an instance of this process. */
int alv_epoll_make(struct alv_epoll_change *change, int instance);

#endif

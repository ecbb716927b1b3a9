/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A visit: what a client's thread must do with its own hands before its call returns,
 * by calls that are injected (injection.h), and what is done here meanwhile.
 */
#ifndef ALV_SUPERVISOR_VISIT_H
#define ALV_SUPERVISOR_VISIT_H

#include "supervisor/request.h"
#include "supervisor/tracer.h"

/* While the thread is stopped behind its call: the call's result. */
typedef s64 alv_visit_fn(struct alv_request *req, struct alv_tracer *tracer, void *data);

/*
 * End the request with fn()'s result. -EPERM: the thread may not be traced, or somebody
 * else does; then nothing happened, and a reply is still due.
 */
int alv_visit(struct alv_request *req, alv_visit_fn *fn, void *data);

/*
 * For fn(): a copy of the thread's descriptor, which it sends where pidfd_getfd(2) is
 * denied. -EBADF; -ENOSYS: an i386 call, for which there is no code; -errno of sockets.
 */
int alv_visit_fetch(struct alv_request *req, struct alv_tracer *tracer, int fd, int *ret_fd);

#endif

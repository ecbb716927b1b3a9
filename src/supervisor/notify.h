/* SPDX-License-Identifier: BSD-2-Clause */
/* The transport "notify": seccomp user notification. */
#ifndef ALV_SUPERVISOR_NOTIFY_H
#define ALV_SUPERVISOR_NOTIFY_H

#include <linux/seccomp.h>

#include "supervisor/request.h"

/* In the kernel since 6.6; the build machine's header may be older. */
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#endif

/* Room for what this kernel copies, whose structs may have grown. */
struct alv_notify_buffers {
	struct seccomp_notif *in;
	struct seccomp_notif_resp *out;
	size_t in_size;
	size_t out_size;
};

struct alv_notify_request {
	struct alv_request req;
	int listener;
	u64 id;
	struct alv_notify_buffers *buffers;
};

int alv_notify_buffers_init(struct alv_notify_buffers *buffers);
void alv_notify_buffers_fini(struct alv_notify_buffers *buffers);

/*
 * Does a client whose request was received wait for its answer, and nothing but
 * death end that (since Linux 5.19)?
 */
bool alv_notify_is_killable(void);

/* Wake the one who waits on the waker's CPU, where the kernel can. */
void alv_notify_tune(int listener);

/*
 * Wait for a request and fill in all but req.server and req.clients.
 * -EINTR: a signal; -ENOENT: the caller went, or nobody uses the filter any more.
 */
int alv_notify_receive(int listener, struct alv_notify_buffers *buffers,
		       struct alv_notify_request *ret_request);

#endif

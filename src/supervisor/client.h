/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client: a thread of another process whose calls we serve. What is kept of
 * it between calls is only a cache. It is tied to the task, not to the number:
 * a reused thread id can't be mistaken for its predecessor.
 *
 * Each thread that serves has a cache of its own, so there is nothing to lock.
 */
#ifndef ALV_SUPERVISOR_CLIENT_H
#define ALV_SUPERVISOR_CLIENT_H

#include "object/task.h"
#include "supervisor/request.h"

#define ALV_CLIENT_SLOTS 256

#define ALV_CLIENT_WINDOW 1024

/*
 * What lies behind the first bytes that a call reads, in the same page: attributes
 * and keys are often neighbours on a stack, and each read costs a system call. It
 * holds for one call, until that writes.
 */
struct alv_client_window {
	u64 start;
	size_t size; /* 0: none */
	bool fresh;  /* the call has not read yet */
	u8 data[ALV_CLIENT_WINDOW];
};

struct alv_client_cache {
	struct alv_client_window window;
	struct alv_client_slot {
		int tid;
		int fds;  /* O_PATH descriptor of its /proc/TID/fd; negative: none */
		int call; /* the file /proc/TID/syscall, for the transport trap; negative: none */
	} slots[ALV_CLIENT_SLOTS];
};

void alv_client_cache_init(struct alv_client_cache *cache);
void alv_client_cache_fini(struct alv_client_cache *cache);

/* What is kept of this thread, or of one whose number it has now: nothing, so far. */
struct alv_client_slot *alv_client_slot(struct alv_client_cache *cache, int tid);
/* Open a file of /proc/TID that is to be kept. The descriptor, or -errno. */
int alv_client_open(struct alv_client_cache *cache, int tid, const char *name, int flags);

/* How commands reach a caller behind a transport. */
extern const struct alv_task_ops alv_client_task_ops;

/* A copy of the caller's descriptor, of any kind, as pidfd_getfd(2) gives it. */
int alv_client_take_fd(struct alv_task *task, int fd, int *ret_fd);

/*
 * Fill in req->task; req->server and req->clients are set. A caller in a nest has
 * another server from here on.
 */
void alv_client_init_task(struct alv_request *req, int tid);

#endif

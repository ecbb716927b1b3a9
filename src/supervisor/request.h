/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request: one system call of a client, stopped before the kernel runs it.
 *
 * A transport (seccomp notification, or a SIGSYS stop under ptrace) makes it,
 * the table in calls.c finds the handler for its number, and the handler ends
 * it with exactly one of reply, reply_fd and proceed. Reaching the client's
 * memory and descriptors does not depend on the transport (client.h).
 */
#ifndef ALV_SUPERVISOR_REQUEST_H
#define ALV_SUPERVISOR_REQUEST_H

#include <sys/types.h>

#include "base/types.h"
#include "object/task.h"

struct alv_client_cache;
struct alv_request;
struct alv_server;

struct alv_transport_ops {
	const char *name; /* "notify", "trap" */
	/* End the call with a value or -errno, as if the kernel had. */
	int (*reply)(struct alv_request *req, s64 result);
	/*
	 * Give the client our descriptor; the call returns its number there. Takes fd
	 * over in any case. -EMFILE and the like: nothing happened, reply is still due.
	 * -ESRCH: the client is gone, nothing more is due.
	 */
	int (*reply_fd)(struct alv_request *req, int fd, bool cloexec);
	/* Let the kernel run the call as it stands. */
	int (*proceed)(struct alv_request *req);
	/* What is done for it takes stops of its thread: let others look after reports. */
	void (*waits)(struct alv_request *req);
	/* Is the client still waiting in this very call? Asked before effects on it. */
	bool (*alive)(struct alv_request *req);
};

struct alv_request {
	struct alv_task task; /* how commands see the caller; task.tid is the thread */
	struct alv_server *server;
	struct alv_client_cache *clients; /* of the thread that serves; client.h */
	const struct alv_transport_ops *transport;
	int nr; /* number of the call in its architecture */
	u32 arch; /* AUDIT_ARCH_* */
	u64 args[6];
	bool answered;
};

/* End a request, each at most once. What the client can't be told is dropped with it. */
void alv_request_reply(struct alv_request *req, s64 result);
/* 0, or why the client did not get it (reply is still due, except for -ESRCH). */
int alv_request_reply_fd(struct alv_request *req, int fd, bool cloexec);
void alv_request_proceed(struct alv_request *req);

static inline struct alv_request *alv_request_of(struct alv_task *task)
{
	return alv_container(task, struct alv_request, task);
}

#endif

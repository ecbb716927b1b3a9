/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The intercepted system calls: one table from which the filter is built and
 * requests are dispatched. A call may have several rows, one for each set of
 * conditions on its arguments; it is intercepted when all conditions of any row
 * hold.
 */
#ifndef ALV_SUPERVISOR_CALLS_H
#define ALV_SUPERVISOR_CALLS_H

#include "base/types.h"
#include "supervisor/request.h"
#include "supervisor/server.h"

/* In which view, or with which transport, a call is intercepted. */
enum alv_when {
	ALV_WHEN_ALWAYS,
	ALV_WHEN_MOUNTS,
	ALV_WHEN_PATHS,
	ALV_WHEN_PATHS_ROOT, /* there, if callers are to see themselves as root */
	ALV_WHEN_OPENS,   /* where all opens are: in the paths view, or if asked for */
	ALV_WHEN_CREATES, /* in the mounts view, unless all opens are */
	ALV_WHEN_TRAP,
	ALV_WHEN_GATE, /* only where the transport sent it; gate.h */
};

/* What decides about the filter. */
struct alv_filter_plan {
	enum alv_transport transport;
	enum alv_view view;
	bool opens;    /* intercept all opens in any view */
	bool root;     /* callers see themselves as uid 0 */
	bool listener; /* it has one */
};

/* What the filter does with a call; of several rows the strongest counts. */
enum alv_action {
	ALV_ACTION_PASS,
	ALV_ACTION_NOTIFY,
	ALV_ACTION_TRAP,
};

/* Intercepted only if (args[index] & mask) == value. */
struct alv_condition {
	unsigned int index;
	u64 mask;
	u64 value;
};

#define ALV_MAX_CONDITIONS 3

/*
 * End the request, with exactly one of alv_request_reply(), alv_request_reply_fd()
 * (success) and alv_request_proceed().
 */
typedef void alv_call_fn(struct alv_request *req);

struct alv_call_row {
	const char *name;
	int nr;      /* on x86-64; -1: not there */
	int nr_i386; /* on i386; -1: not there */
	enum alv_when when;
	bool denied; /* a default container's filter answers it with an errno */
	alv_call_fn *serve;
	size_t n_conditions;
	struct alv_condition conditions[ALV_MAX_CONDITIONS];
};

extern const struct alv_call_row alv_call_rows[];
extern const size_t alv_n_call_rows;

/*
 * With the transport "trap", calls that a default container denies are answered
 * by SIGSYS, which beats an outer filter's errno; without a listener all are.
 */
enum alv_action alv_call_action(const struct alv_call_row *row,
				const struct alv_filter_plan *plan);

/* With which plan was the server's filter built? */
struct alv_filter_plan alv_server_plan(const struct alv_server *server);

/* What such a filter does with this very call. */
enum alv_action alv_calls_action(const struct alv_filter_plan *plan, u32 arch, int nr,
				 const u64 args[6]);

/* Find the request's handler and run it. */
void alv_calls_serve(struct alv_request *req);

#endif

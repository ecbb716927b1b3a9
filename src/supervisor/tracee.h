/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tracee: a thread of a client that the tracer watches. The table finds it by
 * its id; what the table and `server` say is guarded by its lock, the rest is
 * the tracer thread's own.
 */
#ifndef ALV_SUPERVISOR_TRACEE_H
#define ALV_SUPERVISOR_TRACEE_H

#include <pthread.h>
#include <signal.h>

#include "base/types.h"

struct alv_halt;
struct alv_injection;
struct alv_server;
struct alv_sigsys;

/* A call that a signal interrupted, and that is made once more. */
struct alv_repeated {
	bool any;
	int nr;
	u64 arg; /* the first one */
};

struct alv_tracee {
	struct alv_tracee *next;
	int tid;
	struct alv_server *server;       /* NULL: not known before its parent's event */
	struct alv_sigsys *sigsys;       /* shared by the threads of a process */
	struct alv_injection *injection; /* a call of ours that it runs; NULL: none; atomic */
	struct alv_halt *halt;           /* who asked for its next stop; NULL: nobody */
	siginfo_t *redelivered;          /* of a signal that was put off; NULL: none */
	struct alv_repeated repeated;    /* interrupted.h; under the table's lock */
	bool held;                       /* its first stop waits for its parent's event */
};

#define ALV_TRACEE_BUCKETS 256

struct alv_tracees {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* the first one came, or a server has less to do */
	struct alv_tracee *buckets[ALV_TRACEE_BUCKETS];
	size_t count;
};

void alv_tracees_init(struct alv_tracees *table);

/* NULL: none. The tracer thread needs no lock for these two. */
struct alv_tracee *alv_tracee_find(struct alv_tracees *table, int tid);
/* Find or make. -ENOMEM. */
int alv_tracee_make(struct alv_tracees *table, int tid, struct alv_tracee **ret_tracee);
void alv_tracee_set_server(struct alv_tracees *table, struct alv_tracee *tracee,
			   struct alv_server *server);
/* Forget it, after what belongs to the tracer thread was released. */
void alv_tracee_free(struct alv_tracees *table, struct alv_tracee *tracee);

/* Let it go on from a stop, with a signal or 0. For the tracer thread. */
void alv_tracee_run(struct alv_tracee *tracee, int sig);

/* Whose client is it? From any thread. NULL: nobody's. */
struct alv_server *alv_tracee_server(struct alv_tracees *table, int tid);
/* Is the call that a thread is in one of ours? From any thread. */
bool alv_tracee_is_injected(struct alv_tracees *table, int tid);

#endif

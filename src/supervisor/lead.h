/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lead: among threads of which one at a time waits for work and then does it
 * itself, without waking another. A watcher gives the lead to a spare thread when
 * the leader is stuck in its work; a leader that knows it will wait passes it on.
 *
 * `turn` is the number of the work, twice, plus one while it is being done. The
 * leader alone makes it odd; ending the work and taking the lead away both
 * compare and swap the odd number, so exactly one of them happens.
 *
 * A member's work may wait for ever: the lock is held while none is done.
 */
#ifndef ALV_SUPERVISOR_LEAD_H
#define ALV_SUPERVISOR_LEAD_H

#include <pthread.h>

#include "base/types.h"

struct alv_lead_member {
	struct alv_lead_member *next; /* of the spares */
	pthread_cond_t wake;
};

struct alv_lead {
	u64 turn;
	bool asleep;  /* the watcher wants to be woken for the next work */
	bool stopped; /* nobody will lead any more */
	/* Start a member; it calls alv_lead_wait(). -errno. */
	int (*start)(struct alv_lead *lead);
	pthread_t watcher;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t alarm;
	struct alv_lead_member *leader; /* NULL: whoever asks first */
	struct alv_lead_member *spares;
	size_t n_spares;
};

#define ALV_LEAD_INIT                                                                   \
	{                                                                               \
		.lock = PTHREAD_MUTEX_INITIALIZER, .alarm = PTHREAD_COND_INITIALIZER    \
	}
#define ALV_LEAD_MEMBER_INIT { .wake = PTHREAD_COND_INITIALIZER }

/* Start the watcher and the first member. After an error the lead has ended. */
int alv_lead_start(struct alv_lead *lead, int (*start)(struct alv_lead *lead));
/*
 * Nobody leads any more: members who wait return, and one who works learns it after.
 * The lead must have been started; its members may be the callers.
 */
void alv_lead_stop(struct alv_lead *lead);
bool alv_lead_stopped(const struct alv_lead *lead);
/* Wait for the watcher of a stopped lead: from here on it starts no member. */
void alv_lead_join(struct alv_lead *lead);
/* When the members have gone, too. */
void alv_lead_fini(struct alv_lead *lead);

/* Wait to be the leader. False: there are enough who wait, or the lead was stopped. */
bool alv_lead_wait(struct alv_lead *lead, struct alv_lead_member *member);
/* The leader has work to do: a turn. */
u64 alv_lead_begin(struct alv_lead *lead);
/* The work of the turn is done. Does the caller still lead? */
bool alv_lead_end(struct alv_lead *lead, u64 turn);
/* The work of the turn is going to wait: let another one lead, if none does yet. */
void alv_lead_pass(struct alv_lead *lead, u64 turn);

#endif

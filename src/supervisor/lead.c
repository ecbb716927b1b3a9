/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/lead.h"

#include <signal.h>
#include <time.h>

#include "base/atomic.h"

#define MAX_SPARES 4
#define TICK_NS    3000000 /* how often the watcher looks while there is work */
#define CALM_TICKS 30      /* without any before it stops looking */

static bool turn_busy(u64 turn)
{
	return turn & 1;
}

bool alv_lead_stopped(const struct alv_lead *lead)
{
	return alv_load_acquire(&lead->stopped);
}

bool alv_lead_wait(struct alv_lead *lead, struct alv_lead_member *member)
{
	bool leads;

	pthread_mutex_lock(&lead->lock);
	if (!lead->leader) {
		lead->leader = member;
	} else if (lead->n_spares < MAX_SPARES && !alv_lead_stopped(lead)) {
		member->next = lead->spares;
		lead->spares = member;
		lead->n_spares++;
		while (lead->leader != member && !alv_lead_stopped(lead))
			pthread_cond_wait(&member->wake, &lead->lock);
	}
	leads = lead->leader == member && !alv_lead_stopped(lead);
	pthread_mutex_unlock(&lead->lock);
	return leads;
}

u64 alv_lead_begin(struct alv_lead *lead)
{
	u64 turn = alv_load_relaxed(&lead->turn) + 1;

	alv_store_relaxed(&lead->turn, turn);
	/* Against the watcher's "asleep, then look at the turn". */
	alv_fence_seq_cst();
	if (alv_load_relaxed(&lead->asleep)) {
		pthread_mutex_lock(&lead->lock);
		lead->asleep = false;
		pthread_cond_signal(&lead->alarm);
		pthread_mutex_unlock(&lead->lock);
	}
	return turn;
}

bool alv_lead_end(struct alv_lead *lead, u64 turn)
{
	return alv_cas_acq_rel(&lead->turn, &turn, turn + 1);
}

/* With the lock: whoever does the work of this turn no longer leads. */
static void take_lead(struct alv_lead *lead, u64 turn)
{
	struct alv_lead_member *next = lead->spares;

	if (alv_lead_stopped(lead) || !alv_cas_acq_rel(&lead->turn, &turn, turn + 1))
		return; /* it is done, or somebody else leads already */
	lead->leader = next;
	if (next) {
		lead->spares = next->next;
		lead->n_spares--;
		pthread_cond_signal(&next->wake);
		return;
	}
	/* If none can be started, the first who has done its work goes on. */
	pthread_mutex_unlock(&lead->lock);
	(void)lead->start(lead);
	pthread_mutex_lock(&lead->lock);
}

void alv_lead_pass(struct alv_lead *lead, u64 turn)
{
	pthread_mutex_lock(&lead->lock);
	take_lead(lead, turn);
	pthread_mutex_unlock(&lead->lock);
}

/* With the lock: sleep until the next look. */
static void watcher_sleep(struct alv_lead *lead, u64 seen, bool calm)
{
	struct timespec until;

	if (!calm) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += TICK_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_clockwait(&lead->alarm, &lead->lock, CLOCK_MONOTONIC, &until);
		return;
	}
	alv_store_relaxed(&lead->asleep, true);
	alv_fence_seq_cst();
	while (lead->asleep && alv_load_acquire(&lead->turn) == seen && !alv_lead_stopped(lead))
		pthread_cond_wait(&lead->alarm, &lead->lock);
	alv_store_relaxed(&lead->asleep, false);
}

static void *watcher_main(void *data)
{
	struct alv_lead *lead = data;
	u64 turn, seen = alv_load_acquire(&lead->turn);
	unsigned int calm = 0;

	pthread_mutex_lock(&lead->lock);
	while (!alv_lead_stopped(lead)) {
		watcher_sleep(lead, seen, calm == CALM_TICKS);
		turn = alv_load_acquire(&lead->turn);
		if (turn == seen && turn_busy(turn))
			take_lead(lead, turn);
		calm = turn == seen && !turn_busy(turn) && calm < CALM_TICKS ? calm + 1 : 0;
		seen = turn;
	}
	pthread_mutex_unlock(&lead->lock);
	return NULL;
}

void alv_lead_stop(struct alv_lead *lead)
{
	pthread_mutex_lock(&lead->lock);
	alv_store_release(&lead->stopped, true);
	for (struct alv_lead_member *at = lead->spares; at; at = at->next)
		pthread_cond_signal(&at->wake);
	lead->spares = NULL;
	pthread_cond_signal(&lead->alarm);
	pthread_mutex_unlock(&lead->lock);
}

void alv_lead_join(struct alv_lead *lead)
{
	pthread_join(lead->watcher, NULL);
}

void alv_lead_fini(struct alv_lead *lead)
{
	pthread_cond_destroy(&lead->alarm);
	pthread_mutex_destroy(&lead->lock);
}

int alv_lead_start(struct alv_lead *lead, int (*start)(struct alv_lead *lead))
{
	sigset_t all, old;
	int err;

	lead->start = start;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&lead->watcher, NULL, watcher_main, lead);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return err;
	err = start(lead);
	if (err) {
		alv_lead_stop(lead);
		alv_lead_join(lead);
	}
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/timers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "object/host.h"
#include "object/lease.h"
#include "object/object.h"

#define SLOTS_FIRST 16

struct alv_timer {
	struct alv_object *map; /* no reference: it drops its timers before it goes */
	struct alv_timer_field *field;
	clockid_t clock;
	u32 slot;
	u32 armed; /* 1 + place in the heap; 0: not armed */
	u64 deadline; /* of CLOCK_MONOTONIC, ns */
	bool dropped; /* while it rings: the thread frees it */
	struct alv_timer_callback callback;
};

/* The heap: each one's deadline is no later than those of the two below it. */

static void put_at(struct alv_timers *timers, u32 place, struct alv_timer *timer)
{
	timers->heap[place] = timer;
	timer->armed = place + 1;
}

static void sift_up(struct alv_timers *timers, u32 place, struct alv_timer *timer)
{
	while (place && timers->heap[(place - 1) / 2]->deadline > timer->deadline) {
		put_at(timers, place, timers->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put_at(timers, place, timer);
}

static void sift_down(struct alv_timers *timers, u32 place, struct alv_timer *timer)
{
	for (u32 child; (child = 2 * place + 1) < timers->n_armed; place = child) {
		if (child + 1 < timers->n_armed &&
		    timers->heap[child + 1]->deadline < timers->heap[child]->deadline)
			child++;
		if (timers->heap[child]->deadline >= timer->deadline)
			break;
		put_at(timers, place, timers->heap[child]);
	}
	put_at(timers, place, timer);
}

static bool disarm(struct alv_timers *timers, struct alv_timer *timer)
{
	u32 place = timer->armed - 1;
	struct alv_timer *last;

	if (!timer->armed)
		return false;
	timer->armed = 0;
	last = timers->heap[--timers->n_armed];
	if (last == timer)
		return true;
	sift_up(timers, place, last);
	sift_down(timers, last->armed - 1, last);
	return true;
}

static void arm(struct alv_timers *timers, struct alv_timer *timer, u64 deadline)
{
	disarm(timers, timer);
	timer->deadline = deadline;
	sift_up(timers, timers->n_armed++, timer);
	pthread_cond_broadcast(&timers->changed);
}

/* Slots. */

static struct alv_timer *find(struct alv_timers *timers, const struct alv_timer_field *field)
{
	u64 number = alv_load_relaxed(&field->number);
	struct alv_timer *timer;

	if (!number || number > timers->n_slots)
		return NULL;
	timer = timers->slots[number - 1];
	return timer && timer->field == field ? timer : NULL;
}

static int more_slots(struct alv_timers *timers)
{
	u32 n = timers->n_slots ? 2 * timers->n_slots : SLOTS_FIRST;
	struct alv_timer **slots = realloc(timers->slots, n * sizeof(*slots)), **heap;

	if (!slots)
		return -ENOMEM;
	timers->slots = slots;
	heap = realloc(timers->heap, n * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	timers->heap = heap;
	memset(slots + timers->n_slots, 0, (n - timers->n_slots) * sizeof(*slots));
	timers->n_slots = n;
	return 0;
}

static int find_free(struct alv_timers *timers)
{
	while (timers->first_free < timers->n_slots && timers->slots[timers->first_free])
		timers->first_free++;
	return timers->first_free < timers->n_slots ? 0 : more_slots(timers);
}

/* Out of the table; the program that it held is the caller's to put. */
static struct alv_object *drop(struct alv_timers *timers, struct alv_timer *timer)
{
	struct alv_object *prog = timer->callback.prog;

	disarm(timers, timer);
	timers->slots[timer->slot] = NULL;
	if (timer->slot < timers->first_free)
		timers->first_free = timer->slot;
	if (timers->ringing == timer)
		timer->dropped = true;
	else
		free(timer);
	return prog;
}

/* The thread. */

/* Wait for something that is due. NULL: the thread is to end. */
static struct alv_timer *await(struct alv_timers *timers)
{
	while (!timers->ends) {
		struct alv_timer *first = timers->n_armed ? timers->heap[0] : NULL;
		struct timespec until;

		if (first && first->deadline <= alv_clock_ns(CLOCK_MONOTONIC))
			return first;
		if (!first) {
			pthread_cond_wait(&timers->changed, &timers->lock);
			continue;
		}
		until.tv_sec = (time_t)(first->deadline / ALV_NS_PER_SECOND);
		until.tv_nsec = (long)(first->deadline % ALV_NS_PER_SECOND);
		pthread_cond_timedwait(&timers->changed, &timers->lock, &until);
	}
	return NULL;
}

/* Let the one that is due ring, on this CPU; with the lock, which is not held then. */
static void ring(struct alv_host *host, struct alv_timer *timer, u32 cpu)
{
	struct alv_timers *timers = &host->timers;
	struct alv_timer_ring ring = { .host = host,
				       .cpu = cpu,
				       .map = timer->map,
				       .field = timer->field,
				       .callback = timer->callback };

	disarm(timers, timer);
	alv_object_get(ring.map);
	alv_object_get(ring.callback.prog);
	timers->ringing = timer;
	pthread_mutex_unlock(&timers->lock);
	ring.callback.ring(&ring);
	pthread_mutex_lock(&timers->lock);
	timers->ringing = NULL;
	if (timer->dropped)
		free(timer);
	pthread_cond_broadcast(&timers->changed);
	pthread_mutex_unlock(&timers->lock);
	alv_object_put(ring.map);
	alv_object_put(ring.callback.prog);
	pthread_mutex_lock(&timers->lock);
}

/* A CPU may be long in coming: what was due then may not be any more. */
static void *thread_main(void *data)
{
	struct alv_host *host = data;
	struct alv_timers *timers = &host->timers;
	struct alv_timer *due;
	u32 cpu;

	pthread_mutex_lock(&timers->lock);
	while (await(timers)) {
		pthread_mutex_unlock(&timers->lock);
		cpu = alv_lease_take(host);
		pthread_mutex_lock(&timers->lock);
		due = timers->n_armed ? timers->heap[0] : NULL;
		if (due && due->deadline <= alv_clock_ns(CLOCK_MONOTONIC))
			ring(host, due, cpu);
		alv_lease_give(host, cpu);
	}
	pthread_mutex_unlock(&timers->lock);
	return NULL;
}

/* It takes no signals: those are the program's own. */
static int start_thread(struct alv_host *host)
{
	sigset_t all, old;
	int err;

	if (host->timers.started)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&host->timers.thread, NULL, thread_main, host);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	host->timers.started = !err;
	return -err;
}

void alv_timers_init(struct alv_timers *timers)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&timers->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&timers->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void alv_timers_fini(struct alv_host *host)
{
	struct alv_timers *timers = &host->timers;

	if (timers->started && !alv_host_check_owner(host)) {
		pthread_mutex_lock(&timers->lock);
		timers->ends = true;
		pthread_cond_broadcast(&timers->changed);
		pthread_mutex_unlock(&timers->lock);
		pthread_join(timers->thread, NULL);
	}
	pthread_cond_destroy(&timers->changed);
	pthread_mutex_destroy(&timers->lock);
	free(timers->slots);
	free(timers->heap);
}

/* What programs do with timers. */

static bool has_user(struct alv_object *map)
{
	return alv_load_relaxed(&map->users) > 0;
}

static int init_locked(struct alv_object *map, struct alv_timer_field *field, clockid_t clock)
{
	struct alv_timers *timers = &map->host->timers;
	struct alv_timer *timer;
	u32 slot;
	int err;

	if (find(timers, field))
		return -EBUSY;
	if (!has_user(map))
		return -EPERM;
	err = start_thread(map->host);
	if (!err)
		err = find_free(timers);
	if (err)
		return err;
	timer = calloc(1, sizeof(*timer));
	if (!timer)
		return -ENOMEM;
	slot = timers->first_free;
	*timer = (struct alv_timer){ .map = map, .field = field, .clock = clock, .slot = slot };
	timers->slots[slot] = timer;
	alv_store_relaxed(&field->number, (u64)slot + 1);
	return 0;
}

int alv_timer_init(struct alv_object *map, struct alv_timer_field *field, clockid_t clock)
{
	int err;

	pthread_mutex_lock(&map->host->timers.lock);
	err = init_locked(map, field, clock);
	pthread_mutex_unlock(&map->host->timers.lock);
	return err;
}

int alv_timer_set_callback(struct alv_host *host, struct alv_timer_field *field,
			   const struct alv_timer_callback *callback)
{
	struct alv_object *old = NULL;
	struct alv_timer *timer;
	int err = 0;

	pthread_mutex_lock(&host->timers.lock);
	timer = find(&host->timers, field);
	if (!timer) {
		err = -EINVAL;
	} else if (!has_user(timer->map)) {
		err = -EPERM;
	} else {
		old = timer->callback.prog;
		alv_object_get(callback->prog);
		timer->callback = *callback;
	}
	pthread_mutex_unlock(&host->timers.lock);
	alv_object_put(old);
	return err;
}

/* When, by the monotonic clock, is `delay` from now, or that time of another clock? */
static u64 deadline_of(const struct alv_timer *timer, u64 delay, bool absolute)
{
	u64 now = alv_clock_ns(CLOCK_MONOTONIC), there, deadline;

	if (absolute) {
		there = alv_clock_ns(timer->clock);
		delay = delay > there ? delay - there : 0;
	}
	return __builtin_add_overflow(now, delay, &deadline) || deadline > INT64_MAX ? INT64_MAX :
										      deadline;
}

int alv_timer_start(struct alv_host *host, struct alv_timer_field *field, u64 delay,
		    bool absolute)
{
	struct alv_timer *timer;
	int err = 0;

	pthread_mutex_lock(&host->timers.lock);
	timer = find(&host->timers, field);
	if (timer && timer->callback.prog)
		arm(&host->timers, timer, deadline_of(timer, delay, absolute));
	else
		err = -EINVAL;
	pthread_mutex_unlock(&host->timers.lock);
	return err;
}

/* With the lock, which is not held while a callback is waited for. */
static int cancel_locked(struct alv_timers *timers, struct alv_timer_field *field,
			 struct alv_object **ret_prog)
{
	struct alv_timer *timer = find(timers, field);
	int armed;

	if (!timer)
		return -EINVAL;
	if (timers->ringing == timer && pthread_equal(pthread_self(), timers->thread))
		return -EDEADLK;
	*ret_prog = timer->callback.prog;
	timer->callback = (struct alv_timer_callback){ 0 };
	armed = disarm(timers, timer);
	while (timers->ringing == timer && find(timers, field) == timer)
		pthread_cond_wait(&timers->changed, &timers->lock);
	return armed;
}

int alv_timer_cancel(struct alv_host *host, struct alv_timer_field *field)
{
	struct alv_object *prog = NULL;
	int result;

	pthread_mutex_lock(&host->timers.lock);
	result = cancel_locked(&host->timers, field, &prog);
	pthread_mutex_unlock(&host->timers.lock);
	alv_object_put(prog);
	return result;
}

void alv_timer_drop(struct alv_host *host, struct alv_timer_field *field)
{
	struct alv_object *prog = NULL;
	struct alv_timer *timer;

	if (!alv_load_relaxed(&field->number))
		return;
	pthread_mutex_lock(&host->timers.lock);
	timer = find(&host->timers, field);
	if (timer)
		prog = drop(&host->timers, timer);
	pthread_mutex_unlock(&host->timers.lock);
	alv_object_put(prog);
}

/* One after the other: what its program holds goes without the lock. */
void alv_timers_drop_all(struct alv_object *map)
{
	struct alv_timers *timers = &map->host->timers;

	pthread_mutex_lock(&timers->lock);
	for (u32 slot = 0; slot < timers->n_slots; slot++) {
		struct alv_timer *timer = timers->slots[slot];
		struct alv_object *prog;

		if (!timer || timer->map != map)
			continue;
		prog = drop(timers, timer);
		pthread_mutex_unlock(&timers->lock);
		alv_object_put(prog);
		pthread_mutex_lock(&timers->lock);
	}
	pthread_mutex_unlock(&timers->lock);
}

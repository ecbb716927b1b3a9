/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers of map values (struct bpf_timer), and the thread that rings them. A timer is
 * known by its field's address; the field holds no more than a number, so that nothing
 * in a map's storage is believed in.
 *
 * A timer lives until its element goes, or the last user of its map: then it is dropped,
 * without waiting for a callback that runs. One callback runs at a time.
 */
#ifndef ALV_OBJECT_TIMERS_H
#define ALV_OBJECT_TIMERS_H

#include <pthread.h>
#include <time.h>

#include "base/types.h"

struct alv_host;
struct alv_object;
struct alv_timer;

/* struct bpf_timer, as it lies in values. */
struct alv_timer_field {
	u64 number; /* 1 + the timer's slot; 0: none */
	u64 unused;
};

struct alv_timer_ring;

/* What a timer does. */
struct alv_timer_callback {
	struct alv_object *prog; /* the function's; NULL: there is none */
	void (*ring)(const struct alv_timer_ring *ring);
	const void *function;
	u64 (*call)(void); /* what runs functions, its true type is struct alv_run's */
};

/* One time that it does so: on a leased CPU, with references to map and program. */
struct alv_timer_ring {
	struct alv_host *host;
	u32 cpu;
	struct alv_object *map;
	struct alv_timer_field *field;
	struct alv_timer_callback callback;
};

struct alv_timers {
	pthread_mutex_t lock; /* guards all of it; a leaf */
	pthread_cond_t changed; /* what the thread waits for, or a callback's end */
	struct alv_timer **slots;
	struct alv_timer **heap; /* those that are armed, by deadline; as many places */
	u32 n_slots;
	u32 first_free; /* none is free below this one */
	u32 n_armed;
	struct alv_timer *ringing;
	pthread_t thread;
	bool started;
	bool ends;
};

void alv_timers_init(struct alv_timers *timers);
/* The thread ends, if it is this process's; with maps gone there are no timers. */
void alv_timers_fini(struct alv_host *host);

/* -EBUSY: there is one; -EPERM: the map has no user; -ENOMEM, -EAGAIN: no thread. */
int alv_timer_init(struct alv_object *map, struct alv_timer_field *field, clockid_t clock);
/* Takes a reference to the program. -EINVAL: no timer; -EPERM: the map has no user. */
int alv_timer_set_callback(struct alv_host *host, struct alv_timer_field *field,
			   const struct alv_timer_callback *callback);
/*
 * Ring in `delay` ns, or with `absolute` at that time of the timer's clock; an earlier
 * start is forgotten. -EINVAL: no timer or no callback.
 */
int alv_timer_start(struct alv_host *host, struct alv_timer_field *field, u64 delay,
		    bool absolute);
/*
 * It rings no more, and the callback is forgotten; waits for one that runs. 1: it was
 * armed, 0: it was not; -EINVAL: no timer; -EDEADLK: from its own callback.
 */
int alv_timer_cancel(struct alv_host *host, struct alv_timer_field *field);

/* The field's element goes. */
void alv_timer_drop(struct alv_host *host, struct alv_timer_field *field);
/* The last user of a map went. */
void alv_timers_drop_all(struct alv_object *map);

#endif

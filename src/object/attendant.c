/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who raises something and attends it must not meet a look that was over before:
 *
 *	attend:	W(what is there) ; R(attended): true, so a look comes
 *	thread:	W(attended = false) ; R(what is there)
 *
 * Both are sequentially consistent, so either the look sees what is there, or who
 * attends sees false and asks for another look.
 */
#include "object/attendant.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define SOON_MS  1
#define LATER_MS 32

void alv_attendant_init(struct alv_attendant *attendant)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&attendant->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&attendant->changed, &attr);
	pthread_condattr_destroy(&attr);
	CDS_INIT_LIST_HEAD(&attendant->charges);
}

static void deadline(struct timespec *ret_at, u32 ms)
{
	clock_gettime(CLOCK_MONOTONIC, ret_at);
	ret_at->tv_nsec += (long)ms * 1000000;
	if (ret_at->tv_nsec >= 1000000000) {
		ret_at->tv_nsec -= 1000000000;
		ret_at->tv_sec++;
	}
}

/* Sleep for so long, unless something changes; under the lock. */
static void doze(struct alv_attendant *attendant, u32 ms)
{
	struct timespec at;
	int err = 0;

	deadline(&at, ms);
	while (!err && !attendant->stop && !attendant->hurry)
		err = pthread_cond_timedwait(&attendant->changed, &attendant->lock, &at);
}

/* Does any of them move? */
static bool look_at_all(struct alv_attendant *attendant, u32 ms)
{
	struct alv_charge *charge, *next;
	bool moving = false;

	cds_list_for_each_entry_safe(charge, next, &attendant->charges, node) {
		enum alv_look look;

		__atomic_store_n(&charge->attended, false, __ATOMIC_SEQ_CST);
		look = charge->look(charge, ms);
		moving |= look == ALV_LOOK_MOVING;
		if (look == ALV_LOOK_DONE)
			cds_list_del_init(&charge->node);
		else
			__atomic_store_n(&charge->attended, true, __ATOMIC_SEQ_CST);
	}
	return moving;
}

static void *attendant_main(void *data)
{
	struct alv_attendant *attendant = data;
	u32 ms = SOON_MS;

	pthread_mutex_lock(&attendant->lock);
	while (!attendant->stop) {
		if (cds_list_empty(&attendant->charges)) {
			pthread_cond_wait(&attendant->changed, &attendant->lock);
			continue;
		}
		doze(attendant, ms);
		if (attendant->stop)
			break;
		if (attendant->hurry) {
			attendant->hurry = false;
			ms = SOON_MS;
			continue;
		}
		if (look_at_all(attendant, ms))
			ms = SOON_MS;
		else if (ms < LATER_MS)
			ms *= 2;
	}
	pthread_mutex_unlock(&attendant->lock);
	return NULL;
}

/* Signals are for the program that the host is in. Under the lock. */
static void start(struct alv_attendant *attendant)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	attendant->started =
		!pthread_create(&attendant->thread, NULL, attendant_main, attendant);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void alv_attendant_stop(struct alv_attendant *attendant)
{
	pthread_mutex_lock(&attendant->lock);
	attendant->stop = true;
	pthread_cond_signal(&attendant->changed);
	pthread_mutex_unlock(&attendant->lock);
	if (attendant->started)
		pthread_join(attendant->thread, NULL);
	attendant->started = false;
}

void alv_attendant_fini(struct alv_attendant *attendant)
{
	pthread_mutex_destroy(&attendant->lock);
	pthread_cond_destroy(&attendant->changed);
}

void alv_charge_init(struct alv_charge *charge, alv_look_fn *look)
{
	charge->look = look;
	charge->attended = false;
	CDS_INIT_LIST_HEAD(&charge->node);
}

void alv_attend(struct alv_attendant *attendant, struct alv_charge *charge)
{
	if (__atomic_load_n(&charge->attended, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&attendant->lock);
	if (!attendant->started && !attendant->stop)
		start(attendant);
	if (cds_list_empty(&charge->node))
		cds_list_add_tail(&charge->node, &attendant->charges);
	__atomic_store_n(&charge->attended, true, __ATOMIC_SEQ_CST);
	attendant->hurry = true;
	pthread_cond_signal(&attendant->changed);
	pthread_mutex_unlock(&attendant->lock);
}

void alv_dismiss(struct alv_attendant *attendant, struct alv_charge *charge)
{
	pthread_mutex_lock(&attendant->lock);
	cds_list_del_init(&charge->node);
	pthread_mutex_unlock(&attendant->lock);
}

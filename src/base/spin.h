/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock of one u32, zero when free, for short stretches of our own code. A
 * waiter turns a little, then gives its CPU away: the holder may be preempted.
 */
#ifndef ALV_BASE_SPIN_H
#define ALV_BASE_SPIN_H

#include <sched.h>

#include "base/atomic.h"
#include "base/types.h"

#define ALV_SPIN_TURNS 64

static inline void alv_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#endif
}

/* One turn of a waiting loop; *turns starts at 0. */
static inline void alv_spin_turn(unsigned int *turns)
{
	if (++*turns % ALV_SPIN_TURNS == 0)
		sched_yield();
	else
		alv_cpu_relax();
}

static inline void alv_spin_lock(u32 *lock)
{
	unsigned int turns = 0;

	while (alv_swap_acq_rel(lock, 1u))
		while (alv_load_relaxed(lock))
			alv_spin_turn(&turns);
}

static inline void alv_spin_unlock(u32 *lock)
{
	alv_store_release(lock, 0u);
}

#endif

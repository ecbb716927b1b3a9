/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU: readers never wait, memory is given back after every reader that could
 * see it is gone. The flavour is liburcu's "bp": threads need no registration,
 * so an embedding program's threads just call us.
 */
#ifndef ALV_BASE_RCU_H
#define ALV_BASE_RCU_H

#define RCU_MEMBARRIER
#define URCU_API_MAP
#include <urcu/urcu-bp.h>
#include <urcu/list.h>
#include <urcu/rculfhash.h>

#define alv_rcu_read_lock()        rcu_read_lock()
#define alv_rcu_load(ptr)          rcu_dereference(ptr)
#define alv_rcu_publish(ptr, val)  rcu_assign_pointer(ptr, val)
/* Call fn(head) after a grace period, from a thread of liburcu's. */
#define alv_rcu_defer(head, fn)    call_rcu(head, fn)
#define alv_rcu_barrier()          rcu_barrier()

/*
 * The thread sanitizer does not see into liburcu: it is told that what readers did
 * comes before the end of a grace period. (All readers' until then: the periods of
 * one are not told from those of another.)
 */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
extern char alv_rcu_readers;
#define alv_rcu_reader_ends() __tsan_release(&alv_rcu_readers)
#define alv_rcu_grace_ends()  __tsan_acquire(&alv_rcu_readers)
#else
#define alv_rcu_reader_ends() ((void)0)
#define alv_rcu_grace_ends()  ((void)0)
#endif

static inline void alv_rcu_read_unlock(void)
{
	alv_rcu_reader_ends();
	rcu_read_unlock();
}

/* Blocks until all readers that run now are done. Never under a read lock. */
static inline void alv_rcu_wait(void)
{
	synchronize_rcu();
	alv_rcu_grace_ends();
}

#endif

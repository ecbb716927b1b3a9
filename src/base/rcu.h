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
#define alv_rcu_read_unlock()      rcu_read_unlock()
#define alv_rcu_load(ptr)          rcu_dereference(ptr)
#define alv_rcu_publish(ptr, val)  rcu_assign_pointer(ptr, val)
/* Blocks until all readers that run now are done. Never under a read lock. */
#define alv_rcu_wait()             synchronize_rcu()
/* Call fn(head) after a grace period, from a thread of liburcu's. */
#define alv_rcu_defer(head, fn)    call_rcu(head, fn)
#define alv_rcu_barrier()          rcu_barrier()

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Atomics with the memory order in the name. */
#ifndef ALV_BASE_ATOMIC_H
#define ALV_BASE_ATOMIC_H

#define alv_load_relaxed(ptr)           __atomic_load_n((ptr), __ATOMIC_RELAXED)
#define alv_load_acquire(ptr)           __atomic_load_n((ptr), __ATOMIC_ACQUIRE)
#define alv_store_relaxed(ptr, value)   __atomic_store_n((ptr), (value), __ATOMIC_RELAXED)
#define alv_store_release(ptr, value)   __atomic_store_n((ptr), (value), __ATOMIC_RELEASE)
#define alv_add_relaxed(ptr, value)     __atomic_add_fetch((ptr), (value), __ATOMIC_RELAXED)
#define alv_add_acq_rel(ptr, value)     __atomic_add_fetch((ptr), (value), __ATOMIC_ACQ_REL)
#define alv_sub_relaxed(ptr, value)     __atomic_sub_fetch((ptr), (value), __ATOMIC_RELAXED)
#define alv_sub_acq_rel(ptr, value)     __atomic_sub_fetch((ptr), (value), __ATOMIC_ACQ_REL)
#define alv_swap_acq_rel(ptr, value)    __atomic_exchange_n((ptr), (value), __ATOMIC_ACQ_REL)
/* Orders everything before against everything after, stores against loads, too. */
#define alv_fence_seq_cst()             __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* On failure *expected holds what was found. */
#define alv_cas_acq_rel(ptr, expected, value)                                                      \
	__atomic_compare_exchange_n((ptr), (expected), (value), 0, __ATOMIC_ACQ_REL,               \
				    __ATOMIC_ACQUIRE)

#endif

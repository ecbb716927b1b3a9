/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leases of a host's CPUs. Who runs a program holds one, so at most as many programs
 * run at once as there are CPUs, and what a map keeps for a CPU has one writer.
 */
#ifndef ALV_OBJECT_LEASE_H
#define ALV_OBJECT_LEASE_H

#include <pthread.h>

#include "base/types.h"

struct alv_host;

struct alv_leases {
	u32 *taken; /* a flag for each CPU, atomic */
	u32 waiting; /* threads that want any CPU; atomic */
	pthread_mutex_t lock; /* a leaf: a waiter sleeps between its look and a give */
	pthread_cond_t given;
};

int alv_leases_init(struct alv_leases *leases, u32 cpus);
void alv_leases_fini(struct alv_leases *leases);

/* A CPU, the caller's own if it is free; waits until one is. */
u32 alv_lease_take(struct alv_host *host);
/* This CPU and no other. */
void alv_lease_take_cpu(struct alv_host *host, u32 cpu);
void alv_lease_give(struct alv_host *host, u32 cpu);
/* Let somebody who waits go first, and come back: the CPU, maybe another one. */
u32 alv_lease_yield(struct alv_host *host, u32 cpu);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/lease.h"

#include <errno.h>
#include <stdlib.h>

#include "base/atomic.h"
#include "object/cpu.h"
#include "object/host.h"

int alv_leases_init(struct alv_leases *leases, u32 cpus)
{
	leases->taken = calloc(cpus, sizeof(*leases->taken));
	if (!leases->taken)
		return -ENOMEM;
	pthread_mutex_init(&leases->lock, NULL);
	pthread_cond_init(&leases->given, NULL);
	return 0;
}

void alv_leases_fini(struct alv_leases *leases)
{
	if (!leases->taken)
		return;
	pthread_cond_destroy(&leases->given);
	pthread_mutex_destroy(&leases->lock);
	free(leases->taken);
}

static bool try_cpu(struct alv_host *host, u32 cpu)
{
	u32 *taken = &host->leases.taken[cpu];

	return !alv_load_relaxed(taken) && !alv_swap_acq_rel(taken, 1u);
}

/* Any free CPU of `count`, *cpu if possible; false: there is none. */
static bool try_take(struct alv_host *host, u32 count, u32 *cpu)
{
	for (u32 i = 0; i < count; i++) {
		u32 other = (*cpu + i) % host->cpus;

		if (!try_cpu(host, other))
			continue;
		*cpu = other;
		return true;
	}
	return false;
}

/* *cpu, or one of the `count` CPUs from it on. */
static void take(struct alv_host *host, u32 count, u32 *cpu)
{
	struct alv_leases *leases = &host->leases;

	if (try_take(host, count, cpu))
		return;
	pthread_mutex_lock(&leases->lock);
	/* Either this look sees the CPU that is given, or its giver sees the waiter. */
	alv_add_acq_rel(&leases->waiting, 1);
	alv_fence_seq_cst();
	while (!try_take(host, count, cpu))
		pthread_cond_wait(&leases->given, &leases->lock);
	alv_sub_acq_rel(&leases->waiting, 1);
	pthread_mutex_unlock(&leases->lock);
}

u32 alv_lease_take(struct alv_host *host)
{
	u32 cpu = alv_cpu_of_caller(host);

	take(host, host->cpus, &cpu);
	return cpu;
}

void alv_lease_take_cpu(struct alv_host *host, u32 cpu)
{
	take(host, 1, &cpu);
}

void alv_lease_give(struct alv_host *host, u32 cpu)
{
	struct alv_leases *leases = &host->leases;

	alv_store_release(&leases->taken[cpu], 0u);
	alv_fence_seq_cst();
	if (!alv_load_relaxed(&leases->waiting))
		return;
	pthread_mutex_lock(&leases->lock);
	/* One may wait for another CPU. */
	pthread_cond_broadcast(&leases->given);
	pthread_mutex_unlock(&leases->lock);
}

u32 alv_lease_yield(struct alv_host *host, u32 cpu)
{
	if (!alv_load_relaxed(&host->leases.waiting))
		return cpu;
	alv_lease_give(host, cpu);
	sched_yield();
	return alv_lease_take(host);
}

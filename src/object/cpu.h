/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU of the emulated machine that a call of bpf(2) runs on. */
#ifndef ALV_OBJECT_CPU_H
#define ALV_OBJECT_CPU_H

#include <sched.h>

#include "object/host.h"

/*
 * The CPU that serves the call, folded into the host's: below host->cpus. Only
 * good for choosing lists and the like; the thread may move on at any time.
 */
static inline u32 alv_cpu_of_caller(const struct alv_host *host)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (u32)cpu % host->cpus;
}

#endif

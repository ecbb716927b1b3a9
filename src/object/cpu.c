/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/cpu.h"

#include <sched.h>

static _Thread_local int served;

int alv_cpu_serve(int tid)
{
	int before = served;

	served = tid;
	return before;
}

static int bound_to(int tid)
{
	cpu_set_t cpus;

	if (sched_getaffinity(tid, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			return cpu;
	return -1;
}

u32 alv_cpu_of_caller(const struct alv_host *host)
{
	int cpu = served ? bound_to(served) : -1;

	if (cpu < 0)
		cpu = sched_getcpu();
	return cpu < 0 ? 0 : (u32)cpu % host->cpus;
}

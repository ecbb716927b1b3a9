/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU of the emulated machine that a call of bpf(2) runs on. */
#ifndef ALV_OBJECT_CPU_H
#define ALV_OBJECT_CPU_H

#include "object/host.h"

/*
 * The CPU of the caller, folded into the host's: below host->cpus. Only good for
 * choosing lists and the like; the thread may move on at any time. A remote caller
 * that is bound to one CPU is on that one, otherwise it counts as on its server's.
 */
u32 alv_cpu_of_caller(const struct alv_host *host);

/* This thread now serves the thread `tid` (0: itself). Answers whom it served before. */
int alv_cpu_serve(int tid);

#endif

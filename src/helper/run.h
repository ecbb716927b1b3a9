/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run: one execution of a program on a context. Helpers find here where they are:
 * host, CPU, program, context, caller.
 *
 * A run holds the RCU read lock from its start to its end, so what helpers find in
 * maps stays; only sleepable programs give it up.
 */
#ifndef ALV_HELPER_RUN_H
#define ALV_HELPER_RUN_H

#include "abi/uapi.h"
#include "base/types.h"
#include "helper/helper.h"
#include "object/host.h"
#include "object/task.h"

struct alv_map;
struct alv_program;

/* Tail calls of one run before they are refused, as in the kernel. */
#define ALV_TAIL_CALLS_MAX 33

#define ALV_COMM_LEN 16

/* Who the current task is, for helpers. */
struct alv_run_caller {
	u32 pid;
	u32 tgid;
	u32 uid;
	u32 gid;
	u32 ns_pid; /* in its own process namespace */
	u32 ns_tgid;
	char comm[ALV_COMM_LEN];
};

/* A stretch of host memory that counts as the emulated kernel's. */
struct alv_window {
	const void *base;
	u64 size;
};

#define ALV_RUN_WINDOWS 8

/* A sample of a ring buffer that is to be submitted or discarded. */
struct alv_reservation {
	struct alv_map *map;
	void *sample; /* NULL: this place is free */
};

#define ALV_RUN_RESERVATIONS 16

struct alv_run {
	struct alv_host *host;
	struct alv_task *task; /* the current task; NULL: none, as in an interrupt */
	const struct alv_program *prog; /* the one that runs now: tail calls change it */
	void *ctx; /* what R1 pointed to at first: struct alv_skb and so on */
	u32 cpu;
	u32 tail_calls;
	u32 random;    /* state of bpf_get_prandom_u32() */
	bool known;    /* `caller` is filled in */
	struct alv_run_caller caller;
	/* What probe reads may see besides the maps of the program. */
	struct alv_window windows[ALV_RUN_WINDOWS];
	u32 n_windows;
	struct alv_reservation reservations[ALV_RUN_RESERVATIONS];
	/* The engine: run a function of the program (callbacks), by its address. */
	u64 (*call)(struct alv_run *run, const struct bpf_insn *function, const u64 args[5]);
};

/* The current task, asked for when a helper first wants it. */
const struct alv_run_caller *alv_run_caller(struct alv_run *run);

/* Let probe reads see [base, base + size). False: there is no room for it. */
bool alv_run_expose(struct alv_run *run, const void *base, u64 size);

/*
 * A load of the emulated kernel's memory that never faults: -EFAULT unless all of it
 * lies in one window.
 */
int alv_run_probe(const struct alv_run *run, void *dst, u64 address, u64 size);

/*
 * Calls in rewritten programs say how far the function is from this one, which is
 * what a helper without implementation is.
 */
alv_helper_fn alv_helper_unserved;

static inline s32 alv_helper_distance(alv_helper_fn *function)
{
	return (s32)((intptr_t)function - (intptr_t)alv_helper_unserved);
}

#endif

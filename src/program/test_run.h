/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN: run a program on a context that the caller describes. Each
 * family of types has its own file, NOUN_run.c, with the context's making and its way
 * back; what they share is here.
 */
#ifndef ALV_PROGRAM_TEST_RUN_H
#define ALV_PROGRAM_TEST_RUN_H

#include "base/buf.h"
#include "object/task.h"
#include "program/program.h"

/* Bytes of a page of the emulated kernel, and what its packets have around them. */
#define ALV_TEST_PAGE     4096
#define ALV_TEST_TAILROOM 320 /* struct skb_shared_info, in whole cache lines */

struct alv_test_run {
	struct alv_task *task;
	struct alv_program *prog;
	const struct alv_attr_test_run *attr;
	alv_uaddr uattr; /* the caller's union bpf_attr */
	const char *trace_context; /* struct alv_run's */
};

/* What BPF_PROG_TEST_RUN answers. -ENOTSUPP: the type has none. */
int alv_program_test_run(struct alv_test_run *test);

/*
 * The context that the caller gives: at most `size` bytes, zeroes behind them. Without
 * any, *ret_ctx stays empty. -E2BIG: there is more, and not zero; -EFAULT, -ENOMEM.
 */
int alv_test_ctx_in(struct alv_test_run *test, u32 size, struct alv_buf *ret_ctx);
/* The context back to the caller, if there is one and it wants it. -ENOSPC: cut. */
int alv_test_ctx_out(struct alv_test_run *test, const struct alv_buf *ctx);

/* What a run came to. */
struct alv_test_result {
	const void *data; /* the packet's first `linear` bytes */
	u32 linear;
	const void *rest; /* then `size` - `linear` more */
	u32 size;
	u32 retval;
	u32 duration; /* ns a turn */
};

/* -ENOSPC: the caller's buffer was too small, and has the start. */
int alv_test_finish(struct alv_test_run *test, const struct alv_test_result *result);

/*
 * Run the program as often as the caller wants. Fills in retval and duration; `run`
 * needs nothing but windows. -EINTR: the caller has a signal to look after, or died.
 */
int alv_test_repeat(struct alv_test_run *test, struct alv_run *run, void *ctx,
		    struct alv_test_result *result);

/* The same on a CPU that the caller chose. */
int alv_test_repeat_on(struct alv_test_run *test, struct alv_run *run, u32 cpu, void *ctx,
		       struct alv_test_result *result);

/* One function for each family. */
int alv_skb_test_run(struct alv_test_run *test);
int alv_xdp_test_run(struct alv_test_run *test);
int alv_raw_tracepoint_test_run(struct alv_test_run *test);
int alv_syscall_test_run(struct alv_test_run *test);

#endif

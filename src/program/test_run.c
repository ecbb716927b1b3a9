/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/test_run.h"

#include <errno.h>

#include "base/clock.h"
#include "base/rcu.h"

/* How often a long test looks whether its caller still waits for it. */
#define LOOK_TURNS 256
#define LOOK_NS    10000000u

static const struct family {
	u32 type;
	enum alv_kernel since;
	int (*test_run)(struct alv_test_run *test);
	const char *trace_context; /* locks and counters of the kernel around a run */
} families[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_SCHED_CLS, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_SCHED_ACT, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_CGROUP_SKB, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_LWT_IN, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_LWT_OUT, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_LWT_XMIT, V4_12, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, V4_18, alv_skb_test_run, "b..11" },
	{ BPF_PROG_TYPE_XDP, V4_12, alv_xdp_test_run, "b..11" },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, V5_10, alv_raw_tracepoint_test_run, "...2." },
	{ BPF_PROG_TYPE_SYSCALL, V5_14, alv_syscall_test_run, "...11" },
};

int alv_program_test_run(struct alv_test_run *test)
{
	for (size_t i = 0; i < ALV_COUNT(families); i++)
		if (families[i].type == test->prog->type &&
		    alv_host_has(test->task->host, families[i].since)) {
			test->trace_context = families[i].trace_context;
			return families[i].test_run(test);
		}
	return -ENOTSUPP;
}

int alv_test_ctx_in(struct alv_test_run *test, u32 size, struct alv_buf *ret_ctx)
{
	const struct alv_attr_test_run *attr = test->attr;
	alv_uaddr from = alv_uaddr_at(attr->ctx_in);
	u32 given = attr->ctx_size_in;
	int err;

	if (!attr->ctx_in && !attr->ctx_out)
		return 0;
	if (given > ALV_TEST_PAGE)
		return -E2BIG;
	if (given > size) {
		int zero = alv_copy_is_zero(test->task, alv_uaddr_add(from, size), given - size);

		if (zero <= 0)
			return zero ? zero : -E2BIG;
		given = size;
	}
	err = alv_buf_init(ret_ctx, size);
	if (err || !attr->ctx_in)
		return err;
	return alv_copy_in(test->task, ret_ctx->data, from, given);
}

int alv_test_ctx_out(struct alv_test_run *test, const struct alv_buf *ctx)
{
	const struct alv_attr_test_run *attr = test->attr;
	u32 size = (u32)ctx->size, room = attr->ctx_size_out;
	bool cut = size > room;
	int err;

	if (!ctx->data || !attr->ctx_out)
		return 0;
	err = alv_copy_out(test->task, alv_uaddr_at(attr->ctx_out), ctx->data, cut ? room : size);
	if (!err)
		err = alv_copy_out(test->task,
				   alv_uaddr_add(test->uattr, offsetof(union alv_attr,
								       test_run.ctx_size_out)),
				   &size, sizeof(size));
	return cut ? -ENOSPC : err;
}

/* Where there is not room for all, it is the first piece that is cut. */
static int put_data(struct alv_test_run *test, const struct alv_test_result *result, u32 size)
{
	alv_uaddr to = alv_uaddr_at(test->attr->data_out);
	u32 linear = size - (result->size - result->linear);
	int err;

	if (!to.addr)
		return 0;
	err = alv_copy_out(test->task, to, result->data, linear);
	if (err || size == linear)
		return err;
	return alv_copy_out(test->task, alv_uaddr_add(to, linear), result->rest, size - linear);
}

static int put_field(struct alv_test_run *test, size_t offset, u32 value)
{
	return alv_copy_out(test->task, alv_uaddr_add(test->uattr, offset), &value,
			    sizeof(value));
}

#define PUT(field, value) put_field(test, offsetof(union alv_attr, test_run.field), value)

int alv_test_finish(struct alv_test_run *test, const struct alv_test_result *result)
{
	u32 room = test->attr->data_size_out;
	bool cut = room && result->size > room;
	u32 rest = result->size - result->linear;
	int err;

	if (cut && test->attr->data_out && room < rest)
		return -ENOSPC; /* nothing is said at all */
	err = put_data(test, result, cut ? room : result->size);
	if (!err)
		err = PUT(data_size_out, result->size);
	if (!err)
		err = PUT(retval, result->retval);
	if (!err)
		err = PUT(duration, result->duration);
	return cut ? -ENOSPC : err;
}

/* One turn; between turns others may have the CPU, and what was freed goes. */
static u32 run_once(struct alv_test_run *test, struct alv_run *run, void *ctx)
{
	u32 retval;

	alv_rcu_read_lock();
	retval = (u32)alv_program_run(test->prog, run, ctx);
	alv_rcu_read_unlock();
	return retval;
}

static int repeat(struct alv_test_run *test, struct alv_run *run, void *ctx,
		  struct alv_test_result *result)
{
	u32 wanted = test->attr->repeat ? test->attr->repeat : 1;
	u64 start = alv_clock_ns(CLOCK_MONOTONIC), looked = start, spent;

	for (u32 turn = 1;; turn++) {
		result->retval = run_once(test, run, ctx);
		if (turn == wanted)
			break;
		run->cpu = alv_lease_yield(run->host, run->cpu);
		if (turn % LOOK_TURNS || alv_clock_ns(CLOCK_MONOTONIC) - looked < LOOK_NS)
			continue;
		if (alv_task_is_interrupted(test->task))
			return -EINTR;
		looked = alv_clock_ns(CLOCK_MONOTONIC);
	}
	spent = (alv_clock_ns(CLOCK_MONOTONIC) - start) / wanted;
	result->duration = spent > UINT32_MAX ? UINT32_MAX : (u32)spent;
	return 0;
}

static int run_leased(struct alv_test_run *test, struct alv_run *run, u32 cpu, void *ctx,
		      struct alv_test_result *result)
{
	int err;

	run->host = test->task->host;
	run->task = test->task;
	run->trace_context = test->trace_context;
	run->cpu = cpu;
	err = repeat(test, run, ctx, result);
	alv_lease_give(run->host, run->cpu);
	return err;
}

int alv_test_repeat(struct alv_test_run *test, struct alv_run *run, void *ctx,
		    struct alv_test_result *result)
{
	return run_leased(test, run, alv_lease_take(test->task->host), ctx, result);
}

int alv_test_repeat_on(struct alv_test_run *test, struct alv_run *run, u32 cpu, void *ctx,
		       struct alv_test_result *result)
{
	alv_lease_take_cpu(test->task->host, cpu);
	return run_leased(test, run, cpu, ctx, result);
}

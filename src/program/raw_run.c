/* SPDX-License-Identifier: BSD-2-Clause */
/* Test runs on contexts that are bytes: of raw tracepoints and of syscall programs. */
#include <errno.h>
#include <string.h>

#include "program/test_run.h"

#define RAW_ARGS_MAX    (12 * sizeof(u64))
#define SYSCALL_CTX_MAX UINT16_MAX
#define RUN_ON_CPU      (1u << 0) /* BPF_F_TEST_RUN_ON_CPU */

/* Neither data nor repetition means anything to these. */
static bool asks_too_much(const struct alv_attr_test_run *attr)
{
	return attr->data_in || attr->data_out || attr->ctx_out || attr->duration ||
	       attr->repeat || attr->batch_size;
}

/* The context, with zeroes up to what programs of the type could reach at most. */
static int take_ctx(struct alv_test_run *test, u32 max, struct alv_buf *ret_ctx)
{
	const struct alv_attr_test_run *attr = test->attr;
	int err;

	if (attr->ctx_size_in < test->prog->max_ctx_offset || attr->ctx_size_in > max)
		return -EINVAL;
	err = alv_buf_init(ret_ctx, max);
	return err ? err :
		     alv_copy_in(test->task, ret_ctx->data, alv_uaddr_at(attr->ctx_in),
				 attr->ctx_size_in);
}

static int put_retval(struct alv_test_run *test, u32 retval)
{
	return alv_copy_out(test->task,
			    alv_uaddr_add(test->uattr,
					  offsetof(union alv_attr, test_run.retval)),
			    &retval, sizeof(retval));
}

int alv_raw_tracepoint_test_run(struct alv_test_run *test)
{
	const struct alv_attr_test_run *attr = test->attr;
	ALV_AUTO(buf) struct alv_buf ctx = { 0 };
	struct alv_test_result result = { 0 };
	struct alv_run run = { 0 };
	bool chosen = attr->flags & RUN_ON_CPU;
	int err;

	if (asks_too_much(attr) || (!chosen && attr->cpu))
		return -EINVAL;
	err = take_ctx(test, RAW_ARGS_MAX, &ctx);
	if (err)
		return err;
	alv_run_expose(&run, ctx.data, ctx.size);
	if (chosen && attr->cpu >= test->task->host->cpus)
		return -ENXIO;
	err = chosen ? alv_test_repeat_on(test, &run, attr->cpu, ctx.data, &result) :
		       alv_test_repeat(test, &run, ctx.data, &result);
	return err ? err : put_retval(test, result.retval);
}

/* What the program left in its context goes back to where it came from. */
int alv_syscall_test_run(struct alv_test_run *test)
{
	const struct alv_attr_test_run *attr = test->attr;
	ALV_AUTO(buf) struct alv_buf ctx = { 0 };
	struct alv_test_result result = { 0 };
	struct alv_run run = { 0 };
	int err;

	if (asks_too_much(attr) || attr->flags)
		return -EINVAL;
	err = take_ctx(test, SYSCALL_CTX_MAX, &ctx);
	if (err)
		return err;
	alv_run_expose(&run, ctx.data, ctx.size);
	err = alv_test_repeat(test, &run, ctx.data, &result);
	if (!err)
		err = put_retval(test, result.retval);
	if (err)
		return err;
	return alv_copy_out(test->task, alv_uaddr_at(attr->ctx_in), ctx.data, attr->ctx_size_in);
}

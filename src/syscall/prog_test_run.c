/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TEST_RUN. */
#include <errno.h>

#include "program/test_run.h"
#include "syscall/call.h"

int alv_cmd_prog_test_run(struct alv_call *call)
{
	const struct alv_attr_test_run *attr = &call->attr.test_run;
	struct alv_test_run test = { .task = call->task, .attr = attr, .uattr = call->uattr };
	ALV_AUTO(program) struct alv_program *prog = NULL;
	struct alv_object *obj;
	int err;

	if (!attr->ctx_size_in != !attr->ctx_in || !attr->ctx_size_out != !attr->ctx_out)
		return -EINVAL;
	err = alv_task_object(call->task, (int)attr->prog_fd, ALV_KIND_PROG, &obj, NULL);
	if (err)
		return err;
	prog = alv_program_of(obj);
	/* A map that nobody has open any more is without its events by now. */
	if (alv_load_relaxed(&call->task->host->perf_events))
		alv_identity_reap(call->task->host);
	test.prog = prog;
	return alv_program_test_run(&test);
}

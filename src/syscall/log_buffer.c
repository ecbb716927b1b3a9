/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/log_buffer.h"

static int write_log(void *ctx, u32 offset, const void *src, u32 size)
{
	const struct alv_log_buffer *buffer = ctx;

	return alv_copy_out(buffer->task, alv_uaddr_add(buffer->at, offset), src, size);
}

static int read_log(void *ctx, u32 offset, void *dst, u32 size)
{
	const struct alv_log_buffer *buffer = ctx;

	return alv_copy_in(buffer->task, dst, alv_uaddr_add(buffer->at, offset), size);
}

int alv_log_open(struct alv_call *call, const struct alv_log_request *request,
		 struct alv_log_buffer *buffer, struct alv_report *report)
{
	const struct alv_report_sink sink = { write_log, read_log, buffer };
	const struct alv_report_request wanted = {
		.level = request->level,
		.size = request->size,
		.has_buffer = request->buffer,
		.old_rules = !alv_host_has(call->task->host, V6_4),
	};

	*buffer = (struct alv_log_buffer){ call->task, alv_uaddr_at(request->buffer) };
	return alv_report_init(report, &wanted, &sink);
}

/* Callers that know of the field learn how large a buffer the report would have filled. */
static int put_true_size(struct alv_call *call, u32 field, u32 true_size)
{
	if (!alv_host_has(call->task->host, V6_4) || call->size < field + sizeof(true_size))
		return 0;
	return alv_copy_out(call->task, alv_uaddr_add(call->uattr, field), &true_size,
			    sizeof(true_size));
}

int alv_log_close(struct alv_call *call, const struct alv_log_request *request,
		  struct alv_report *report, int err)
{
	u32 true_size;
	int put;

	err = alv_report_finish(report, err, &true_size);
	alv_report_fini(report);
	put = put_true_size(call, request->true_size_field, true_size);
	return put ? put : err;
}

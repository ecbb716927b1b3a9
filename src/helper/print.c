/* SPDX-License-Identifier: BSD-2-Clause */
/* Text out of programs: to the trace pipe, to a buffer. */
#include <errno.h>
#include <string.h>

#include "helper/call.h"
#include "helper/format.h"
#include "object/trace.h"

#define TRACE_MAX 1024

static u64 trace(struct alv_run *run, const struct alv_format *format)
{
	const struct alv_run_caller *caller;
	char text[TRACE_MAX];
	s64 length = alv_format_print(run, format, text, sizeof(text));

	if (length < 0)
		return (u64)length;
	if (length > TRACE_MAX - 1)
		length = TRACE_MAX - 1;
	caller = alv_run_caller(run);
	alv_trace_write(run->host,
			&(struct alv_trace_line){ .comm = caller->comm,
						  .pid = caller->pid,
						  .cpu = run->cpu,
						  .context = run->trace_context,
						  .text = text });
	return (u64)length;
}

u64 alv_help_trace_printk(ALV_HELPER_PARAMS)
{
	const u64 args[3] = { r3, r4, r5 };
	struct alv_format format = {
		.text = alv_helper_ptr(r1), .size = (u32)r2, .args = args, .n_args = 3
	};

	return trace(run, &format);
}

/* bpf_trace_vprintk(fmt, fmt_size, data, data_len) */
u64 alv_help_trace_vprintk(ALV_HELPER_PARAMS)
{
	struct alv_format format = { .text = alv_helper_ptr(r1),
				     .size = (u32)r2,
				     .args = alv_helper_ptr(r3),
				     .n_args = (u32)r4 / 8 };

	if (r4 & 7 || r4 > ALV_FORMAT_ARGS * 8 || (r4 && !r3))
		return alv_helper_errno(-EINVAL);
	return trace(run, &format);
}

/* bpf_snprintf(str, str_size, fmt, data, data_len): the length with the NUL. */
u64 alv_help_snprintf(ALV_HELPER_PARAMS)
{
	const char *text = alv_helper_ptr(r3);
	struct alv_format format = { .text = text,
				     .size = UINT32_MAX,
				     .args = alv_helper_ptr(r4),
				     .n_args = (u32)r5 / 8 };
	s64 length;

	if (r5 & 7 || r5 > ALV_FORMAT_ARGS * 8 || (r5 && !r4))
		return alv_helper_errno(-EINVAL);
	length = alv_format_print(run, &format, alv_helper_ptr(r1), (u32)r2);
	return length < 0 ? (u64)length : (u64)length + 1;
}

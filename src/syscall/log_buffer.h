/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports to a buffer of the caller's: what BTF_LOAD and PROG_LOAD share. */
#ifndef ALV_SYSCALL_LOG_BUFFER_H
#define ALV_SYSCALL_LOG_BUFFER_H

#include "base/report.h"
#include "syscall/call.h"

/* What the attributes say. */
struct alv_log_request {
	u64 buffer;
	u32 size;
	u32 level;
	u32 true_size_field; /* where in the attributes the length goes */
};

struct alv_log_buffer {
	struct alv_task *task;
	alv_uaddr at;
};

/* `buffer` must live as long as the report. -EINVAL: the request contradicts itself. */
int alv_log_open(struct alv_call *call, const struct alv_log_request *request,
		 struct alv_log_buffer *buffer, struct alv_report *report);
/* Ends the report: what a command answers that came to `err` by itself. */
int alv_log_close(struct alv_call *call, const struct alv_log_request *request,
		  struct alv_report *report, int err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * func_info and line_info: from the caller's records to the kernel's, and to what runs.
 * Relocations are for loaders: there is no kernel whose types they could follow.
 */
#ifndef ALV_SYSCALL_PROG_RECORDS_H
#define ALV_SYSCALL_PROG_RECORDS_H

#include "base/report.h"
#include "engine/rewrite.h"
#include "program/program.h"
#include "syscall/call.h"

/*
 * Copies of what the caller gave; records of callers that know less, or more, are
 * brought to size. -EINVAL: no such size; -E2BIG: they say what is not known here.
 */
int alv_prog_func_info(struct alv_call *call, struct alv_report *report,
		       struct alv_prog_records *ret_records);
int alv_prog_line_info(struct alv_call *call, struct alv_report *report,
		       struct alv_prog_records *ret_records);

/* The program's relocations: -EINVAL, or why they can't even be read. */
int alv_prog_relocations(struct alv_call *call, struct alv_report *report);

static inline void alv_prog_records_fini(struct alv_prog_records *records)
{
	free(records->data);
}

/* Say where in the rewritten program each record's instruction is; drop the dead ones. */
void alv_prog_records_follow(struct alv_prog_records *records,
			     const struct alv_rewritten *rewritten);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of objects share in BPF_OBJ_GET_INFO_BY_FD. */
#ifndef ALV_SYSCALL_INFO_H
#define ALV_SYSCALL_INFO_H

#include "syscall/call.h"

struct alv_program;

/* A longer struct of the caller's must be zero behind what we know. -E2BIG, -EFAULT. */
int alv_info_check_tail(struct alv_call *call, u32 known);
/* Copy the struct out, as much as the caller has room for, and say how much that was. */
int alv_info_put(struct alv_call *call, const void *info, u32 known);

int alv_info_of_prog(struct alv_call *call, struct alv_program *prog);

#endif

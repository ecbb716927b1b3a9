/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks: the emulated kernel has none to walk, and a task's own can't be walked
 * without its registers. The answers are those of a kernel that found no frame.
 */
#include <errno.h>
#include <string.h>

#include "helper/call.h"

#define ID_FLAGS                                                                         \
	((u64)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP |         \
	       BPF_F_REUSE_STACKID))
#define STACK_FLAGS                                                                      \
	((u64)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID))

u64 alv_help_get_stackid(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(r3 & ~ID_FLAGS ? -EINVAL : -EFAULT);
}

static u64 no_stack(void *to, u32 size, u64 flags)
{
	bool user = flags & BPF_F_USER_STACK, build_id = flags & BPF_F_USER_BUILD_ID;
	u32 unit = user && build_id ? sizeof(struct bpf_stack_build_id) : sizeof(u64);
	bool valid = !(flags & ~STACK_FLAGS) && !(build_id && !user) && size % unit == 0;

	memset(to, 0, size);
	return alv_helper_errno(valid ? -EFAULT : -EINVAL);
}

u64 alv_help_get_stack(ALV_HELPER_PARAMS)
{
	return no_stack(alv_helper_ptr(r2), (u32)r3, r4);
}

u64 alv_help_get_task_stack(ALV_HELPER_PARAMS)
{
	return no_stack(alv_helper_ptr(r2), (u32)r3, r4);
}

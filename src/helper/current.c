/* SPDX-License-Identifier: BSD-2-Clause */
/* Who and where: the current task and the CPU. */
#include <errno.h>
#include <string.h>

#include "helper/call.h"

#define ROOT_CGROUP 1

u64 alv_help_get_smp_processor_id(ALV_HELPER_PARAMS)
{
	return run->cpu;
}

u64 alv_help_get_numa_node_id(ALV_HELPER_PARAMS)
{
	return 0;
}

u64 alv_help_get_current_pid_tgid(ALV_HELPER_PARAMS)
{
	const struct alv_run_caller *caller = alv_run_caller(run);

	return (u64)caller->tgid << 32 | caller->pid;
}

u64 alv_help_get_current_uid_gid(ALV_HELPER_PARAMS)
{
	const struct alv_run_caller *caller = alv_run_caller(run);

	return (u64)caller->gid << 32 | caller->uid;
}

/* The name, cut, and zeroes up to the end of the buffer. */
u64 alv_help_get_current_comm(ALV_HELPER_PARAMS)
{
	const struct alv_run_caller *caller = alv_run_caller(run);
	char *to = alv_helper_ptr(r1);
	u32 size = (u32)r2;

	if (!size)
		return alv_helper_errno(-EINVAL);
	memset(to, 0, size);
	memcpy(to, caller->comm, strnlen(caller->comm, size - 1));
	return 0;
}

/* The emulated kernel shows no task structures: there is nothing at this address. */
u64 alv_help_get_current_task(ALV_HELPER_PARAMS)
{
	return 0;
}

u64 alv_help_get_current_task_btf(ALV_HELPER_PARAMS)
{
	return 0;
}

u64 alv_help_get_current_cgroup_id(ALV_HELPER_PARAMS)
{
	return ROOT_CGROUP;
}

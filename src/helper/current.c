/* SPDX-License-Identifier: BSD-2-Clause */
/* Who and where: the current task and the CPU. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

/* There is the root group, and nobody has an ancestor below it. */
static u64 ancestor(u32 level)
{
	return level ? 0 : ROOT_CGROUP;
}

u64 alv_help_get_current_ancestor_cgroup_id(ALV_HELPER_PARAMS)
{
	return ancestor((u32)r1);
}

u64 alv_help_skb_ancestor_cgroup_id(ALV_HELPER_PARAMS)
{
	return ancestor((u32)r2);
}

u64 alv_help_sk_ancestor_cgroup_id(ALV_HELPER_PARAMS)
{
	return ancestor((u32)r2);
}

/* Is the process namespace of the current task the file (device, inode)? */
static bool in_namespace(const struct alv_run *run, u64 device, u64 inode)
{
	char path[64];
	struct stat file;

	if (!run->task)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", run->task->tid ? run->task->tid : gettid());
	/* The kernel's numbers of devices have 20 bits for the minor one. */
	return !stat(path, &file) && file.st_ino == inode &&
	       ((u64)major(file.st_dev) << 20 | minor(file.st_dev)) == device;
}

u64 alv_help_get_ns_current_pid_tgid(ALV_HELPER_PARAMS)
{
	struct bpf_pidns_info *info = alv_helper_ptr(r3);
	const struct alv_run_caller *caller;

	if ((u32)r4 != sizeof(*info) || !in_namespace(run, r1, r2)) {
		memset(info, 0, (u32)r4);
		return alv_helper_errno(-EINVAL);
	}
	caller = alv_run_caller(run);
	info->pid = caller->ns_pid;
	info->tgid = caller->ns_tgid;
	return 0;
}

/* No machine here records branches. */
u64 alv_help_get_branch_snapshot(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(r3 ? -EINVAL : -ENOENT);
}

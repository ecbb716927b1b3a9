/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking the ids of objects, and getting a descriptor by id. */
#include <errno.h>
#include <limits.h>

#include "object/bpffs.h"
#include "object/btf_object.h"
#include "object/reap.h"
#include "syscall/call.h"

/*
 * A client that asks what exists sees every close(2) and unlink(2) before its call,
 * and the kernel BTF, which is read late.
 */
static void settle(struct alv_host *host, enum alv_kind kind)
{
	alv_bpffs_reap(host->bpffs);
	alv_reap(host);
	if (kind == ALV_KIND_BTF)
		(void)alv_host_vmlinux(host);
}

static int next_id(struct alv_call *call, enum alv_kind kind)
{
	struct alv_host *host = call->task->host;
	u32 id;
	int err;

	if (call->attr.id.id >= INT_MAX)
		return -EINVAL;
	if (!alv_may_sys_admin(&call->task->authority))
		return -EPERM;
	settle(host, kind);
	do
		err = alv_object_next_id(host, kind, call->attr.id.id, &id);
	while (!err && alv_reap_id(host, kind, id));
	if (err)
		return err;
	return alv_call_put(call, id.next_id, &id);
}

int alv_cmd_map_next_id(struct alv_call *call)
{
	return next_id(call, ALV_KIND_MAP);
}

int alv_cmd_prog_next_id(struct alv_call *call)
{
	return next_id(call, ALV_KIND_PROG);
}

int alv_cmd_btf_next_id(struct alv_call *call)
{
	return next_id(call, ALV_KIND_BTF);
}

static int fd_by_id(struct alv_call *call, enum alv_kind kind, unsigned int access)
{
	struct alv_object *obj;
	int result;

	settle(call->task->host, kind);
	while (alv_reap_id(call->task->host, kind, call->attr.id.id))
		;
	result = alv_object_by_id(call->task->host, kind, call->attr.id.id, &obj);
	if (result)
		return result;
	result = alv_task_install(call->task, obj, access);
	alv_object_put(obj);
	return result;
}

int alv_cmd_prog_fd_by_id(struct alv_call *call)
{
	if (!alv_may_sys_admin(&call->task->authority))
		return -EPERM;
	return fd_by_id(call, ALV_KIND_PROG, ALV_MAY_BOTH);
}

int alv_cmd_map_fd_by_id(struct alv_call *call)
{
	const u32 known = BPF_F_RDONLY | BPF_F_WRONLY;
	unsigned int access;
	int err;

	if (call->attr.id.open_flags & ~known)
		return -EINVAL;
	if (!alv_may_sys_admin(&call->task->authority))
		return -EPERM;
	err = alv_call_access(call->attr.id.open_flags, &access);
	if (err)
		return err;
	return fd_by_id(call, ALV_KIND_MAP, access);
}

int alv_cmd_btf_fd_by_id(struct alv_call *call)
{
	if (call->attr.id.open_flags & ~ALV_BPF_F_TOKEN_FD)
		return -EINVAL;
	if (call->attr.id.open_flags & ALV_BPF_F_TOKEN_FD)
		return alv_call_no_token(call, call->attr.id.fd_by_id_token_fd);
	if (!alv_may_sys_admin(&call->task->authority))
		return -EPERM;
	return fd_by_id(call, ALV_KIND_BTF, ALV_MAY_READ);
}

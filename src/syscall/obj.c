/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_OBJ_PIN and BPF_OBJ_GET: objects under names of the bpf filesystem. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "object/bpffs.h"
#include "syscall/call.h"

static void alv_place_cleanup(struct alv_place *place)
{
	if (place->dir >= 0)
		close(place->dir);
}

/* The caller's path, from where BPF_F_PATH_FD says. */
static int resolve(struct alv_call *call, bool follow, struct alv_place *ret_place)
{
	const struct alv_attr_obj *attr = &call->attr.obj;
	int dirfd = attr->file_flags & ALV_BPF_F_PATH_FD ? attr->path_fd : AT_FDCWD;
	char path[PATH_MAX];
	int err;

	err = alv_copy_string(call->task, path, alv_uaddr_at(attr->pathname),
			      sizeof(path));
	if (err)
		return err;
	return call->task->ops->resolve(call->task, dirfd, path, follow, ret_place);
}

static int check_flags(const struct alv_attr_obj *attr, u32 known)
{
	if (attr->file_flags & ~(known | ALV_BPF_F_PATH_FD))
		return -EINVAL;
	return !(attr->file_flags & ALV_BPF_F_PATH_FD) && attr->path_fd ? -EINVAL : 0;
}

static bool can_be_pinned(const struct alv_object *obj)
{
	return obj->ops->kind == ALV_KIND_MAP || obj->ops->kind == ALV_KIND_PROG ||
	       obj->ops->kind == ALV_KIND_LINK;
}

int alv_cmd_obj_pin(struct alv_call *call)
{
	ALV_AUTO(place) struct alv_place place = { .dir = -1 };
	struct alv_task *task = call->task;
	struct alv_object *obj;
	int err;

	err = check_flags(&call->attr.obj, 0);
	if (err)
		return err;
	err = alv_task_object(task, (int)call->attr.obj.bpf_fd, ALV_N_KINDS, &obj, NULL);
	if (err)
		return -EINVAL; /* whatever it is, it can't be pinned */
	err = can_be_pinned(obj) ? resolve(call, false, &place) : -EINVAL;
	if (!err)
		err = alv_bpffs_pin(task->host->bpffs, task, &place, obj);
	alv_object_put(obj);
	return err;
}

int alv_cmd_obj_get(struct alv_call *call)
{
	ALV_AUTO(place) struct alv_place place = { .dir = -1 };
	struct alv_task *task = call->task;
	struct alv_object *obj;
	unsigned int access;
	int result;

	result = check_flags(&call->attr.obj, BPF_F_RDONLY | BPF_F_WRONLY);
	if (result || call->attr.obj.bpf_fd)
		return -EINVAL;
	result = alv_call_access(call->attr.obj.file_flags, &access);
	if (result)
		return result;
	result = resolve(call, true, &place);
	if (result)
		return result;
	result = alv_bpffs_get(task->host->bpffs, task, &place, access, &obj);
	if (result)
		return result;
	result = alv_task_install(task, obj, access);
	alv_object_put(obj);
	return result;
}

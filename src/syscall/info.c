/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_OBJ_GET_INFO_BY_FD. */
#include <errno.h>
#include <string.h>

#include "base/region.h"
#include "syscall/call.h"

/* A longer struct of the caller's must be zero behind what we know. */
static int check_tail(struct alv_call *call, u32 known)
{
	const struct alv_attr_info *attr = &call->attr.info;
	int zero;

	if (attr->info_len > alv_page_size())
		return -E2BIG;
	if (attr->info_len <= known)
		return 0;
	zero = alv_copy_is_zero(call->task, alv_uaddr_at(attr->info + known),
				attr->info_len - known);
	if (zero < 0)
		return zero;
	return zero ? 0 : -E2BIG;
}

/* Copy the struct out, as much as the caller has room for, and say how much that was. */
static int put_info(struct alv_call *call, const void *info, u32 known)
{
	u32 size = call->attr.info.info_len < known ? call->attr.info.info_len : known;
	int err;

	err = alv_copy_out(call->task, alv_uaddr_at(call->attr.info.info), info, size);
	if (err)
		return err;
	return alv_call_put(call, info.info_len, &size);
}

static int map_info(struct alv_call *call, const struct alv_map *map)
{
	struct alv_map_info info = {
		.type = map->type,
		.id = map->obj.id,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.map_flags = map->flags,
		.map_extra = map->extra,
	};
	int err = check_tail(call, sizeof(info));

	if (err)
		return err;
	memcpy(info.name, map->name, sizeof(info.name));
	return put_info(call, &info, sizeof(info));
}

int alv_cmd_obj_info(struct alv_call *call)
{
	struct alv_object *obj;
	int err;

	err = alv_task_object(call->task, (int)call->attr.info.bpf_fd, ALV_N_KINDS, &obj, NULL);
	if (err == -EBADF)
		return -EBADFD; /* the one command that says it so */
	if (err)
		return err;
	err = obj->ops->kind == ALV_KIND_MAP ? map_info(call, alv_map_of(obj)) : -EINVAL;
	alv_object_put(obj);
	return err;
}

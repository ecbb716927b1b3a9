/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_OBJ_GET_INFO_BY_FD. */
#include <errno.h>
#include <string.h>

#include "base/region.h"
#include "object/btf_object.h"
#include "program/program.h"
#include "syscall/info.h"

int alv_info_check_tail(struct alv_call *call, u32 known)
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

int alv_info_put(struct alv_call *call, const void *info, u32 known)
{
	u32 size = call->attr.info.info_len < known ? call->attr.info.info_len : known;
	int err;

	err = alv_copy_out(call->task, alv_uaddr_at(call->attr.info.info), info, size);
	if (err)
		return err;
	return alv_call_put(call, info.info_len, &size);
}

/*
 * The digest that a caller may ask for names the content of an array that can't change
 * any more. Since 6.18.
 */
static int put_hash(struct alv_call *call, const struct alv_map *map,
		    const struct alv_map_info *info)
{
	u8 digest[ALV_MAP_HASH_SIZE];

	if (!info->hash && !info->hash_size)
		return 0;
	if (!info->hash || info->hash_size != sizeof(digest) || !map->ops->digest)
		return -EINVAL;
	if (!alv_load_acquire(&map->frozen))
		return -EPERM;
	map->ops->digest(map, digest);
	return alv_copy_out(call->task, alv_uaddr_at(info->hash), digest, sizeof(digest));
}

/* The caller's bytes stay in the fields of a map that it has nothing to say about. */
static int map_info(struct alv_call *call, const struct alv_map *map)
{
	bool hashes = alv_host_has(call->task->host, V6_18);
	u32 known = hashes ? offsetof(struct alv_map_info, hash_size) + sizeof(u32) :
			     offsetof(struct alv_map_info, hash);
	u32 whole = hashes ? sizeof(struct alv_map_info) : known;
	struct alv_map_info info = {};
	u32 size = call->attr.info.info_len;
	int err = alv_info_check_tail(call, known);

	if (err)
		return err;
	err = alv_copy_in(call->task, &info, alv_uaddr_at(call->attr.info.info),
			  size < whole ? size : whole);
	if (err)
		return err;
	info.type = map->type;
	info.id = map->obj.id;
	info.key_size = map->key_size;
	info.value_size = map->value_size;
	info.max_entries = map->max_entries;
	info.map_flags = map->flags;
	info.map_extra = map->extra;
	memcpy(info.name, map->name, sizeof(info.name));
	if (map->btf) {
		info.btf_id = map->btf->obj.id;
		info.btf_key_type_id = map->btf_key_type;
		info.btf_value_type_id = map->btf_value_type;
	}
	info.btf_vmlinux_value_type_id = 0;
	err = hashes ? put_hash(call, map, &info) : 0;
	return err ? err : alv_info_put(call, &info, whole);
}

/* The bytes that were loaded, as many as the caller has room for. */
static int put_btf_bytes(struct alv_call *call, const struct alv_btf *btf,
			 struct alv_btf_info *info)
{
	u32 size =
		(u32)btf->raw.size < info->btf_size ? (u32)btf->raw.size : info->btf_size;
	int err = alv_copy_out(call->task, alv_uaddr_at(info->btf), btf->raw.data, size);

	info->btf_size = (u32)btf->raw.size;
	return err;
}

/* A name that does not fit is cut, and the call fails with -ENOSPC in the end. */
static int put_name(struct alv_call *call, const char *name, struct alv_btf_info *info)
{
	u32 room = info->name_len, size = (u32)strlen(name);
	alv_uaddr to = alv_uaddr_at(info->name);
	int err;

	if (!info->name != !room)
		return -EINVAL;
	info->name_len = size;
	if (!room)
		return 0;
	if (room > size)
		return alv_copy_out(call->task, to, name, size + 1);
	err = alv_copy_out(call->task, to, name, room - 1);
	if (!err)
		err = alv_copy_out(call->task, alv_uaddr_add(to, room - 1), "", 1);
	return err ? err : -ENOSPC;
}

static int btf_info(struct alv_call *call, const struct alv_btf_object *obj)
{
	u32 size = call->attr.info.info_len;
	struct alv_btf_info info = {};
	int err, named;

	err = alv_info_check_tail(call, sizeof(info));
	if (err)
		return err;
	err = alv_copy_in(call->task, &info, alv_uaddr_at(call->attr.info.info),
			  size < sizeof(info) ? size : sizeof(info));
	if (err)
		return err;
	info.id = obj->obj.id;
	info.kernel_btf = obj->btf->kernel;
	err = put_btf_bytes(call, obj->btf, &info);
	if (err)
		return err;
	named = put_name(call, obj->name, &info);
	if (named && named != -ENOSPC)
		return named;
	err = alv_info_put(call, &info, sizeof(info));
	return err ? err : named;
}

static int object_info(struct alv_call *call, struct alv_object *obj)
{
	switch (obj->ops->kind) {
	case ALV_KIND_MAP:
		return map_info(call, alv_map_of(obj));
	case ALV_KIND_BTF:
		return btf_info(call, alv_btf_object_of(obj));
	case ALV_KIND_PROG:
		return alv_info_of_prog(call, alv_program_of(obj));
	default:
		return -EINVAL;
	}
}

int alv_cmd_obj_info(struct alv_call *call)
{
	struct alv_object *obj;
	int err;

	err = alv_task_object(call->task, (int)call->attr.info.bpf_fd, ALV_N_KINDS, &obj,
			      NULL);
	if (err == -EBADF)
		return -EBADFD; /* the one command that says it so */
	if (err)
		return err;
	err = object_info(call, obj);
	alv_object_put(obj);
	return err;
}

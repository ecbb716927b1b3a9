/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_CREATE: the checks that all types share, in the kernel's order. */
#include <errno.h>
#include <string.h>

#include "map/btf.h"
#include "map/inner.h"
#include "object/bpffs.h"
#include "object/btf_object.h"
#include "object/reap.h"
#include "syscall/call.h"
#include "syscall/name.h"

/* What an unprivileged client needs for a type; others need CAP_BPF. */
static bool type_is_for_all(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	default:
		return false;
	}
}

static int check_authority(const struct alv_task *task, u32 type)
{
	if (alv_may_bpf(&task->authority))
		return 0;
	return task->authority.unprivileged && type_is_for_all(type) ? 0 : -EPERM;
}

static int check_btf_fields(const struct alv_attr_map_create *attr)
{
	if (attr->btf_vmlinux_value_type_id) {
		if (attr->map_type != BPF_MAP_TYPE_STRUCT_OPS || attr->btf_key_type_id ||
		    attr->btf_value_type_id)
			return -EINVAL;
	} else if (attr->btf_key_type_id && !attr->btf_value_type_id) {
		return -EINVAL;
	}
	return 0;
}

/* The emulated machine has one NUMA node, number 0; -1 means any. */
static int check_numa_node(const struct alv_attr_map_create *attr)
{
	if (!(attr->map_flags & BPF_F_NUMA_NODE))
		return 0;
	return attr->numa_node && attr->numa_node != ALV_NO_NUMA_NODE ? -EINVAL : 0;
}

#define LOOPBACK_IFINDEX 1

/* A map for a network device: the emulated machine has a loopback device, which takes none. */
static int refuse_device(const struct alv_attr_map_create *attr)
{
	bool could = attr->map_type == BPF_MAP_TYPE_ARRAY ||
		     attr->map_type == BPF_MAP_TYPE_HASH;

	return could && attr->map_ifindex == LOOPBACK_IFINDEX ? -EOPNOTSUPP : -EINVAL;
}

static void define_map(const struct alv_attr_map_create *attr, struct alv_map_def *def)
{
	*def = (struct alv_map_def){
		.type = attr->map_type,
		.key_size = attr->key_size,
		.value_size = attr->value_size,
		.max_entries = attr->max_entries,
		.flags = attr->map_flags & ~ALV_BPF_F_TOKEN_FD, /* no type's business */
		.extra = attr->map_extra,
		.numa_node = attr->map_flags & BPF_F_NUMA_NODE ? attr->numa_node
							       : ALV_NO_NUMA_NODE,
	};
}

/* An exclusive map names the digest of its one program. */
static int set_exclusive(struct alv_call *call, struct alv_map *map)
{
	const struct alv_attr_map_create *attr = &call->attr.map_create;

	if (!attr->excl_prog_hash)
		return attr->excl_prog_hash_size ? -EINVAL : 0;
	if (attr->excl_prog_hash_size != sizeof(map->owner_digest))
		return -EINVAL;
	map->exclusive = true;
	return alv_copy_in(call->task, map->owner_digest, alv_uaddr_at(attr->excl_prog_hash),
			   sizeof(map->owner_digest));
}

/* The types of keys and values, when any is named. */
static int set_types(struct alv_call *call, struct alv_map *map)
{
	const struct alv_attr_map_create *attr = &call->attr.map_create;
	struct alv_map_types types = { .key = attr->btf_key_type_id,
				       .value = attr->btf_value_type_id };
	struct alv_object *obj;
	int err;

	if (!types.key && !types.value)
		return 0;
	err = alv_task_object(call->task, (int)attr->btf_fd, ALV_KIND_BTF, &obj, NULL);
	if (err)
		return err;
	types.obj = alv_btf_object_of(obj);
	if (types.obj->btf->kernel)
		err = -EACCES;
	else
		err = alv_map_set_types(map, &types, alv_may_bpf(&call->task->authority));
	alv_object_put(obj);
	return err;
}

static int create_map(struct alv_call *call, const struct alv_map_ops *ops,
		      struct alv_map_def *def, struct alv_map **ret_map)
{
	ALV_AUTO(map) struct alv_map *map = NULL, *inner = NULL;
	int err;

	if (alv_inner_wanted(def->type)) {
		err = alv_inner_of_fd(call->task, (int)call->attr.map_create.inner_map_fd,
				      &inner);
		if (err)
			return err;
		def->inner = inner;
	}
	err = ops->create(call->task->host, def, &map);
	if (err)
		return err;
	err = alv_name_copy(map->name, call->attr.map_create.map_name);
	if (err)
		return err;
	err = set_types(call, map);
	if (err)
		return err;
	err = set_exclusive(call, map);
	if (err)
		return err;
	err = alv_object_publish(&map->obj);
	if (err)
		return err;
	*ret_map = alv_steal_ptr(map);
	return 0;
}

int alv_cmd_map_create(struct alv_call *call)
{
	const struct alv_attr_map_create *attr = &call->attr.map_create;
	ALV_AUTO(map) struct alv_map *map = NULL;
	const struct alv_map_ops *ops;
	struct alv_map_def def;
	unsigned int access;
	int err;

	err = check_btf_fields(attr);
	if (err)
		return err;
	if (attr->map_extra && attr->map_type != BPF_MAP_TYPE_BLOOM_FILTER)
		return -EINVAL;
	err = alv_call_access(attr->map_flags, &access);
	if (err)
		return err;
	err = check_numa_node(attr);
	if (err)
		return err;
	ops = alv_map_type(call->task->host, attr->map_type);
	if (!ops)
		return -EINVAL;
	define_map(attr, &def);
	err = ops->check(call->task->host, &def);
	if (err)
		return err;
	if (attr->map_flags & ALV_BPF_F_TOKEN_FD)
		return alv_call_no_token(call, attr->map_token_fd);
	err = check_authority(call->task, attr->map_type);
	if (err)
		return err;
	if (attr->map_ifindex)
		return refuse_device(attr);
	/* Objects that their clients closed make room first. */
	alv_reap(call->task->host);
	err = create_map(call, ops, &def, &map);
	if (err)
		return err;
	return alv_task_install(call->task, &map->obj, access);
}

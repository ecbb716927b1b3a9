/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/btf.h"

#include <errno.h>
#include <stdlib.h>

#include "object/btf_object.h"

#define BIT(type) (1ull << BPF_MAP_TYPE_##type)
#define STORAGES                                                    \
	(BIT(SK_STORAGE) | BIT(INODE_STORAGE) | BIT(TASK_STORAGE) | \
	 1ull << 32 /* CGRP_STORAGE */)

/* The map types whose values may have a kind of field. */
static const struct {
	u32 kinds;
	u64 types;
} field_places[] = {
	{ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK,
	 BIT(HASH) | BIT(ARRAY) | BIT(CGROUP_STORAGE) | STORAGES},
	{ALV_FIELD_TIMER | ALV_FIELD_WORKQUEUE | ALV_FIELD_TASK_WORK | ALV_FIELDS_ROOT,
	 BIT(HASH) | BIT(LRU_HASH) | BIT(ARRAY)},
	{ALV_FIELDS_KPTR | ALV_FIELD_REFCOUNT,
	 BIT(HASH) | BIT(PERCPU_HASH) | BIT(LRU_HASH) | BIT(LRU_PERCPU_HASH) |
		 BIT(ARRAY) | BIT(PERCPU_ARRAY) | STORAGES},
	{ ALV_FIELD_UPTR, BIT(TASK_STORAGE) },
};

static int check_fields(const struct alv_map *map, const struct alv_record *record,
			bool may_bpf)
{
	if (!may_bpf)
		return -EPERM;
	if (map->flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	for (size_t i = 0; i < ALV_COUNT(field_places); i++)
		if (record->kinds & field_places[i].kinds &&
		    !(field_places[i].types >> map->type & 1))
			return -EOPNOTSUPP;
	return 0;
}

/* The key's type behind modifiers; 0: none was given. */
static int find_key(const struct alv_map *map, const struct alv_btf *btf, u32 *id)
{
	u32 size;

	if (!*id)
		return map->ops->check_btf ? 0 : -EINVAL;
	if (!alv_btf_sized(btf, id, &size) || size != map->key_size)
		return -EINVAL;
	return 0;
}

/*
 * A value whose fields can't be is not refused here: programs that use the map
 * would be. Until then its bytes are like any others.
 */
static int find_record(const struct alv_map *map, const struct alv_btf *btf, u32 value,
		       struct alv_record **ret_record)
{
	struct alv_btf_rules rules;
	int err;

	alv_host_btf_rules(map->obj.host, &rules);
	err = alv_record_parse(btf, &rules, value, ALV_FIELDS_OF_MAPS, map->value_size,
			       ret_record);
	if (!err)
		return 0;
	*ret_record = NULL;
	return err == -ENOMEM ? err : 0;
}

static int check_types(const struct alv_map *map, const struct alv_map_types *types,
		       bool may_bpf, struct alv_record **ret_record)
{
	const struct alv_btf *btf = types->obj->btf;
	u32 key = types->key, value = types->value, size;
	int err;

	err = find_key(map, btf, &key);
	if (err)
		return err;
	if (!alv_btf_sized(btf, &value, &size) || size != map->value_size)
		return -EINVAL;
	err = find_record(map, btf, value, ret_record);
	if (err)
		return err;
	err = *ret_record ? check_fields(map, *ret_record, may_bpf) : 0;
	if (err)
		return err;
	return map->ops->check_btf ? map->ops->check_btf(map, btf, key, value) : 0;
}

int alv_map_set_types(struct alv_map *map, const struct alv_map_types *types,
		      bool may_bpf)
{
	ALV_AUTO(mem) struct alv_record *record = NULL;
	int err;

	if (types->value) {
		err = check_types(map, types, may_bpf, &record);
		if (err)
			return err;
	}
	alv_btf_object_get(types->obj);
	map->btf = types->obj;
	map->btf_key_type = types->key;
	map->btf_value_type = types->value;
	map->record = alv_steal_ptr(record);
	return 0;
}

int alv_map_check_array_btf(const struct alv_map *map, const struct alv_btf *btf,
			    u32 key_type, u32 value_type)
{
	u32 data;

	/* Global variables: one value of a section's type, and no key. */
	if (!key_type) {
		if (map->type != BPF_MAP_TYPE_ARRAY || map->max_entries != 1)
			return -EINVAL;
		return alv_btf_is(alv_btf_type(btf, value_type), BTF_KIND_DATASEC)
			       ? 0
			       : -EINVAL;
	}
	if (!alv_btf_is(alv_btf_type(btf, key_type), BTF_KIND_INT))
		return -EINVAL;
	data = alv_btf_int(alv_btf_type(btf, key_type));
	return BTF_INT_BITS(data) == 32 && !BTF_INT_OFFSET(data) ? 0 : -EINVAL;
}

int alv_map_check_trie_btf(const struct alv_map *map, const struct alv_btf *btf,
			   u32 key_type, u32 value_type)
{
	return alv_btf_is(alv_btf_type(btf, key_type), BTF_KIND_STRUCT) ? 0 : -EINVAL;
}

int alv_map_check_keyless_btf(const struct alv_map *map, const struct alv_btf *btf,
			      u32 key_type, u32 value_type)
{
	return key_type ? -EINVAL : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_HASH. An update of a key that is there replaces its element, so a
 * reader has the old value or the new one, never some of both. The spare element
 * that this needs also exists when the map is full.
 */
#include "map/hash.h"

#include <errno.h>

#include "base/spin.h"
#include "object/cpu.h"

/*
 * A spare element. There may be more threads than spares: those who hold one are
 * about to give one back, and wait for nothing until then.
 */
static u32 spare_pop(struct alv_htab *htab)
{
	u32 cpu = alv_cpu_of_caller(htab->map.obj.host), index;
	unsigned int turns = 0;

	while (!(index = alv_pool_pop(&htab->spares, cpu)))
		alv_spin_turn(&turns);
	return index;
}

static void spare_push(struct alv_htab *htab, u32 index)
{
	alv_pool_push(&htab->spares, alv_cpu_of_caller(htab->map.obj.host), index);
}

int alv_hash_put(struct alv_htab *htab, const void *key, const void *value, u64 flags,
		 alv_hash_store_fn *store)
{
	u32 hash = alv_htab_hash(htab, key), old, new = 0;
	struct alv_bucket *bucket = alv_htab_bucket(htab, hash);
	int err;

	alv_bucket_lock(bucket);
	old = alv_htab_walk(htab, bucket, hash, key);
	err = alv_htab_check_flags(old, flags);
	if (err)
		goto unlock;
	if (old && flags & BPF_F_LOCK) {
		alv_map_copy_in_locked(&htab->map, alv_htab_value(htab, old), value);
		old = 0;
		goto unlock;
	}
	if (old)
		new = spare_pop(htab);
	else
		err = alv_htab_alloc(htab, &new);
	if (err)
		goto unlock;
	alv_elem_open(alv_htab_elem(htab, new), hash, key, htab->map.key_size);
	store(htab, new, value);
	alv_elem_close(alv_htab_elem(htab, new));
	if (old)
		alv_htab_replace(htab, bucket, old, new);
	else
		alv_htab_link(htab, bucket, new);
unlock:
	alv_bucket_unlock(bucket);
	if (!err && old) {
		alv_htab_drop(htab, old);
		spare_push(htab, old);
	}
	return err;
}

static void hash_store(struct alv_htab *htab, u32 index, const void *value)
{
	alv_map_copy_in(&htab->map, alv_htab_value(htab, index), value);
}

static int hash_update(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 found, gen;
	int err;

	if (alv_map_bad_update_flags(flags))
		return -EINVAL;
	if (!(flags & BPF_F_LOCK))
		return alv_hash_put(htab, key, value, flags, hash_store);
	if (!alv_record_has(map->record, ALV_FIELD_SPIN_LOCK))
		return -EINVAL;
	found = alv_htab_find(htab, key, &gen);
	err = alv_htab_check_flags(found, flags);
	if (err)
		return err;
	if (!found)
		return alv_hash_put(htab, key, value, flags, hash_store);
	alv_map_copy_in_locked(map, alv_htab_value(htab, found), value);
	return 0;
}

static void hash_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags)
{
	if (flags & BPF_F_LOCK)
		alv_map_copy_out_locked(&htab->map, value, alv_htab_value(htab, index));
	else
		alv_map_copy_out(&htab->map, value, alv_htab_value(htab, index));
}

static void *hash_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 gen, index = alv_htab_find(htab, key, &gen);

	return index ? alv_htab_value(htab, index) : NULL;
}

static int hash_create(struct alv_host *host, const struct alv_map_def *def,
		       struct alv_map **ret_map)
{
	static const struct alv_htab_kind kind = { .copy_out = hash_copy_out };

	return alv_htab_create(host, &alv_hash_map_ops, &kind, def, ret_map);
}

const struct alv_map_ops alv_hash_map_ops = {
	ALV_HTAB_OPS,
	.create = hash_create,
	.update = hash_update,
	.find = hash_find,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_HASH_OF_MAPS: a hash table whose values are maps of one shape. A
 * stored value is a reference; clients see the map's id.
 */
#include <errno.h>
#include <string.h>

#include "map/batch.h"
#include "map/hash.h"
#include "map/inner.h"

static struct alv_map **slot_of(struct alv_htab *htab, u32 index)
{
	return alv_htab_value(htab, index);
}

static int map_hash_check(struct alv_host *host, const struct alv_map_def *def)
{
	if (def->value_size != sizeof(u32))
		return -EINVAL;
	return alv_htab_check(host, def);
}

static void map_hash_store(struct alv_htab *htab, u32 index, const void *value)
{
	alv_store_release(slot_of(htab, index), (struct alv_map *)value);
}

static int map_hash_update_fd(struct alv_map *map, struct alv_task *task, const void *key,
			      int fd, u64 flags)
{
	struct alv_map *inner;
	int err;

	err = alv_inner_fit_fd(map, task, fd, &inner);
	if (err)
		return err;
	err = alv_map_bad_update_flags(flags) || flags & BPF_F_LOCK
		      ? -EINVAL
		      : alv_hash_put(alv_htab_of(map), key, inner, flags, map_hash_store);
	if (err)
		alv_map_put(inner);
	return err;
}

static int map_hash_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	int err;

	/* The inner map may be dropped while we ask it for its id. */
	alv_rcu_read_lock();
	err = alv_htab_read(map, key, value, flags);
	alv_rcu_read_unlock();
	return err;
}

static void map_hash_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags)
{
	const struct alv_map *inner = alv_load_acquire(slot_of(htab, index));

	memcpy(value, &inner->obj.id, sizeof(inner->obj.id));
}

static void map_hash_drop(struct alv_htab *htab, u32 index)
{
	alv_map_put(alv_load_relaxed(slot_of(htab, index)));
}

static void map_hash_release(struct alv_map *map)
{
	struct alv_htab *htab = alv_htab_of(map);

	for (u64 nr = 0; nr <= htab->mask; nr++) {
		u32 index = alv_load_relaxed(&htab->buckets[nr].head);

		for (; index; index = alv_load_relaxed(&alv_htab_elem(htab, index)->next))
			map_hash_drop(htab, index);
	}
}

static void *map_hash_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	struct alv_map *inner;
	u32 gen, index;

	do {
		index = alv_htab_find(htab, key, &gen);
		if (!index)
			return NULL;
		inner = alv_load_acquire(slot_of(htab, index));
	} while (alv_load_relaxed(&alv_htab_elem(htab, index)->gen) != gen);
	return inner;
}

static int map_hash_create(struct alv_host *host, const struct alv_map_def *def,
			   struct alv_map **ret_map)
{
	static const struct alv_htab_kind kind = {
		.copy_out = map_hash_copy_out,
		.drop = map_hash_drop,
		.slot_size = sizeof(struct alv_map *),
	};

	return alv_htab_create(host, &alv_map_hash_map_ops, &kind, def, ret_map);
}

const struct alv_map_ops alv_map_hash_map_ops = {
	.check = map_hash_check,
	.create = map_hash_create,
	.destroy = alv_htab_destroy,
	.release = map_hash_release,
	.read = map_hash_read,
	.update_fd = map_hash_update_fd,
	.remove = alv_htab_remove,
	.next = alv_htab_next,
	.read_batch = alv_htab_read_batch,
	.take_batch = alv_htab_take_batch,
	.update_batch = alv_generic_update_batch,
	.remove_batch = alv_generic_remove_batch,
	.find = map_hash_find,
	.check_btf = alv_map_takes_no_btf,
	.usage = alv_htab_usage,
};

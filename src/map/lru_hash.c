/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: when no element is free,
 * one that was not used for long makes room (lru.h).
 *
 * An update takes its element before the bucket's lock, since finding one may lock
 * other buckets. It may thereby evict an element even if it then fails.
 */
#include <errno.h>

#include "map/htab.h"
#include "map/percpu.h"
#include "object/cpu.h"

/* An element with the key in it, still open. */
static u32 start_elem(struct alv_htab *htab, u32 hash, const void *key)
{
	u32 index = alv_lru_pop(htab->lru, alv_cpu_of_caller(htab->map.obj.host), hash);

	if (index)
		alv_elem_open(alv_htab_elem(htab, index), hash, key, htab->map.key_size);
	return index;
}

static int lru_update(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_htab *htab = alv_htab_of(map);
	struct alv_bucket *bucket;
	u32 hash, old, new;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	hash = alv_htab_hash(htab, key);
	new = start_elem(htab, hash, key);
	if (!new)
		return -ENOMEM;
	alv_map_copy_in(map, alv_htab_value(htab, new), value);
	alv_elem_close(alv_htab_elem(htab, new));

	bucket = alv_htab_bucket(htab, hash);
	alv_bucket_lock(bucket);
	old = alv_htab_walk(htab, bucket, hash, key);
	err = alv_htab_check_flags(old, flags);
	if (!err && old) {
		alv_lru_touch(alv_htab_elem(htab, new));
		alv_htab_replace(htab, bucket, old, new);
	} else if (!err) {
		alv_htab_link(htab, bucket, new);
	}
	alv_bucket_unlock(bucket);
	if (err || old)
		alv_htab_release(htab, err ? new : old);
	return err;
}

/* The values of all CPUs, or of one (alv_htab_percpu_store()). */
static int lru_percpu_put(struct alv_map *map, const void *key, const void *value,
			  u64 flags, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	struct alv_bucket *bucket;
	u32 hash, old, new = 0;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	hash = alv_htab_hash(htab, key);
	if (flags != BPF_EXIST) {
		new = start_elem(htab, hash, key);
		if (!new)
			return -ENOMEM;
		alv_htab_percpu_store(htab, new, value, cpu, true);
		alv_elem_close(alv_htab_elem(htab, new));
	}

	bucket = alv_htab_bucket(htab, hash);
	alv_bucket_lock(bucket);
	old = alv_htab_walk(htab, bucket, hash, key);
	err = alv_htab_check_flags(old, flags);
	if (!err && old) {
		alv_lru_touch(alv_htab_elem(htab, old));
		alv_htab_percpu_store(htab, old, value, cpu, false);
	} else if (!err) {
		alv_htab_link(htab, bucket, new);
		new = 0;
	}
	alv_bucket_unlock(bucket);
	if (new)
		alv_htab_release(htab, new);
	return err;
}

static int lru_percpu_update(struct alv_map *map, const void *key, const void *value,
			     u64 flags)
{
	return lru_percpu_put(map, key, value, flags, ALV_ALL_CPUS);
}

/* The key's element, which is now known to be in use. */
static u32 find_and_touch(struct alv_htab *htab, const void *key)
{
	u32 gen, index = alv_htab_find(htab, key, &gen);

	if (index)
		alv_lru_touch(alv_htab_elem(htab, index));
	return index;
}

static void *lru_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 index = find_and_touch(htab, key);

	return index ? alv_htab_value(htab, index) : NULL;
}

static void *lru_percpu_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 index = find_and_touch(htab, key);

	return index ? alv_htab_cpu_value(htab, index, cpu) : NULL;
}

static void lru_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags)
{
	alv_map_copy_out(&htab->map, value, alv_htab_value(htab, index));
}

static int lru_hash_create(struct alv_host *host, const struct alv_map_def *def,
			   struct alv_map **ret_map)
{
	static const struct alv_htab_kind kind = { .copy_out = lru_copy_out,
						   .lru = true };

	return alv_htab_create(host, &alv_lru_hash_map_ops, &kind, def, ret_map);
}

static int lru_percpu_hash_create(struct alv_host *host, const struct alv_map_def *def,
				  struct alv_map **ret_map)
{
	static const struct alv_htab_kind kind = {
		.copy_out = alv_htab_percpu_copy_out,
		.lru = true,
		.percpu = true,
	};

	return alv_htab_create(host, &alv_lru_percpu_hash_map_ops, &kind, def, ret_map);
}

const struct alv_map_ops alv_lru_hash_map_ops = {
	ALV_HTAB_OPS,
	.create = lru_hash_create,
	.update = lru_update,
	.find = lru_find,
};

const struct alv_map_ops alv_lru_percpu_hash_map_ops = {
	ALV_HTAB_OPS,
	.create = lru_percpu_hash_create,
	.update = lru_percpu_update,
	.update_cpu = lru_percpu_put,
	.find = lru_percpu_find,
};

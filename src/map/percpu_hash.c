/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PERCPU_HASH: a value for each CPU. Values of a key that is there are
 * written in place: a CPU's value has one writer, and bpf(2) writes all of them.
 */
#include <errno.h>

#include "map/htab.h"
#include "map/percpu.h"

/* The values of all CPUs, or of one (alv_htab_percpu_store()). */
static int percpu_put(struct alv_map *map, const void *key, const void *value, u64 flags,
		      u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	struct alv_bucket *bucket;
	u32 hash, index;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	hash = alv_htab_hash(htab, key);
	bucket = alv_htab_bucket(htab, hash);
	alv_bucket_lock(bucket);
	index = alv_htab_walk(htab, bucket, hash, key);
	err = alv_htab_check_flags(index, flags);
	if (err)
		goto unlock;
	if (index) {
		alv_htab_percpu_store(htab, index, value, cpu, false);
		goto unlock;
	}
	err = alv_htab_alloc(htab, &index);
	if (err)
		goto unlock;
	alv_elem_open(alv_htab_elem(htab, index), hash, key, map->key_size);
	alv_htab_percpu_store(htab, index, value, cpu, true);
	alv_elem_close(alv_htab_elem(htab, index));
	alv_htab_link(htab, bucket, index);
unlock:
	alv_bucket_unlock(bucket);
	return err;
}

static int percpu_hash_update(struct alv_map *map, const void *key, const void *value,
			      u64 flags)
{
	return percpu_put(map, key, value, flags, ALV_ALL_CPUS);
}

static void *percpu_hash_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 gen, index = alv_htab_find(htab, key, &gen);

	return index ? alv_htab_cpu_value(htab, index, cpu) : NULL;
}

static int percpu_hash_create(struct alv_host *host, const struct alv_map_def *def,
			      struct alv_map **ret_map)
{
	static const struct alv_htab_kind kind = {
		.copy_out = alv_htab_percpu_copy_out,
		.percpu = true,
	};

	return alv_htab_create(host, &alv_percpu_hash_map_ops, &kind, def, ret_map);
}

const struct alv_map_ops alv_percpu_hash_map_ops = {
	ALV_HTAB_OPS,
	.create = percpu_hash_create,
	.update = percpu_hash_update,
	.update_cpu = percpu_put,
	.find = percpu_hash_find,
};

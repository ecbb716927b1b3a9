/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_BLOOM_FILTER: a set of values that may name more members than it
 * has. Values go in by update and are asked for by lookup; none ever leaves.
 *
 * Concurrency: bits are only ever set, atomically; no lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/atomic.h"
#include "base/jhash.h"
#include "map/btf.h"
#include "map/map.h"
#include "map/size.h"

struct alv_bloom_filter {
	struct alv_map map;
	struct alv_region bits;
	u32 mask;   /* number of bits - 1, a power of two - 1 */
	u32 hashes; /* bits for each value */
	u32 seed;
};

#define EXTRA_HASHES   0xfu /* of map_extra: number of hashes, 0: the default */
#define DEFAULT_HASHES 5

static struct alv_bloom_filter *bloom_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_bloom_filter, map);
}

static int bloom_check(struct alv_host *host, const struct alv_map_def *def)
{
	return def->value_size > ALV_KMALLOC_MAX ? -E2BIG : 0;
}

static bool definition_ok(const struct alv_map_def *def)
{
	const u32 flags = BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | ALV_MAP_ACCESS_FLAGS;

	return !def->key_size && def->value_size && def->max_entries &&
	       !(def->flags & ~flags) && alv_map_access_flags_ok(def->flags) &&
	       !(def->extra & ~(u64)EXTRA_HASHES);
}

/*
 * About n * hashes / ln(2) bits, with 7/5 for 1/ln(2), rounded up to a power of
 * two: the size that makes false positives rarest.
 */
static u32 bits_mask(u32 max_entries, u32 hashes)
{
	u64 bits = (u64)max_entries * hashes;
	u64 rounded = 64;

	if (bits > UINT32_MAX)
		return UINT32_MAX;
	bits = bits / 5 * 7;
	if (bits > 1ull << 31)
		return UINT32_MAX;
	while (rounded < bits)
		rounded *= 2;
	return (u32)(rounded - 1);
}

static u64 bits_bytes(const struct alv_bloom_filter *bloom)
{
	return ((u64)bloom->mask + 1) / 8;
}

static int bloom_create(struct alv_host *host, const struct alv_map_def *def,
			struct alv_map **ret_map)
{
	struct alv_bloom_filter *bloom;
	int err;

	if (!definition_ok(def))
		return -EINVAL;
	bloom = calloc(1, sizeof(*bloom));
	if (!bloom)
		return -ENOMEM;
	bloom->hashes = def->extra ? (u32)def->extra : DEFAULT_HASHES;
	bloom->mask = bits_mask(def->max_entries, bloom->hashes);
	if (!(def->flags & BPF_F_ZERO_SEED) &&
	    getrandom(&bloom->seed, sizeof(bloom->seed), 0) != sizeof(bloom->seed)) {
		err = -errno;
		goto free_bloom;
	}
	err = alv_map_init_storage(&bloom->map, host, &alv_bloom_filter_map_ops, def,
				   bits_bytes(bloom), &bloom->bits);
	if (err)
		goto free_bloom;
	*ret_map = &bloom->map;
	return 0;

free_bloom:
	free(bloom);
	return err;
}

static void bloom_destroy(struct alv_map *map)
{
	struct alv_bloom_filter *bloom = bloom_of(map);

	alv_region_fini(&bloom->bits);
	alv_map_fini(map);
	free(bloom);
}

/* The n-th bit of a value: its word, and the bit in *ret_bit. */
static u64 *bloom_word(struct alv_bloom_filter *bloom, const void *value, u32 n,
		       u64 *ret_bit)
{
	u32 hash = alv_jhash(value, bloom->map.value_size, bloom->seed + n) & bloom->mask;

	*ret_bit = 1ull << (hash % 64);
	return (u64 *)bloom->bits.base + hash / 64;
}

static int bloom_push(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_bloom_filter *bloom = bloom_of(map);
	u64 bit, *word;

	if (flags != BPF_ANY)
		return -EINVAL;
	for (u32 n = 0; n < bloom->hashes; n++) {
		word = bloom_word(bloom, value, n, &bit);
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	}
	return 0;
}

/* The value is the caller's. -ENOENT: certainly no member. */
static int bloom_peek(struct alv_map *map, const void *key, void *value, u64 flags)
{
	struct alv_bloom_filter *bloom = bloom_of(map);
	u64 bit, *word;

	for (u32 n = 0; n < bloom->hashes; n++) {
		word = bloom_word(bloom, value, n, &bit);
		if (!(alv_load_relaxed(word) & bit))
			return -ENOENT;
	}
	return 0;
}

static int bloom_remove(struct alv_map *map, const void *key)
{
	return -EOPNOTSUPP;
}

static int bloom_next(struct alv_map *map, const void *key, void *next_key)
{
	return -EOPNOTSUPP;
}

static u64 bloom_usage(const struct alv_map *map)
{
	const u64 header = 312; /* sizeof(struct bpf_bloom_filter) in Linux 6.18 */

	return header + bits_bytes(bloom_of(map));
}

const struct alv_map_ops alv_bloom_filter_map_ops = {
	.check = bloom_check,
	.create = bloom_create,
	.destroy = bloom_destroy,
	.read = bloom_peek,
	.update = bloom_push,
	.remove = bloom_remove,
	.next = bloom_next,
	.check_btf = alv_map_check_keyless_btf,
	.usage = bloom_usage,
};

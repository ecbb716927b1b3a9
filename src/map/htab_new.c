/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a hash table comes to be and goes: what definitions are refused, where
 * everything lies in the region, and what it is charged and reckoned for.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "map/htab.h"
#include "map/percpu.h"

/* Sizes in the kernel, for what it refuses and reports. */
#define KERNEL_TABLE_SIZE  832
#define KERNEL_BUCKET_SIZE 16
#define KERNEL_ELEM_SIZE   48
#define KERNEL_LOCKS_SIZE  32 /* for each CPU */
#define KERNEL_ALLOC_MAX   (4u << 20)

static bool def_is_percpu(const struct alv_map_def *def)
{
	return def->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       def->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool def_is_lru(const struct alv_map_def *def)
{
	return def->type == BPF_MAP_TYPE_LRU_HASH ||
	       def->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static int check_flags(struct alv_host *host, const struct alv_map_def *def)
{
	const u32 known = BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE |
			  BPF_F_ZERO_SEED | ALV_MAP_ACCESS_FLAGS;

	if (def->flags & BPF_F_ZERO_SEED && !alv_may_sys_admin(&host->authority))
		return -EPERM;
	if (def->flags & ~known || !alv_map_access_flags_ok(def->flags))
		return -EINVAL;
	if (def->flags & BPF_F_NO_COMMON_LRU && !def_is_lru(def))
		return -EINVAL;
	if (def->flags & BPF_F_NO_PREALLOC && def_is_lru(def))
		return -ENOTSUPP;
	if (def->numa_node != ALV_NO_NUMA_NODE &&
	    (def_is_percpu(def) || def->flags & BPF_F_NO_COMMON_LRU))
		return -EINVAL;
	return 0;
}

int alv_htab_check(struct alv_host *host, const struct alv_map_def *def)
{
	int err = check_flags(host, def);

	if (err)
		return err;
	if (!def->max_entries || !def->key_size || !def->value_size)
		return -EINVAL;
	if ((u64)def->key_size + def->value_size >= KERNEL_ALLOC_MAX - KERNEL_ELEM_SIZE)
		return -E2BIG;
	if (def_is_percpu(def) && alv_round_up(def->value_size, 8) > ALV_PERCPU_VALUE_MAX)
		return -E2BIG;
	return 0;
}

static u32 power_of_two(u32 n)
{
	u32 power = 1;

	while (power < n)
		power *= 2;
	return power;
}

/* With lists of their own all CPUs get as many elements. */
static u32 lru_entries(const struct alv_map_def *def, u32 cpus)
{
	u64 up = alv_round_up(def->max_entries, cpus);

	if (!(def->flags & BPF_F_NO_COMMON_LRU))
		return def->max_entries;
	return up > UINT32_MAX ? def->max_entries / cpus * cpus : (u32)up;
}

/* Small elements never straddle a cache line, the first and the last of others may. */
static u32 elem_size(u32 bytes)
{
	return bytes <= 64 ? power_of_two(bytes) : (u32)alv_round_up(bytes, 16);
}

/* Where everything is in the region, in bytes. */
struct layout {
	u64 elems, nodes, planes, end;
	u32 n_elems;
	u32 n_spares;
};

static void plan(struct alv_htab *htab, const struct alv_map_def *def, u32 cpus,
		 struct layout *layout)
{
	const struct alv_htab_kind *kind = htab->kind;
	bool common = !(def->flags & BPF_F_NO_COMMON_LRU);
	u64 at, n;

	htab->mask = power_of_two(def->max_entries) - 1;
	htab->value_at = (u32)(sizeof(struct alv_elem) + alv_round_up(def->key_size, 8));
	htab->elem_size = htab->value_at;
	if (kind->percpu)
		htab->value_stride = (u32)alv_round_up(def->value_size, 8);
	else
		htab->elem_size += kind->slot_size
					   ? kind->slot_size
					   : (u32)alv_round_up(def->value_size, 8);
	htab->elem_size = elem_size(htab->elem_size);

	layout->n_elems = def->max_entries;
	layout->n_spares = kind->lru || kind->percpu ? 0 : cpus;
	n = 1 + (u64)layout->n_elems + layout->n_spares;
	at = alv_round_up(((u64)htab->mask + 1) * sizeof(struct alv_bucket), 64);
	layout->elems = at;
	at = alv_round_up(at + n * htab->elem_size, 64);
	layout->nodes = at;
	if (kind->lru)
		at += alv_lru_node_count(layout->n_elems, cpus, common) *
		      sizeof(struct alv_lru_node);
	at = alv_round_up(at, alv_page_size());
	layout->planes = at;
	htab->plane_size = alv_round_up(n * htab->value_stride, alv_page_size());
	layout->end = at + htab->plane_size * (kind->percpu ? cpus : 0);
}

/* What the map is charged for at once: all of it, or what can't be put off. */
static u64 charge_at_birth(const struct alv_map_def *def, const struct layout *layout)
{
	return def->flags & BPF_F_NO_PREALLOC ? layout->elems : layout->end;
}

/* The LRU wants this element for another key. */
static bool evict(void *table, u32 index)
{
	struct alv_htab *htab = table;
	u32 hash = alv_load_acquire(&alv_htab_elem(htab, index)->hash);
	struct alv_bucket *bucket = alv_htab_bucket(htab, hash);
	bool found;

	alv_bucket_lock(bucket);
	found = alv_htab_unlink(htab, bucket, index);
	alv_bucket_unlock(bucket);
	if (found)
		alv_htab_drop(htab, index);
	return found;
}

static int init_free(struct alv_htab *htab, const struct layout *layout)
{
	u8 *links = htab->elems + offsetof(struct alv_elem, link);
	const struct alv_host *host = htab->map.obj.host;
	const struct alv_lru_config config = {
		.n_elems = layout->n_elems,
		.n_cpus = host->cpus,
		.common = !(htab->map.flags & BPF_F_NO_COMMON_LRU),
		.early_target = !alv_host_has(host, V6_17),
		.elems = htab->elems,
		.elem_size = htab->elem_size,
		.nodes = (struct alv_lru_node *)((u8 *)htab->region.base + layout->nodes),
		.evict = evict,
		.table = htab,
	};

	if (htab->kind->lru)
		return alv_lru_new(&config, &htab->lru);
	alv_pool_init(&htab->pool, links, htab->elem_size, 1, layout->n_elems);
	alv_pool_init(&htab->spares, links, htab->elem_size, layout->n_elems + 1,
		      layout->n_elems + layout->n_spares);
	return 0;
}

static int init_storage(struct alv_htab *htab, const struct layout *layout)
{
	u8 *base;
	int err;

	err = alv_region_init(&htab->region, layout->end);
	if (err)
		return err;
	if (alv_htab_is_prealloc(htab))
		alv_region_want_huge_pages(&htab->region);
	base = htab->region.base;
	htab->buckets = (struct alv_bucket *)base;
	htab->elems = base + layout->elems;
	htab->planes = base + layout->planes;
	err = init_free(htab, layout);
	if (err)
		alv_region_fini(&htab->region);
	return err;
}

static u64 make_seed(u32 flags)
{
	u64 seed = 0;

	/* Without entropy the address of a fresh mapping must do. */
	if (!(flags & BPF_F_ZERO_SEED) &&
	    getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (u64)(uintptr_t)&seed;
	return seed;
}

int alv_htab_create(struct alv_host *host, const struct alv_map_ops *ops,
		    const struct alv_htab_kind *kind, const struct alv_map_def *asked,
		    struct alv_map **ret_map)
{
	struct alv_map_def def = *asked;
	struct layout layout;
	struct alv_htab *htab;
	int err;

	def.max_entries = lru_entries(&def, host->cpus);
	if (def.max_entries > UINT32_MAX / KERNEL_BUCKET_SIZE / 2 + 1)
		return -E2BIG;
	htab = calloc(1, sizeof(*htab));
	if (!htab)
		return -ENOMEM;
	htab->kind = kind;
	htab->seed = make_seed(def.flags);
	plan(htab, &def, host->cpus, &layout);
	err = alv_map_init(&htab->map, host, ops, &def, charge_at_birth(&def, &layout),
			   0);
	if (err)
		goto free_htab;
	err = init_storage(htab, &layout);
	if (err)
		goto fini_map;
	*ret_map = &htab->map;
	return 0;

fini_map:
	alv_map_fini(&htab->map);
free_htab:
	free(htab);
	return err;
}

void alv_htab_destroy(struct alv_map *map)
{
	struct alv_htab *htab = alv_htab_of(map);

	alv_lru_free(htab->lru);
	alv_region_fini(&htab->region);
	alv_map_fini(map);
	free(htab);
}

/* What the kernel would reckon for the same table (Linux 6.18). */
u64 alv_htab_usage(const struct alv_map *map)
{
	const struct alv_htab *htab = alv_htab_of(map);
	u64 cpus = map->obj.host->cpus;
	u64 pointer = 8, values = alv_round_up(map->value_size, 8);
	u64 elem = KERNEL_ELEM_SIZE + alv_round_up(map->key_size, 8) +
		   (htab->kind->percpu ? pointer : values);
	u64 usage = KERNEL_TABLE_SIZE + KERNEL_LOCKS_SIZE * cpus +
		    ((u64)htab->mask + 1) * KERNEL_BUCKET_SIZE;
	bool spares = !htab->kind->percpu && !htab->kind->lru;
	/* The kernel's tables of maps swap values in place, so they have no spares. */
	u64 entries = map->max_entries + (spares && !map->inner ? cpus : 0);

	if (alv_htab_is_prealloc(htab)) {
		usage += elem * entries + (spares ? pointer * cpus : 0);
	} else {
		entries = (u64)alv_load_relaxed(&htab->count);
		usage += (elem + pointer) * entries;
		if (htab->kind->percpu)
			usage += 2 * pointer * entries;
	}
	return usage + (htab->kind->percpu ? values * cpus * entries : 0);
}

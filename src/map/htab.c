/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookups without a lock. A walk follows `next` from the bucket's head while
 * elements are taken out, used again and put into other buckets. Two rules:
 *
 * - A hit is right whenever the element's generation is (elem.h).
 * - The bucket's seq changes with every change of the bucket. An element is used
 *   again only after it left its bucket, which changed seq. So while seq is still
 *   what it was when the walk began, everything that was walked over belonged to
 *   this bucket; and when it is so at the end, and even, nothing changed at all,
 *   and a miss is a miss. Otherwise the walk begins again, a few times, then with
 *   the lock.
 *
 *	change: W(seq odd) ; W_rel(head, next) ; W_rel(seq even)
 *	walk:   R_acq(seq) ; R_acq(head, next, gen) ... ; R(seq)
 *
 * A replaced element gives its place in the chain to the new one, so a key whose
 * value is being replaced is found, old or new.
 *
 * Counterpart: kernel/bpf/hashtab.c, which marks the ends of chains instead, can
 * miss a key while it is replaced, and keeps values behind pointers.
 */
#include "map/htab.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/spin.h"
#include "map/percpu.h"
#include "object/cpu.h"

/* Sizes in the kernel, for what it refuses and reports. */
#define KERNEL_TABLE_SIZE  832
#define KERNEL_BUCKET_SIZE 16
#define KERNEL_ELEM_SIZE   48
#define KERNEL_LOCKS_SIZE  32 /* for each CPU */
#define KERNEL_ALLOC_MAX   (4u << 20)

#define UNLOCKED_TRIES 8

/* Buckets. */

void alv_bucket_lock(struct alv_bucket *bucket)
{
	u32 seq = alv_load_relaxed(&bucket->seq);
	unsigned int turns = 0;

	while (seq & 1 || !alv_cas_acq_rel(&bucket->seq, &seq, seq + 1)) {
		alv_spin_turn(&turns);
		seq = alv_load_relaxed(&bucket->seq);
	}
}

void alv_bucket_unlock(struct alv_bucket *bucket)
{
	alv_store_release(&bucket->seq, alv_load_relaxed(&bucket->seq) + 1);
}

u32 alv_htab_walk(const struct alv_htab *htab, const struct alv_bucket *bucket, u32 hash,
		  const void *key)
{
	u32 index = alv_load_relaxed(&bucket->head), gen;

	while (index) {
		const struct alv_elem *elem = alv_htab_elem(htab, index);

		if (alv_elem_is(elem, hash, key, htab->map.key_size, &gen))
			return index;
		index = alv_load_relaxed(&elem->next);
	}
	return 0;
}

/* Where the index of an element stands in its chain; NULL: not in this bucket. */
static u32 *place_of(struct alv_htab *htab, struct alv_bucket *bucket, u32 index)
{
	u32 *place = &bucket->head;

	while (alv_load_relaxed(place) != index) {
		if (!alv_load_relaxed(place))
			return NULL;
		place = &alv_htab_elem(htab, alv_load_relaxed(place))->next;
	}
	return place;
}

void alv_htab_link(struct alv_htab *htab, struct alv_bucket *bucket, u32 index)
{
	alv_store_release(&alv_htab_elem(htab, index)->next, alv_load_relaxed(&bucket->head));
	alv_store_release(&bucket->head, index);
}

bool alv_htab_unlink(struct alv_htab *htab, struct alv_bucket *bucket, u32 index)
{
	u32 *place = place_of(htab, bucket, index);

	if (place)
		alv_store_release(place, alv_load_relaxed(&alv_htab_elem(htab, index)->next));
	return place;
}

void alv_htab_replace(struct alv_htab *htab, struct alv_bucket *bucket, u32 old, u32 new)
{
	u32 *place = place_of(htab, bucket, old);
	u32 next = alv_load_relaxed(&alv_htab_elem(htab, old)->next);

	alv_store_release(&alv_htab_elem(htab, new)->next, next);
	alv_store_release(place, new);
}

/* One walk without the lock. -EAGAIN: the bucket changed meanwhile. */
static inline int try_find(const struct alv_htab *htab, const struct alv_bucket *bucket,
			   u32 hash, const void *key, u32 *ret_index, u32 *ret_gen)
{
	u32 seq = alv_load_acquire(&bucket->seq);
	u32 index = alv_load_acquire(&bucket->head);

	while (index) {
		const struct alv_elem *elem = alv_htab_elem(htab, index);

		if (alv_elem_is(elem, hash, key, htab->map.key_size, ret_gen))
			break;
		index = alv_load_acquire(&elem->next);
		if (alv_load_relaxed(&bucket->seq) != seq)
			return -EAGAIN;
	}
	if (!index && (seq & 1 || alv_load_relaxed(&bucket->seq) != seq))
		return -EAGAIN;
	*ret_index = index;
	return 0;
}

u32 alv_htab_find(const struct alv_htab *htab, const void *key, u32 *ret_gen)
{
	u32 hash = alv_htab_hash(htab, key), index = 0;
	struct alv_bucket *bucket = alv_htab_bucket(htab, hash);

	for (int i = 0; i < UNLOCKED_TRIES; i++)
		if (!try_find(htab, bucket, hash, key, &index, ret_gen))
			return index;
	alv_bucket_lock(bucket);
	index = alv_htab_walk(htab, bucket, hash, key);
	if (index)
		*ret_gen = alv_load_relaxed(&alv_htab_elem(htab, index)->gen);
	alv_bucket_unlock(bucket);
	return index;
}

/* Elements. */

static bool is_prealloc(const struct alv_map *map)
{
	return !(map->flags & BPF_F_NO_PREALLOC);
}

/* Bytes that one element takes. */
static u64 elem_bytes(const struct alv_htab *htab)
{
	return htab->elem_size + (u64)htab->value_stride * htab->map.obj.host->cpus;
}

/* BPF_F_NO_PREALLOC: charge for elements up to this one, many at a time. */
static int populate(struct alv_htab *htab, u32 index)
{
	const u32 step = 256;
	int err = 0;

	alv_spin_lock(&htab->populate_lock);
	if (index > htab->populated) {
		u64 bytes = (u64)alv_round_up(index - htab->populated, step) * elem_bytes(htab);

		err = alv_host_charge(htab->map.obj.host, bytes);
		if (!err) {
			htab->map.charged += bytes;
			alv_store_release(&htab->populated, htab->populated +
					  (u32)alv_round_up(index - htab->populated, step));
		}
	}
	alv_spin_unlock(&htab->populate_lock);
	return err;
}

int alv_htab_alloc(struct alv_htab *htab, u32 *ret_index)
{
	u32 cpu = alv_cpu_of_caller(htab->map.obj.host);
	u32 index = alv_pool_pop(&htab->pool, cpu);
	int err;

	if (!index)
		return -E2BIG;
	if (!is_prealloc(&htab->map)) {
		if (index > alv_load_acquire(&htab->populated)) {
			err = populate(htab, index);
			if (err) {
				alv_pool_push(&htab->pool, cpu, index);
				return err;
			}
		}
		alv_add_relaxed(&htab->count, 1);
	}
	*ret_index = index;
	return 0;
}

void alv_htab_release(struct alv_htab *htab, u32 index)
{
	if (htab->kind->drop)
		htab->kind->drop(htab, index);
	if (htab->lru) {
		alv_lru_push(htab->lru, index);
		return;
	}
	if (!is_prealloc(&htab->map))
		alv_sub_relaxed(&htab->count, 1);
	alv_pool_push(&htab->pool, alv_cpu_of_caller(htab->map.obj.host), index);
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
	return found;
}

/* Values of per-CPU tables. */

void alv_htab_percpu_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags)
{
	for (u32 cpu = 0; cpu < htab->map.obj.host->cpus; cpu++)
		alv_percpu_copy_out(&htab->map, (u8 *)value + (u64)cpu * htab->value_stride,
				    alv_htab_cpu_value(htab, index, cpu));
}

void alv_htab_percpu_copy_in(struct alv_htab *htab, u32 index, const void *value)
{
	for (u32 cpu = 0; cpu < htab->map.obj.host->cpus; cpu++)
		alv_percpu_copy_in(&htab->map, alv_htab_cpu_value(htab, index, cpu),
				   (const u8 *)value + (u64)cpu * htab->value_stride);
}

void alv_htab_percpu_start(struct alv_htab *htab, u32 index, const void *value, u32 cpu)
{
	for (u32 i = 0; i < htab->map.obj.host->cpus; i++) {
		void *stored = alv_htab_cpu_value(htab, index, i);

		if (i == cpu)
			alv_map_copy_in(&htab->map, stored, value);
		else
			alv_map_zero_value(&htab->map, stored);
	}
}

/* Operations that are the same for all types. */

int alv_htab_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 index, gen;

	do {
		index = alv_htab_find(htab, key, &gen);
		if (!index)
			return -ENOENT;
		htab->kind->copy_out(htab, index, value, flags);
	} while (alv_load_relaxed(&alv_htab_elem(htab, index)->gen) != gen);
	return 0;
}

/* Take a key's element out; with its value copied, if there is room for it. */
static int unlink_key(struct alv_htab *htab, const void *key, void *value, u64 flags)
{
	u32 hash = alv_htab_hash(htab, key), index;
	struct alv_bucket *bucket = alv_htab_bucket(htab, hash);

	alv_bucket_lock(bucket);
	index = alv_htab_walk(htab, bucket, hash, key);
	if (index) {
		if (value)
			htab->kind->copy_out(htab, index, value, flags);
		alv_htab_unlink(htab, bucket, index);
	}
	alv_bucket_unlock(bucket);
	if (!index)
		return -ENOENT;
	alv_htab_release(htab, index);
	return 0;
}

int alv_htab_remove(struct alv_map *map, const void *key)
{
	return unlink_key(alv_htab_of(map), key, NULL, 0);
}

int alv_htab_take(struct alv_map *map, const void *key, void *value, u64 flags)
{
	return unlink_key(alv_htab_of(map), key, value, flags);
}

/*
 * With the lock of bucket `nr`: the element after the key's; without a key, the
 * first one. -ENOENT: none; -ESRCH: the key is not in there.
 */
static int next_in_bucket(struct alv_htab *htab, u32 nr, u32 hash, const void *key,
			  void *next_key)
{
	struct alv_bucket *bucket = &htab->buckets[nr];
	u32 index = alv_load_relaxed(&bucket->head);

	if (key) {
		index = alv_htab_walk(htab, bucket, hash, key);
		if (!index)
			return -ESRCH;
		index = alv_load_relaxed(&alv_htab_elem(htab, index)->next);
	}
	if (!index)
		return -ENOENT;
	alv_words_load(next_key, alv_htab_elem(htab, index)->key, htab->map.key_size);
	return 0;
}

int alv_htab_next(struct alv_map *map, const void *key, void *next_key)
{
	struct alv_htab *htab = alv_htab_of(map);
	u32 hash = key ? alv_htab_hash(htab, key) : 0;
	u64 nr = key ? hash & htab->mask : 0;
	int err;

	while (nr <= htab->mask) {
		if (!key && !alv_load_relaxed(&htab->buckets[nr].head)) {
			nr++;
			continue;
		}
		alv_bucket_lock(&htab->buckets[nr]);
		err = next_in_bucket(htab, (u32)nr, hash, key, next_key);
		alv_bucket_unlock(&htab->buckets[nr]);
		if (!err)
			return 0;
		/* A key that is not there: begin at the beginning. */
		nr = err == -ESRCH ? 0 : nr + 1;
		key = NULL;
	}
	return -ENOENT;
}

/* Making one. */

static bool def_is_percpu(const struct alv_map_def *def)
{
	return def->type == BPF_MAP_TYPE_PERCPU_HASH || def->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool def_is_lru(const struct alv_map_def *def)
{
	return def->type == BPF_MAP_TYPE_LRU_HASH || def->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
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
	if (def->flags & BPF_F_NUMA_NODE &&
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
		htab->elem_size += kind->slot_size ? kind->slot_size :
						     (u32)alv_round_up(def->value_size, 8);
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
	if (is_prealloc(&htab->map))
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
	err = alv_map_init(&htab->map, host, ops, &def, charge_at_birth(&def, &layout), 0);
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

	if (is_prealloc(map)) {
		usage += elem * entries + (spares ? pointer * cpus : 0);
	} else {
		entries = (u64)alv_load_relaxed(&htab->count);
		usage += (elem + pointer) * entries;
		if (htab->kind->percpu)
			usage += 2 * pointer * entries;
	}
	return usage + (htab->kind->percpu ? values * cpus * entries : 0);
}

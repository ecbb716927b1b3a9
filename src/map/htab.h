/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hash table types share: buckets, elements, and the lookups, locks and
 * moves on them. Elements are known by index, 0 is none.
 *
 * The region holds the buckets, the elements, for LRU their nodes, and for per-CPU
 * types a plane of values for each CPU, so that CPUs share no cache lines.
 *
 * Locks, outer first: those of the LRU, a bucket's, a value's (BPF_F_LOCK).
 */
#ifndef ALV_MAP_HTAB_H
#define ALV_MAP_HTAB_H

#include "map/batch.h"
#include "map/elem.h"
#include "map/lru.h"
#include "map/map.h"
#include "map/pool.h"

/* `seq` is the bucket's lock, odd while held, and its version: it never repeats. */
struct alv_bucket {
	u32 head;
	u32 seq;
};

struct alv_htab;

/* What a type does its own way. */
struct alv_htab_kind {
	/* The value as clients see it. */
	void (*copy_out)(struct alv_htab *htab, u32 index, void *value, u64 flags);
	/* The element left the table for good; NULL: nothing is due. */
	void (*drop)(struct alv_htab *htab, u32 index);
	u32 slot_size; /* bytes of a stored value, 0: as value_size says */
	bool lru;
	bool percpu;
};

struct alv_htab {
	struct alv_map map;
	const struct alv_htab_kind *kind;
	struct alv_region region;
	struct alv_bucket *buckets;
	u8 *elems;
	u8 *planes;	/* of values, for per-CPU types */
	u64 plane_size; /* bytes of one CPU's */
	u64 seed;
	u32 mask; /* number of buckets - 1 */
	u32 elem_size;
	u32 value_at;	     /* offset of the value in an element */
	u32 value_stride;    /* bytes from one value to the next in a plane */
	struct alv_lru *lru; /* LRU types */
	struct alv_pool pool;   /* the others */
	struct alv_pool spares; /* to write a key's new value into while the old one stands */
	u32 populated;	/* BPF_F_NO_PREALLOC: elements that are charged for */
	u32 populate_lock;
	s64 count; /* BPF_F_NO_PREALLOC: elements in the table */
};

static inline struct alv_htab *alv_htab_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_htab, map);
}

static inline struct alv_elem *alv_htab_elem(const struct alv_htab *htab, u32 index)
{
	return (struct alv_elem *)(htab->elems + (u64)index * htab->elem_size);
}

/* The stored value; for per-CPU types that of a CPU. */
static inline void *alv_htab_value(const struct alv_htab *htab, u32 index)
{
	return (u8 *)alv_htab_elem(htab, index) + htab->value_at;
}

static inline void *alv_htab_cpu_value(const struct alv_htab *htab, u32 index, u32 cpu)
{
	return htab->planes + cpu * htab->plane_size + (u64)index * htab->value_stride;
}

static inline u32 alv_htab_hash(const struct alv_htab *htab, const void *key)
{
	return alv_key_hash(key, htab->map.key_size, htab->seed);
}

static inline struct alv_bucket *alv_htab_bucket(const struct alv_htab *htab, u32 hash)
{
	return &htab->buckets[hash & htab->mask];
}

static inline bool alv_htab_is_prealloc(const struct alv_htab *htab)
{
	return !(htab->map.flags & BPF_F_NO_PREALLOC);
}

/* Making and ending one: the common part of each type's operations. */
int alv_htab_check(struct alv_host *host, const struct alv_map_def *def);
int alv_htab_create(struct alv_host *host, const struct alv_map_ops *ops,
		    const struct alv_htab_kind *kind, const struct alv_map_def *def,
		    struct alv_map **ret_map);
void alv_htab_destroy(struct alv_map *map);
u64 alv_htab_usage(const struct alv_map *map);

/*
 * Without a lock: the element that holds the key, 0: none does. A key that is
 * there all the time is found. The element may be used again at any time:
 * *ret_gen is the generation that held the key.
 */
u32 alv_htab_find(const struct alv_htab *htab, const void *key, u32 *ret_gen);

/* With the bucket's lock. */
void alv_bucket_lock(struct alv_bucket *bucket);
void alv_bucket_unlock(struct alv_bucket *bucket);
u32 alv_htab_walk(const struct alv_htab *htab, const struct alv_bucket *bucket, u32 hash,
		  const void *key);
void alv_htab_link(struct alv_htab *htab, struct alv_bucket *bucket, u32 index);
/* False: it is not in there. */
bool alv_htab_unlink(struct alv_htab *htab, struct alv_bucket *bucket, u32 index);
void alv_htab_replace(struct alv_htab *htab, struct alv_bucket *bucket, u32 old, u32 new);

/* May an update with these flags go on, `found` being the key's element? */
static inline int alv_htab_check_flags(u32 found, u64 flags)
{
	if (found && (flags & ~(u64)BPF_F_LOCK) == BPF_NOEXIST)
		return -EEXIST;
	if (!found && (flags & ~(u64)BPF_F_LOCK) == BPF_EXIST)
		return -ENOENT;
	return 0;
}

/* An element for a new key of a table without LRU. -E2BIG: the map is full; -ENOMEM. */
int alv_htab_alloc(struct alv_htab *htab, u32 *ret_index);
/* What the value of an element that left the table stands for goes. */
void alv_htab_drop(struct alv_htab *htab, u32 index);
/* An element that left the table; with its value dropped. Without a lock. */
void alv_htab_release(struct alv_htab *htab, u32 index);

/* Operations that are the same for all types. */
int alv_htab_read(struct alv_map *map, const void *key, void *value, u64 flags);
int alv_htab_remove(struct alv_map *map, const void *key);
const void *alv_htab_key_of(const struct alv_map *map, const void *value, u32 *room);
int alv_htab_next(struct alv_map *map, const void *key, void *next_key);
int alv_htab_take(struct alv_map *map, const void *key, void *value, u64 flags);
int alv_htab_read_batch(struct alv_map *map, struct alv_batch *batch);
int alv_htab_take_batch(struct alv_map *map, struct alv_batch *batch);

/* What the operations of all types but the one of maps begin with. */
#define ALV_HTAB_OPS                                                                    \
	.check = alv_htab_check,                                                        \
	.destroy = alv_htab_destroy,                                                    \
	.read = alv_htab_read,                                                          \
	.remove = alv_htab_remove,                                                      \
	.key_of = alv_htab_key_of,                                                      \
	.unused = alv_map_drop_timers,                                                  \
	.next = alv_htab_next,                                                          \
	.take = alv_htab_take,                                                          \
	.read_batch = alv_htab_read_batch,                                              \
	.take_batch = alv_htab_take_batch,                                              \
	.update_batch = alv_generic_update_batch,                                       \
	.remove_batch = alv_generic_remove_batch,                                       \
	.usage = alv_htab_usage

/* Values of per-CPU tables. */
void alv_htab_percpu_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags);
/*
 * Store all CPUs' values, as bpf(2) has them, or with a cpu below the host's number
 * of CPUs that one's value, as programs do. `fresh`: the element is new, and values
 * that are not given become zero.
 */
void alv_htab_percpu_store(struct alv_htab *htab, u32 index, const void *value, u32 cpu,
			   bool fresh);
#define ALV_ALL_CPUS UINT32_MAX

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buckets, elements, and the operations that the hash table types share. Changes
 * of a bucket hold its lock; lookups do without (see try_find()).
 *
 * A replaced element gives its place in the chain to the new one, so a key whose
 * value is being replaced is found, old or new.
 *
 * Counterpart: kernel/bpf/hashtab.c, which marks the ends of chains instead, can
 * miss a key while it is replaced, and keeps values behind pointers.
 */
#include "map/htab.h"

#include <errno.h>

#include "base/spin.h"
#include "map/percpu.h"
#include "object/cpu.h"

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
	alv_store_release(&alv_htab_elem(htab, index)->next,
			  alv_load_relaxed(&bucket->head));
	alv_store_release(&bucket->head, index);
}

bool alv_htab_unlink(struct alv_htab *htab, struct alv_bucket *bucket, u32 index)
{
	u32 *place = place_of(htab, bucket, index);

	if (place)
		alv_store_release(place,
				  alv_load_relaxed(&alv_htab_elem(htab, index)->next));
	return place;
}

void alv_htab_replace(struct alv_htab *htab, struct alv_bucket *bucket, u32 old, u32 new)
{
	u32 *place = place_of(htab, bucket, old);
	u32 next = alv_load_relaxed(&alv_htab_elem(htab, old)->next);

	alv_store_release(&alv_htab_elem(htab, new)->next, next);
	alv_store_release(place, new);
}

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
 */

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

/* Bytes that one element takes. */
static u64 elem_bytes(const struct alv_htab *htab)
{
	return htab->elem_size + (u64)htab->value_stride * htab->map.obj.host->cpus;
}

/* BPF_F_NO_PREALLOC: charge for elements up to this one, many at a time. */
static int populate(struct alv_htab *htab, u32 index)
{
	u32 more;
	int err = 0;

	alv_spin_lock(&htab->populate_lock);
	if (index > htab->populated) {
		more = (u32)alv_round_up(index - htab->populated, 256);
		err = alv_host_charge(htab->map.obj.host, more * elem_bytes(htab));
		if (!err) {
			htab->map.charged += more * elem_bytes(htab);
			alv_store_release(&htab->populated, htab->populated + more);
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
	if (!alv_htab_is_prealloc(htab)) {
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

void alv_htab_drop(struct alv_htab *htab, u32 index)
{
	if (htab->kind->drop)
		htab->kind->drop(htab, index);
	if (htab->map.record && !htab->kind->percpu)
		alv_map_drop_special(&htab->map, alv_htab_value(htab, index));
}

void alv_htab_release(struct alv_htab *htab, u32 index)
{
	alv_htab_drop(htab, index);
	if (htab->lru) {
		alv_lru_push(htab->lru, index);
		return;
	}
	if (!alv_htab_is_prealloc(htab))
		alv_sub_relaxed(&htab->count, 1);
	alv_pool_push(&htab->pool, alv_cpu_of_caller(htab->map.obj.host), index);
}

/* Values of per-CPU tables. */

void alv_htab_percpu_copy_out(struct alv_htab *htab, u32 index, void *value, u64 flags)
{
	for (u32 cpu = 0; cpu < htab->map.obj.host->cpus; cpu++)
		alv_percpu_copy_out(&htab->map,
				    (u8 *)value + (u64)cpu * htab->value_stride,
				    alv_htab_cpu_value(htab, index, cpu));
}

void alv_htab_percpu_store(struct alv_htab *htab, u32 index, const void *value, u32 cpu,
			   bool fresh)
{
	u32 cpus = htab->map.obj.host->cpus;

	if (!fresh && cpu < cpus) {
		alv_map_copy_in(&htab->map, alv_htab_cpu_value(htab, index, cpu), value);
		return;
	}
	for (u32 i = 0; i < cpus; i++) {
		void *stored = alv_htab_cpu_value(htab, index, i);

		if (cpu >= cpus)
			alv_percpu_copy_in(&htab->map, stored,
					   (const u8 *)value +
						   (u64)i * htab->value_stride);
		else if (i == cpu)
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

const void *alv_htab_key_of(const struct alv_map *map, const void *value, u32 *room)
{
	const struct alv_htab *htab = alv_htab_of(map);
	u64 offset = (u64)((const u8 *)value - htab->elems);

	return alv_htab_elem(htab, (u32)(offset / htab->elem_size))->key;
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

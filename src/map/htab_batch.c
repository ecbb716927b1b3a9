/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookup batches of hash tables go by bucket, all of a bucket's elements or none,
 * and the position that the caller keeps is a bucket's number. So a batch that is
 * continued misses nothing that was there all the time.
 *
 * Elements are copied to our own memory under the bucket's lock, and to the caller
 * without it.
 */
#include <errno.h>

#include "base/words.h"
#include "map/batch.h"
#include "map/htab.h"
#include "object/stream.h"

/* A batch under way. */
struct walk {
	struct alv_htab *htab;
	struct alv_batch *batch;
	bool take; /* elements leave the table */
	u32 value_bytes;
	u32 room; /* elements that the buffers hold */
	struct alv_buf keys, values, taken;
	struct alv_stream out_keys, out_values;
	u32 bucket; /* the next one */
	u32 total;  /* elements that the caller has */
};

static void drop_room(struct walk *walk)
{
	alv_buf_fini(&walk->keys);
	alv_buf_fini(&walk->values);
	alv_buf_fini(&walk->taken);
}

static int walk_init(struct walk *walk)
{
	const struct alv_batch *batch = walk->batch;
	int err = alv_stream_init(&walk->out_keys, batch->task, batch->keys,
				  walk->htab->map.key_size, batch->wanted);

	if (err)
		return err;
	return alv_stream_init(&walk->out_values, batch->task, batch->values,
			       walk->value_bytes, batch->wanted);
}

static void alv_walk_cleanup(struct walk *walk)
{
	drop_room(walk);
	alv_stream_fini(&walk->out_keys);
	alv_stream_fini(&walk->out_values);
}

static int walk_make_room(struct walk *walk, u32 room)
{
	drop_room(walk);
	if (alv_buf_init(&walk->keys, (size_t)room * walk->htab->map.key_size) ||
	    alv_buf_init(&walk->values, (size_t)room * walk->value_bytes) ||
	    alv_buf_init(&walk->taken, (size_t)room * sizeof(u32)))
		return -ENOMEM;
	walk->room = room;
	return 0;
}

static u32 count_bucket(const struct alv_htab *htab, const struct alv_bucket *bucket)
{
	u32 n = 0;

	for (u32 index = alv_load_relaxed(&bucket->head); index;
	     index = alv_load_relaxed(&alv_htab_elem(htab, index)->next))
		n++;
	return n;
}

/* With the bucket's lock, and room for all: copy the bucket's elements. */
static void copy_bucket(struct walk *walk, struct alv_bucket *bucket)
{
	struct alv_htab *htab = walk->htab;
	u32 index = alv_load_relaxed(&bucket->head);

	for (u32 n = 0; index; n++) {
		struct alv_elem *elem = alv_htab_elem(htab, index);

		alv_words_load(walk->keys.data + (size_t)n * htab->map.key_size,
			       elem->key, htab->map.key_size);
		htab->kind->copy_out(htab, index,
				     walk->values.data + (size_t)n * walk->value_bytes,
				     walk->batch->elem_flags);
		((u32 *)walk->taken.data)[n] = index;
		index = alv_load_relaxed(&elem->next);
	}
	if (walk->take)
		alv_store_release(&bucket->head, 0u);
}

/*
 * The next bucket into our buffers. -ENOSPC: the caller has no room for it; -EAGAIN:
 * we have not.
 */
static int read_bucket(struct walk *walk, u32 *ret_n)
{
	struct alv_bucket *bucket = &walk->htab->buckets[walk->bucket];
	int err = 0;
	u32 n;

	*ret_n = 0;
	if (!alv_load_relaxed(&bucket->head))
		return 0;
	alv_bucket_lock(bucket);
	n = count_bucket(walk->htab, bucket);
	if (n > walk->batch->wanted - walk->total)
		err = -ENOSPC;
	else if (n > walk->room)
		err = -EAGAIN;
	else
		copy_bucket(walk, bucket);
	alv_bucket_unlock(bucket);
	*ret_n = n;
	return err;
}

static int hand_out(struct walk *walk, u32 n)
{
	u32 key_size = walk->htab->map.key_size;
	int err = 0;

	if (walk->take)
		for (u32 i = 0; i < n; i++)
			alv_htab_release(walk->htab, ((u32 *)walk->taken.data)[i]);
	for (u32 i = 0; i < n && !err; i++) {
		err = alv_stream_write(&walk->out_keys,
				       walk->keys.data + (size_t)i * key_size);
		if (!err)
			err = alv_stream_write(&walk->out_values,
					       walk->values.data +
						       (size_t)i * walk->value_bytes);
	}
	return err;
}

/* Buckets until the caller's room ends. -ENOENT: that was all; -ENOSPC: not one fits. */
static int walk_buckets(struct walk *walk)
{
	int err;
	u32 n;

	for (; walk->bucket <= walk->htab->mask; walk->bucket++) {
		while ((err = read_bucket(walk, &n)) == -EAGAIN) {
			err = walk_make_room(walk, n);
			if (err)
				return err;
		}
		if (err)
			return walk->total ? 0 : err;
		if (!n)
			continue;
		err = hand_out(walk, n);
		if (err)
			return err;
		walk->total += n;
	}
	return -ENOENT;
}

static int check_flags(const struct alv_map *map, const struct alv_batch *batch)
{
	if (batch->elem_flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	if (batch->elem_flags & BPF_F_LOCK &&
	    !alv_record_has(map->record, ALV_FIELD_SPIN_LOCK))
		return -EINVAL;
	return batch->flags ? -EINVAL : 0;
}

static int do_batch(struct alv_map *map, struct alv_batch *batch, bool take)
{
	ALV_AUTO(walk) struct walk walk = {
		.htab = alv_htab_of(map),
		.batch = batch,
		.take = take,
		.value_bytes = alv_map_value_bytes(map),
	};
	int err = check_flags(map, batch);

	if (err)
		return err;
	if (!batch->wanted)
		return 0;
	if (alv_batch_put_count(batch, 0))
		return -EFAULT;
	if (batch->in_batch.addr) {
		err = alv_copy_in(batch->task, &walk.bucket, batch->in_batch,
				  sizeof(u32));
		if (err)
			return err;
	}
	if (walk.bucket > walk.htab->mask)
		return -ENOENT;
	err = walk_init(&walk);
	if (err)
		return err;
	err = walk_buckets(&walk);
	if (err == -EFAULT || alv_stream_flush(&walk.out_keys) ||
	    alv_stream_flush(&walk.out_values))
		return -EFAULT;
	if (alv_copy_out(batch->task, batch->out_batch, &walk.bucket, sizeof(u32)) ||
	    alv_batch_put_count(batch, walk.total))
		return -EFAULT;
	return err;
}

int alv_htab_read_batch(struct alv_map *map, struct alv_batch *batch)
{
	return do_batch(map, batch, false);
}

int alv_htab_take_batch(struct alv_map *map, struct alv_batch *batch)
{
	return do_batch(map, batch, true);
}

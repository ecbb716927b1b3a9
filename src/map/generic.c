/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches one element at a time, for types whose elements have no better order
 * than next(). The batch's position is the last key that was handed out.
 */
#include <errno.h>
#include <string.h>

#include "map/batch.h"
#include "map/map.h"

int alv_batch_put_count(struct alv_batch *batch, u32 count)
{
	alv_uaddr at = alv_uaddr_add(batch->attr, offsetof(union alv_attr, batch.count));

	return alv_copy_out(batch->task, at, &count, sizeof(count));
}

static int check_elem_flags(struct alv_map *map, u64 flags)
{
	if (flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	if (flags & BPF_F_LOCK && !alv_record_has(map->record, ALV_FIELD_SPIN_LOCK))
		return -EINVAL;
	return 0;
}

/* What read, update and remove batches do first. 1: there is nothing more to do. */
static int batch_begin(struct alv_map *map, struct alv_batch *batch)
{
	int err = check_elem_flags(map, batch->elem_flags);

	if (err)
		return err;
	if (!batch->wanted)
		return 1;
	return alv_batch_put_count(batch, 0);
}

static alv_uaddr nth(alv_uaddr base, u32 n, u32 size)
{
	return alv_uaddr_add(base, (u64)n * size);
}

/* One element out to the caller. -ENOENT: it went since next() named it. */
static int read_one(struct alv_map *map, struct alv_batch *batch, u32 n, const u8 *key,
		    struct alv_buf *value)
{
	int err = map->ops->read(map, key, value->data, batch->elem_flags);

	if (err)
		return err;
	err = alv_copy_out(batch->task, nth(batch->keys, n, map->key_size), key, map->key_size);
	if (err)
		return err;
	return alv_copy_out(batch->task, nth(batch->values, n, (u32)value->size), value->data,
			    value->size);
}

int alv_generic_read_batch(struct alv_map *map, struct alv_batch *batch)
{
	ALV_AUTO(buf) struct alv_buf previous = {}, key = {}, value = {};
	bool first = !batch->in_batch.addr;
	u32 count = 0;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	if (alv_buf_init(&previous, map->key_size) || alv_buf_init(&key, map->key_size) ||
	    alv_buf_init(&value, alv_map_value_bytes(map)))
		return -ENOMEM;
	if (!first) {
		err = alv_copy_in(batch->task, previous.data, batch->in_batch, map->key_size);
		if (err)
			return err;
	}
	while (count < batch->wanted) {
		err = map->ops->next(map, first ? NULL : previous.data, key.data);
		if (err)
			break;
		err = read_one(map, batch, count, key.data, &value);
		if (err && err != -ENOENT)
			return err;
		count += !err;
		first = false;
		memcpy(previous.data, key.data, map->key_size);
	}
	if (alv_batch_put_count(batch, count))
		return -EFAULT;
	if (count && alv_copy_out(batch->task, batch->out_batch, previous.data, map->key_size))
		return -EFAULT;
	return err;
}

static int update_one(struct alv_map *map, struct alv_batch *batch, const u8 *key,
		      const u8 *value)
{
	int fd;

	if (!map->ops->update_fd)
		return map->ops->update(map, key, value, batch->elem_flags);
	memcpy(&fd, value, sizeof(fd));
	return map->ops->update_fd(map, batch->task, key, fd, batch->elem_flags);
}

int alv_generic_update_batch(struct alv_map *map, struct alv_batch *batch)
{
	ALV_AUTO(buf) struct alv_buf key = {}, value = {};
	u32 count;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	if (alv_buf_init(&key, map->key_size) || alv_buf_init(&value, alv_map_value_bytes(map)))
		return -ENOMEM;
	for (count = 0; count < batch->wanted; count++) {
		err = alv_copy_in(batch->task, key.data, nth(batch->keys, count, map->key_size),
				  map->key_size);
		if (err)
			break;
		err = alv_copy_in(batch->task, value.data,
				  nth(batch->values, count, (u32)value.size), value.size);
		if (err)
			break;
		err = update_one(map, batch, key.data, value.data);
		if (err)
			break;
	}
	return alv_batch_put_count(batch, count) ? -EFAULT : err;
}

int alv_generic_remove_batch(struct alv_map *map, struct alv_batch *batch)
{
	ALV_AUTO(buf) struct alv_buf key = {};
	u32 count;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	if (alv_buf_init(&key, map->key_size))
		return -ENOMEM;
	for (count = 0; count < batch->wanted; count++) {
		err = alv_copy_in(batch->task, key.data, nth(batch->keys, count, map->key_size),
				  map->key_size);
		if (err)
			break;
		err = map->ops->remove(map, key.data);
		if (err)
			break;
	}
	return alv_batch_put_count(batch, count) ? -EFAULT : err;
}

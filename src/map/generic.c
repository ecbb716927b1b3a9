/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches one element at a time, for types whose elements have no better order
 * than next(). The batch's position is the last key that was handed out.
 */
#include <errno.h>
#include <string.h>

#include "map/batch.h"
#include "map/map.h"
#include "object/stream.h"

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

/* The caller's keys and values, on their way in or out. */
struct columns {
	struct alv_stream keys;
	struct alv_stream values;
};

static int columns_init(struct columns *columns, struct alv_map *map,
			struct alv_batch *batch)
{
	int err = alv_stream_init(&columns->keys, batch->task, batch->keys, map->key_size,
				  batch->wanted);

	if (err)
		return err;
	return alv_stream_init(&columns->values, batch->task, batch->values,
			       alv_map_value_bytes(map), batch->wanted);
}

static void alv_columns_cleanup(struct columns *columns)
{
	alv_stream_fini(&columns->keys);
	alv_stream_fini(&columns->values);
}

/* One element out to the caller. -ENOENT: it went since next() named it. */
static int read_one(struct alv_map *map, struct alv_batch *batch, struct columns *out,
		    const u8 *key, struct alv_buf *value)
{
	int err = map->ops->read(map, key, value->data, batch->elem_flags);

	if (!err)
		err = alv_stream_write(&out->keys, key);
	return err ? err : alv_stream_write(&out->values, value->data);
}

/* Up to the wanted number of elements; *previous is the last key that was named. */
static int read_all(struct alv_map *map, struct alv_batch *batch,
		    struct alv_buf *previous, u32 *ret_count)
{
	ALV_AUTO(columns) struct columns out = {};
	ALV_AUTO(buf) struct alv_buf key = {}, value = {};
	bool first = !batch->in_batch.addr;
	int err = columns_init(&out, map, batch), end = 0;

	if (err)
		return err;
	if (alv_buf_init(&key, map->key_size) ||
	    alv_buf_init(&value, alv_map_value_bytes(map)))
		return -ENOMEM;
	while (*ret_count < batch->wanted) {
		end = map->ops->next(map, first ? NULL : previous->data, key.data);
		if (end)
			break;
		err = read_one(map, batch, &out, key.data, &value);
		if (err && err != -ENOENT)
			return err;
		*ret_count += !err;
		first = false;
		memcpy(previous->data, key.data, map->key_size);
	}
	if (alv_stream_flush(&out.keys) || alv_stream_flush(&out.values))
		return -EFAULT;
	return end;
}

int alv_generic_read_batch(struct alv_map *map, struct alv_batch *batch)
{
	ALV_AUTO(buf) struct alv_buf previous = {};
	u32 count = 0;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	if (alv_buf_init(&previous, map->key_size))
		return -ENOMEM;
	if (batch->in_batch.addr) {
		err = alv_copy_in(batch->task, previous.data, batch->in_batch,
				  map->key_size);
		if (err)
			return err;
	}
	err = read_all(map, batch, &previous, &count);
	if (err && err != -ENOENT)
		return err;
	if (alv_batch_put_count(batch, count))
		return -EFAULT;
	if (count &&
	    alv_copy_out(batch->task, batch->out_batch, previous.data, map->key_size))
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
	ALV_AUTO(columns) struct columns in = {};
	const u8 *key, *value;
	u32 count;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	err = columns_init(&in, map, batch);
	if (err)
		return err;
	for (count = 0; count < batch->wanted; count++) {
		err = alv_stream_read(&in.keys, &key);
		if (!err)
			err = alv_stream_read(&in.values, &value);
		if (!err)
			err = update_one(map, batch, key, value);
		if (err)
			break;
	}
	return alv_batch_put_count(batch, count) ? -EFAULT : err;
}

int alv_generic_remove_batch(struct alv_map *map, struct alv_batch *batch)
{
	ALV_AUTO(stream) struct alv_stream keys = {};
	const u8 *key;
	u32 count;
	int err;

	err = batch_begin(map, batch);
	if (err)
		return err < 0 ? err : 0;
	err = alv_stream_init(&keys, batch->task, batch->keys, map->key_size,
			      batch->wanted);
	if (err)
		return err;
	for (count = 0; count < batch->wanted; count++) {
		err = alv_stream_read(&keys, &key);
		if (!err)
			err = map->ops->remove(map, key);
		if (err)
			break;
	}
	return alv_batch_put_count(batch, count) ? -EFAULT : err;
}

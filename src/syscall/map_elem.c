/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands on one element of a map, and MAP_FREEZE. */
#include <errno.h>
#include <string.h>

#include "syscall/call.h"

/* A key from the caller; maps without keys want a null pointer. */
static int copy_key(struct alv_call *call, const struct alv_map *map, struct alv_buf *key)
{
	alv_uaddr from = alv_uaddr_at(call->attr.elem.key);

	if (!map->key_size && from.addr)
		return -EINVAL;
	if (alv_buf_init(key, map->key_size))
		return -ENOMEM;
	return alv_copy_in(call->task, key->data, from, map->key_size);
}

/* What comes before the use of a value: may it be locked, its key, and room for it. */
static int begin_elem(struct alv_call *call, const struct alv_map *map,
		      struct alv_buf *key, struct alv_buf *value)
{
	int err;

	if (call->attr.elem.flags & BPF_F_LOCK &&
	    !alv_record_has(map->record, ALV_FIELD_SPIN_LOCK))
		return -EINVAL;
	err = copy_key(call, map, key);
	if (err)
		return err;
	return alv_buf_init(value, alv_map_value_bytes(map)) ? -ENOMEM : 0;
}

int alv_cmd_map_lookup(struct alv_call *call)
{
	const struct alv_attr_elem *attr = &call->attr.elem;
	ALV_AUTO(buf) struct alv_buf key = {}, value = {};
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err;

	if (attr->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = alv_call_map(call, attr->map_fd, ALV_MAY_READ, &map);
	if (err)
		return err;
	err = begin_elem(call, map, &key, &value);
	if (err)
		return err;
	if (map->type == BPF_MAP_TYPE_BLOOM_FILTER) {
		/* Asks whether the caller's value is a member. */
		err = alv_copy_in(call->task, value.data, alv_uaddr_at(attr->value),
				  value.size);
		return err ? err : map->ops->read(map, key.data, value.data, attr->flags);
	}
	if (!map->ops->read)
		return -ENOTSUPP;
	err = map->ops->read(map, key.data, value.data, attr->flags);
	if (err)
		return err;
	return alv_copy_out(call->task, alv_uaddr_at(attr->value), value.data,
			    value.size);
}

static int update_value(struct alv_call *call, struct alv_map *map, const u8 *key,
			const u8 *value)
{
	u64 flags = call->attr.elem.flags;
	int fd;

	if (map->ops->update_fd) {
		memcpy(&fd, value, sizeof(fd));
		return map->ops->update_fd(map, call->task, key, fd, flags);
	}
	return map->ops->update ? map->ops->update(map, key, value, flags) : -ENOTSUPP;
}

int alv_cmd_map_update(struct alv_call *call)
{
	const struct alv_attr_elem *attr = &call->attr.elem;
	ALV_AUTO(buf) struct alv_buf key = {}, value = {};
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err;

	err = alv_call_map_to_write(call, attr->map_fd, ALV_MAY_WRITE, &map);
	if (err)
		return err;
	err = begin_elem(call, map, &key, &value);
	if (err)
		return err;
	err = alv_copy_in(call->task, value.data, alv_uaddr_at(attr->value), value.size);
	if (err)
		return err;
	return update_value(call, map, key.data, value.data);
}

int alv_cmd_map_delete(struct alv_call *call)
{
	const struct alv_attr_elem *attr = &call->attr.elem;
	ALV_AUTO(buf) struct alv_buf key = {};
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err;

	err = alv_call_map_to_write(call, attr->map_fd, ALV_MAY_WRITE, &map);
	if (err)
		return err;
	err = copy_key(call, map, &key);
	if (err)
		return err;
	return map->ops->remove ? map->ops->remove(map, key.data) : -ENOTSUPP;
}

int alv_cmd_map_next_key(struct alv_call *call)
{
	const struct alv_attr_elem *attr = &call->attr.elem;
	ALV_AUTO(buf) struct alv_buf key = {}, next = {};
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err;

	err = alv_call_map(call, attr->map_fd, ALV_MAY_READ, &map);
	if (err)
		return err;
	if (attr->key) {
		err = copy_key(call, map, &key);
		if (err)
			return err;
	}
	if (alv_buf_init(&next, map->key_size))
		return -ENOMEM;
	err = map->ops->next ? map->ops->next(map, key.data, next.data) : -ENOTSUPP;
	if (err)
		return err;
	return alv_copy_out(call->task, alv_uaddr_at(attr->value), next.data, next.size);
}

int alv_cmd_map_take(struct alv_call *call)
{
	const struct alv_attr_elem *attr = &call->attr.elem;
	ALV_AUTO(buf) struct alv_buf key = {}, value = {};
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err;

	if (attr->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = alv_call_map_to_write(call, attr->map_fd, ALV_MAY_BOTH, &map);
	if (err)
		return err;
	err = begin_elem(call, map, &key, &value);
	if (err)
		return err;
	err = map->ops->take ? map->ops->take(map, key.data, value.data, attr->flags)
			     : -ENOTSUPP;
	if (err)
		return err;
	return alv_copy_out(call->task, alv_uaddr_at(attr->value), value.data,
			    value.size);
}

int alv_cmd_map_freeze(struct alv_call *call)
{
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err, mapped = 0;

	/* What the map is comes before how it was opened. */
	err = alv_call_map(call, call->attr.elem.map_fd, 0, &map);
	if (err)
		return err;
	if (map->record)
		return -ENOTSUPP;
	alv_map_put(alv_steal_ptr(map));
	err = alv_call_map(call, call->attr.elem.map_fd, ALV_MAY_WRITE, &map);
	if (err)
		return err;
	err = alv_map_freeze(map);
	if (err)
		return err;
	/* No new writable mapping from here on, so a mapping is either seen or refused. */
	if (map->obj.identity.mappable)
		mapped = call->task->ops->maps_writable(call->task, &map->obj);
	if (!mapped)
		return alv_identity_seal_writes(&map->obj.identity);
	alv_map_thaw(map);
	return mapped < 0 ? mapped : -EBUSY;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The four batch commands: many elements of a map in one call. */
#include <errno.h>

#include "map/batch.h"
#include "syscall/call.h"

typedef int batch_fn(struct alv_map *map, struct alv_batch *batch);

static int do_batch(struct alv_call *call, struct alv_map *map, batch_fn *fn)
{
	const struct alv_attr_batch *attr = &call->attr.batch;
	struct alv_batch batch = {
		.task = call->task,
		.in_batch = alv_uaddr_at(attr->in_batch),
		.out_batch = alv_uaddr_at(attr->out_batch),
		.keys = alv_uaddr_at(attr->keys),
		.values = alv_uaddr_at(attr->values),
		.wanted = attr->count,
		.elem_flags = attr->elem_flags,
		.flags = attr->flags,
		.attr = call->uattr,
	};

	return fn ? fn(map, &batch) : -ENOTSUPP;
}

int alv_cmd_map_lookup_batch(struct alv_call *call)
{
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err = alv_call_map(call, call->attr.batch.map_fd, ALV_MAY_READ, &map);

	return err ? err : do_batch(call, map, map->ops->read_batch);
}

int alv_cmd_map_take_batch(struct alv_call *call)
{
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err =
		alv_call_map_to_write(call, call->attr.batch.map_fd, ALV_MAY_BOTH, &map);

	return err ? err : do_batch(call, map, map->ops->take_batch);
}

int alv_cmd_map_update_batch(struct alv_call *call)
{
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err =
		alv_call_map_to_write(call, call->attr.batch.map_fd, ALV_MAY_WRITE, &map);

	return err ? err : do_batch(call, map, map->ops->update_batch);
}

int alv_cmd_map_delete_batch(struct alv_call *call)
{
	ALV_AUTO(written_map) struct alv_map *map = NULL;
	int err =
		alv_call_map_to_write(call, call->attr.batch.map_fd, ALV_MAY_WRITE, &map);

	return err ? err : do_batch(call, map, map->ops->remove_batch);
}

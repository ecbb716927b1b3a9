/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_ARRAY_OF_MAPS: an array whose values are maps of one shape. */
#include <errno.h>

#include "base/rcu.h"
#include "map/array.h"
#include "map/batch.h"
#include "map/fd_array.h"
#include "map/inner.h"

static int map_array_create(struct alv_host *host, const struct alv_map_def *def,
			    struct alv_map **ret_map)
{
	return alv_fd_array_create(host, &alv_map_array_map_ops, def, ret_map);
}

static int map_array_update_fd(struct alv_map *map, struct alv_task *task,
			       const void *key, int fd, u64 flags)
{
	struct alv_map *inner;
	int err;

	err = alv_fd_array_check_update(map, key, flags);
	if (err)
		return err;
	err = alv_inner_fit_fd(map, task, fd, &inner);
	if (err)
		return err;
	alv_fd_array_set(map, key, &inner->obj);
	/* When the call returns, no program uses the map that was there before. */
	alv_rcu_wait();
	return 0;
}

static int map_array_remove(struct alv_map *map, const void *key)
{
	int err = alv_fd_array_remove(map, key);

	if (!err)
		alv_rcu_wait();
	return err;
}

static void *map_array_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_object *obj = alv_fd_array_at(map, alv_array_index(key));

	return obj ? alv_map_of(obj) : NULL;
}

const struct alv_map_ops alv_map_array_map_ops = {
	.check = alv_fd_array_check,
	.create = map_array_create,
	.destroy = alv_fd_array_destroy,
	.release = alv_fd_array_clear,
	.read = alv_fd_array_read,
	.update_fd = map_array_update_fd,
	.remove = map_array_remove,
	.next = alv_array_next,
	.read_batch = alv_generic_read_batch,
	.update_batch = alv_generic_update_batch,
	.find = map_array_find,
	.check_btf = alv_map_takes_no_btf,
	.usage = alv_fd_array_usage,
};

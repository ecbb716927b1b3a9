/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: perf events by index, whose rings programs write to.
 *
 * An event belongs to the map's descriptor by which it came. When that goes the slot
 * is emptied, unless the map has BPF_F_PRESERVE_ELEMS; here when the map's last one goes.
 */
#include <errno.h>

#include "map/array.h"
#include "map/fd_array.h"
#include "object/perf_event.h"

static int perf_event_array_check(struct alv_host *host, const struct alv_map_def *def)
{
	return alv_fd_array_check_shape(def, BPF_F_NUMA_NODE | BPF_F_RDONLY |
						     BPF_F_WRONLY | BPF_F_PRESERVE_ELEMS);
}

static int perf_event_array_create(struct alv_host *host, const struct alv_map_def *def,
				   struct alv_map **ret_map)
{
	return alv_fd_array_create(host, &alv_perf_event_array_map_ops, def, ret_map);
}

static int perf_event_array_update_fd(struct alv_map *map, struct alv_task *task,
				      const void *key, int fd, u64 flags)
{
	int err = alv_fd_array_check_update(map, key, flags);
	struct alv_object *event;

	if (err)
		return err;
	if (alv_task_object(task, fd, ALV_KIND_PERF_EVENT, &event, NULL))
		return -EBADF;
	/* Nobody can read it at once on every CPU and task that has inherited it. */
	if (alv_perf_event_of(event)->def.attr.inherit) {
		alv_object_put(event);
		return -EOPNOTSUPP;
	}
	alv_fd_array_set(map, key, event);
	return 0;
}

static void perf_event_array_closed(struct alv_map *map)
{
	if (!(map->flags & BPF_F_PRESERVE_ELEMS))
		alv_fd_array_clear(map);
}

const struct alv_map_ops alv_perf_event_array_map_ops = {
	.check = perf_event_array_check,
	.create = perf_event_array_create,
	.destroy = alv_fd_array_destroy,
	.release = alv_fd_array_clear,
	.closed = perf_event_array_closed,
	.update_fd = perf_event_array_update_fd,
	.remove = alv_fd_array_remove,
	.next = alv_array_next,
	.check_btf = alv_map_takes_no_btf,
	.usage = alv_fd_array_usage,
};

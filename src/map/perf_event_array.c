/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: perf events by index. The emulated kernel has
 * no perf events, so every descriptor is refused as one of another kind and all
 * slots stay empty.
 */
#include <errno.h>

#include "map/array.h"
#include "map/fd_array.h"

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

	return err ? err : -EBADF;
}

const struct alv_map_ops alv_perf_event_array_map_ops = {
	.check = perf_event_array_check,
	.create = perf_event_array_create,
	.destroy = alv_fd_array_destroy,
	.update_fd = perf_event_array_update_fd,
	.remove = alv_fd_array_remove,
	.next = alv_array_next,
	.check_btf = alv_map_takes_no_btf,
	.usage = alv_fd_array_usage,
};

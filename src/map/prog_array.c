/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PROG_ARRAY: targets of tail calls. A program in it may refer to
 * the array itself, so the slots are emptied when no user is left (no descriptor,
 * no pin), whatever else refers to the array.
 */
#include "map/array.h"
#include "map/fd_array.h"

static int prog_array_create(struct alv_host *host, const struct alv_map_def *def,
			     struct alv_map **ret_map)
{
	return alv_fd_array_create(host, &alv_prog_array_map_ops, def, ret_map);
}

static int prog_array_update_fd(struct alv_map *map, struct alv_task *task,
				const void *key, int fd, u64 flags)
{
	struct alv_object *prog;
	int err;

	err = alv_fd_array_check_update(map, key, flags);
	if (err)
		return err;
	err = alv_task_object(task, fd, ALV_KIND_PROG, &prog, NULL);
	if (err)
		return err;
	alv_fd_array_set(map, key, prog);
	return 0;
}

const struct alv_map_ops alv_prog_array_map_ops = {
	.check = alv_fd_array_check,
	.create = prog_array_create,
	.destroy = alv_fd_array_destroy,
	.release = alv_fd_array_clear,
	.unused = alv_fd_array_clear,
	.read = alv_fd_array_read,
	.update_fd = prog_array_update_fd,
	.remove = alv_fd_array_remove,
	.next = alv_array_next,
	.never_inner = true,
	.usage = alv_fd_array_usage,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PROG_ARRAY: targets of tail calls. A program in it may refer to
 * the array itself, so the slots are emptied when no user is left (no descriptor,
 * no pin), whatever else refers to the array.
 */
#include "map/prog_array.h"

#include <errno.h>

#include "map/array.h"
#include "map/fd_array.h"

static int prog_array_create(struct alv_host *host, const struct alv_map_def *def,
			     struct alv_map **ret_map)
{
	return alv_fd_array_create(host, &alv_prog_array_map_ops, def, ret_map);
}

int alv_prog_array_own(struct alv_map *map, const struct alv_tail_kind *kind)
{
	struct alv_fd_array *array = alv_container(map, struct alv_fd_array, map);
	const struct alv_tail_kind *owner = &array->owner;
	int err = 0;

	pthread_mutex_lock(&array->owner_lock);
	if (!array->owned) {
		array->owner = *kind;
		array->owned = true;
	} else if (owner->type != kind->type || owner->xdp_has_frags != kind->xdp_has_frags ||
		   owner->expected_attach_type != kind->expected_attach_type) {
		err = -EINVAL;
	}
	pthread_mutex_unlock(&array->owner_lock);
	return err;
}

bool alv_prog_array_owner(struct alv_map *map, struct alv_tail_kind *ret_kind)
{
	struct alv_fd_array *array;
	bool owned;

	if (map->type != BPF_MAP_TYPE_PROG_ARRAY)
		return false;
	array = alv_container(map, struct alv_fd_array, map);
	pthread_mutex_lock(&array->owner_lock);
	owned = array->owned;
	*ret_kind = array->owner;
	pthread_mutex_unlock(&array->owner_lock);
	return owned;
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
	err = alv_prog_array_own(map, &alv_container(prog, struct alv_tail_target, obj)->tail);
	if (err) {
		alv_object_put(prog);
		return err;
	}
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

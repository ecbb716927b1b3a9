/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/fd_array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/rcu.h"
#include "map/array.h"

static struct alv_fd_array *fd_array_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_fd_array, map);
}

static struct alv_object **slot_of(const struct alv_map *map, u32 index)
{
	return (struct alv_object **)fd_array_of(map)->slots.base + index;
}

int alv_fd_array_check_shape(const struct alv_map_def *def, u32 flags)
{
	if (def->value_size != sizeof(u32))
		return -EINVAL;
	return alv_array_check_shape(def, flags);
}

/* Values are no data of programs, so there is nothing to protect from them. */
#define FD_ARRAY_FLAGS (BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY)

int alv_fd_array_check(struct alv_host *host, const struct alv_map_def *def)
{
	return alv_fd_array_check_shape(def, FD_ARRAY_FLAGS);
}

int alv_fd_array_create(struct alv_host *host, const struct alv_map_ops *ops,
			const struct alv_map_def *def, struct alv_map **ret_map)
{
	u64 size = (u64)def->max_entries * sizeof(struct alv_object *);
	struct alv_fd_array *array;
	int err;

	array = calloc(1, sizeof(*array));
	if (!array)
		return -ENOMEM;
	err = alv_map_init_storage(&array->map, host, ops, def, size, &array->slots);
	if (err) {
		free(array);
		return err;
	}
	pthread_mutex_init(&array->owner_lock, NULL);
	*ret_map = &array->map;
	return 0;
}

void alv_fd_array_destroy(struct alv_map *map)
{
	struct alv_fd_array *array = fd_array_of(map);

	alv_region_fini(&array->slots);
	pthread_mutex_destroy(&array->owner_lock);
	alv_map_fini(map);
	free(array);
}

void alv_fd_array_clear(struct alv_map *map)
{
	for (u32 i = 0; i < map->max_entries; i++)
		if (alv_load_relaxed(slot_of(map, i)))
			alv_object_put(alv_swap_acq_rel(slot_of(map, i), NULL));
}

struct alv_object *alv_fd_array_at(struct alv_map *map, u32 index)
{
	return index < map->max_entries ? alv_load_acquire(slot_of(map, index)) : NULL;
}

int alv_fd_array_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	struct alv_object *obj;

	alv_rcu_read_lock();
	obj = alv_fd_array_at(map, alv_array_index(key));
	if (obj)
		memcpy(value, &obj->id, sizeof(obj->id));
	alv_rcu_read_unlock();
	return obj ? 0 : -ENOENT;
}

int alv_fd_array_check_update(const struct alv_map *map, const void *key, u64 flags)
{
	if (flags != BPF_ANY)
		return -EINVAL;
	return alv_array_index(key) < map->max_entries ? 0 : -E2BIG;
}

void alv_fd_array_set(struct alv_map *map, const void *key, struct alv_object *obj)
{
	alv_object_put(alv_swap_acq_rel(slot_of(map, alv_array_index(key)), obj));
}

int alv_fd_array_remove(struct alv_map *map, const void *key)
{
	u32 index = alv_array_index(key);
	struct alv_object *old;

	if (index >= map->max_entries)
		return -E2BIG;
	old = alv_swap_acq_rel(slot_of(map, index), NULL);
	alv_object_put(old);
	return old ? 0 : -ENOENT;
}

u64 alv_fd_array_usage(const struct alv_map *map)
{
	return ALV_ARRAY_HEADER + (u64)map->max_entries * sizeof(u64);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PERCPU_ARRAY: an array of its own for each CPU, in planes one after
 * the other, so that CPUs share no cache lines.
 */
#include <errno.h>
#include <stdlib.h>

#include "map/array.h"
#include "map/batch.h"
#include "map/btf.h"
#include "map/percpu.h"

struct alv_percpu_array {
	struct alv_map map;
	struct alv_region planes;
	u64 plane_size; /* bytes of one CPU's values */
	u32 stride;
};

static struct alv_percpu_array *percpu_array_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_percpu_array, map);
}

static void *value_at(const struct alv_map *map, u32 index, u32 cpu)
{
	const struct alv_percpu_array *array = percpu_array_of(map);

	return (u8 *)array->planes.base + cpu * array->plane_size +
	       (u64)index * array->stride;
}

static int percpu_array_check(struct alv_host *host, const struct alv_map_def *def)
{
	int err = alv_array_check_shape(def, ALV_ARRAY_FLAGS);

	if (err)
		return err;
	if (def->numa_node != ALV_NO_NUMA_NODE)
		return -EINVAL; /* each CPU's values are on its own node */
	return alv_round_up(def->value_size, 8) > ALV_PERCPU_VALUE_MAX ? -E2BIG : 0;
}

static int percpu_array_create(struct alv_host *host, const struct alv_map_def *def,
			       struct alv_map **ret_map)
{
	struct alv_percpu_array *array = calloc(1, sizeof(*array));
	u64 size;
	int err;

	if (!array)
		return -ENOMEM;
	array->stride = (u32)alv_round_up(def->value_size, 8);
	array->plane_size =
		alv_round_up((u64)array->stride * def->max_entries, alv_page_size());
	size = array->plane_size * host->cpus;
	err = alv_map_init_storage(&array->map, host, &alv_percpu_array_map_ops, def,
				   size, &array->planes);
	if (err) {
		free(array);
		return err;
	}
	*ret_map = &array->map;
	return 0;
}

static void percpu_array_destroy(struct alv_map *map)
{
	struct alv_percpu_array *array = percpu_array_of(map);

	alv_region_fini(&array->planes);
	alv_map_fini(map);
	free(array);
}

static int percpu_array_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	u32 index = alv_array_index(key), stride = percpu_array_of(map)->stride;

	if (index >= map->max_entries)
		return -ENOENT;
	for (u32 cpu = 0; cpu < map->obj.host->cpus; cpu++)
		alv_percpu_copy_out(map, (u8 *)value + (u64)cpu * stride,
				    value_at(map, index, cpu));
	return 0;
}

static int check_update(const struct alv_map *map, u32 index, u64 flags)
{
	return flags > BPF_EXIST ? -EINVAL : alv_array_check_update(map, index, flags);
}

static int percpu_array_update(struct alv_map *map, const void *key, const void *value,
			       u64 flags)
{
	u32 index = alv_array_index(key), stride = percpu_array_of(map)->stride;
	int err = check_update(map, index, flags);

	if (err)
		return err;
	for (u32 cpu = 0; cpu < map->obj.host->cpus; cpu++)
		alv_percpu_copy_in(map, value_at(map, index, cpu),
				   (const u8 *)value + (u64)cpu * stride);
	return 0;
}

static int percpu_array_update_cpu(struct alv_map *map, const void *key,
				   const void *value, u64 flags, u32 cpu)
{
	u32 index = alv_array_index(key);
	int err = check_update(map, index, flags);

	if (!err)
		alv_map_copy_in(map, value_at(map, index, cpu), value);
	return err;
}

static void *percpu_array_find(struct alv_map *map, const void *key, u32 cpu)
{
	u32 index = alv_array_index(key);

	return index < map->max_entries ? value_at(map, index, cpu) : NULL;
}

static u64 percpu_array_usage(const struct alv_map *map)
{
	u64 values = alv_round_up(map->value_size, 8) * map->obj.host->cpus;

	return ALV_ARRAY_HEADER + map->max_entries * (sizeof(u64) + values);
}

const struct alv_map_ops alv_percpu_array_map_ops = {
	.check = percpu_array_check,
	.create = percpu_array_create,
	.destroy = percpu_array_destroy,
	.read = percpu_array_read,
	.update = percpu_array_update,
	.update_cpu = percpu_array_update_cpu,
	.remove = alv_array_remove,
	.next = alv_array_next,
	.read_batch = alv_generic_read_batch,
	.update_batch = alv_generic_update_batch,
	.find = percpu_array_find,
	.usage = percpu_array_usage,
	.check_btf = alv_map_check_array_btf,
};

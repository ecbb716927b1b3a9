/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_ARRAY: max_entries values side by side, zero at birth, never
 * deleted. A value starts at each multiple of value_size rounded up to 8.
 *
 * With BPF_F_MMAPABLE the values are the pages of the map's identity, which
 * clients map; else they are the host's own memory.
 *
 * Concurrency: as in the kernel, values are copied without a lock unless
 * BPF_F_LOCK asks for the one in the value.
 */
#include "map/array.h"

#include <errno.h>
#include <limits.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "map/batch.h"
#include "map/btf.h"
#include "map/map.h"

struct alv_array {
	struct alv_map map;
	struct alv_region values;
	u32 stride; /* bytes from one value to the next */
};

static struct alv_array *array_of(struct alv_map *map)
{
	return alv_container(map, struct alv_array, map);
}

int alv_array_check_shape(const struct alv_map_def *def, u32 flags)
{
	if (!def->max_entries || def->key_size != sizeof(u32) || !def->value_size)
		return -EINVAL;
	if (def->flags & ~flags || !alv_map_access_flags_ok(def->flags))
		return -EINVAL;
	if (def->value_size > INT_MAX)
		return -E2BIG;
	return 0;
}

static int array_check(struct alv_host *host, const struct alv_map_def *def)
{
	return alv_array_check_shape(def,
				     ALV_ARRAY_FLAGS | BPF_F_MMAPABLE | BPF_F_INNER_MAP);
}

static int array_create(struct alv_host *host, const struct alv_map_def *def,
			struct alv_map **ret_map)
{
	bool mappable = def->flags & BPF_F_MMAPABLE;
	struct alv_array *array;
	u64 size;
	int err;

	array = calloc(1, sizeof(*array));
	if (!array)
		return -ENOMEM;
	array->stride = (u32)alv_round_up(def->value_size, 8);
	size = (u64)array->stride * def->max_entries;
	if (mappable)
		size = alv_round_up(size, alv_page_size());
	err = alv_map_init(&array->map, host, &alv_array_map_ops, def, size,
			   mappable ? size : 0);
	if (err)
		goto free_array;
	err = mappable ? alv_region_init_fd(&array->values, array->map.obj.identity.memfd,
					    size)
		       : alv_region_init(&array->values, size);
	array->map.obj.identity.host_mappings = mappable;
	if (err)
		goto fini_map;
	*ret_map = &array->map;
	return 0;

fini_map:
	alv_map_fini(&array->map);
free_array:
	free(array);
	return err;
}

static void array_destroy(struct alv_map *map)
{
	struct alv_array *array = array_of(map);

	alv_region_fini(&array->values);
	alv_map_fini(map);
	free(array);
}

static void *array_at(struct alv_map *map, u32 index)
{
	struct alv_array *array = array_of(map);

	return (u8 *)array->values.base + (u64)index * array->stride;
}

static void *array_find(struct alv_map *map, const void *key, u32 cpu)
{
	u32 index = alv_array_index(key);

	return index < map->max_entries ? array_at(map, index) : NULL;
}

static int array_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	void *stored = array_find(map, key, 0);

	if (!stored)
		return -ENOENT;
	if (flags & BPF_F_LOCK)
		alv_map_copy_out_locked(map, value, stored);
	else
		alv_map_copy_out(map, value, stored);
	return 0;
}

int alv_array_check_update(const struct alv_map *map, u32 index, u64 flags)
{
	if (alv_map_bad_update_flags(flags))
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST; /* every index has a value, always */
	return 0;
}

static int array_update(struct alv_map *map, const void *key, const void *value,
			u64 flags)
{
	u32 index = alv_array_index(key);
	int err = alv_array_check_update(map, index, flags);

	if (err)
		return err;
	if (flags & BPF_F_LOCK)
		alv_map_copy_in_locked(map, array_at(map, index), value);
	else
		alv_map_copy_in(map, array_at(map, index), value);
	alv_map_drop_special(map, array_at(map, index));
	return 0;
}

static const void *array_key_of(const struct alv_map *map, const void *value, u32 *room)
{
	const struct alv_array *array = alv_container(map, struct alv_array, map);

	*room = (u32)((u64)((const u8 *)value - (const u8 *)array->values.base) / array->stride);
	return room;
}

int alv_array_remove(struct alv_map *map, const void *key)
{
	return -EINVAL;
}

int alv_array_next(struct alv_map *map, const void *key, void *next_key)
{
	u32 index = key ? alv_array_index(key) : UINT32_MAX;
	u32 next = index < map->max_entries ? index + 1 : 0;

	if (next == map->max_entries)
		return -ENOENT;
	memcpy(next_key, &next, sizeof(next));
	return 0;
}

static int array_mmap(struct alv_map *map, const struct alv_map_mmap *request)
{
	if (!(map->flags & BPF_F_MMAPABLE) ||
	    request->offset > array_of(map)->values.size ||
	    request->size > array_of(map)->values.size - request->offset)
		return -EINVAL;
	return 0;
}

static bool array_same_shape(const struct alv_map *template, const struct alv_map *inner)
{
	/* With BPF_F_INNER_MAP programs do not count on the template's size. */
	return alv_map_same_shape(template, inner) &&
	       (template->flags & BPF_F_INNER_MAP ||
		template->max_entries == inner->max_entries);
}

static u64 array_usage(const struct alv_map *map)
{
	u64 values = alv_round_up(map->value_size, 8) * map->max_entries;

	if (map->flags & BPF_F_MMAPABLE)
		return alv_page_size() + alv_round_up(values, alv_page_size());
	return ALV_ARRAY_HEADER + values;
}

static void array_digest(const struct alv_map *map, u8 digest[ALV_MAP_HASH_SIZE])
{
	const struct alv_array *array = alv_container(map, struct alv_array, map);
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, array->values.base,
		     (size_t)array->stride * map->max_entries);
	SHA256Final(digest, &context);
}

const struct alv_map_ops alv_array_map_ops = {
	.check = array_check,
	.create = array_create,
	.destroy = array_destroy,
	.read = array_read,
	.update = array_update,
	.remove = alv_array_remove,
	.next = alv_array_next,
	.read_batch = alv_generic_read_batch,
	.update_batch = alv_generic_update_batch,
	.find = array_find,
	.key_of = array_key_of,
	.unused = alv_map_drop_timers,
	.mmap = array_mmap,
	.same_shape = array_same_shape,
	.usage = array_usage,
	.digest = array_digest,
	.check_btf = alv_map_check_array_btf,
};

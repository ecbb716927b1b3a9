/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on elements of maps. */
#include <errno.h>
#include <stdlib.h>

#include "helper/call.h"
#include "map/map.h"

/* Elements of one bpf_for_each_map_elem(): each at most once, were none to come or go. */
struct walk {
	struct alv_map *map;
	u8 *keys; /* this one's and the next one's */
};

static struct alv_map *map_at(u64 reg)
{
	return alv_helper_ptr(reg);
}

u64 alv_help_map_lookup_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	return map->ops->find ?
		       (u64)(uintptr_t)map->ops->find(map, alv_helper_ptr(r2), run->cpu) :
		       0;
}

static int update(struct alv_map *map, const void *key, const void *value, u64 flags, u32 cpu)
{
	if (flags & BPF_F_LOCK && (!map->record || map->record->spin_lock < 0))
		return -EINVAL;
	if (map->ops->update_cpu)
		return map->ops->update_cpu(map, key, value, flags, cpu);
	return map->ops->update ? map->ops->update(map, key, value, flags) : -ENOTSUPP;
}

u64 alv_help_map_update_elem(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(
		update(map_at(r1), alv_helper_ptr(r2), alv_helper_ptr(r3), r4, run->cpu));
}

u64 alv_help_map_delete_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	return alv_helper_errno(map->ops->remove ? map->ops->remove(map, alv_helper_ptr(r2)) :
						   -ENOTSUPP);
}

u64 alv_help_map_push_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	return alv_helper_errno(map->ops->update(map, NULL, alv_helper_ptr(r2), r3));
}

u64 alv_help_map_pop_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	return alv_helper_errno(map->ops->take(map, NULL, alv_helper_ptr(r2), 0));
}

u64 alv_help_map_peek_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	return alv_helper_errno(map->ops->read(map, NULL, alv_helper_ptr(r2), 0));
}

u64 alv_help_map_lookup_percpu_elem(ALV_HELPER_PARAMS)
{
	struct alv_map *map = map_at(r1);

	if (r3 >= run->host->cpus || !map->ops->find)
		return 0;
	return (u64)(uintptr_t)map->ops->find(map, alv_helper_ptr(r2), (u32)r3);
}

/* The callback may delete the element, so the next key is found before it is called. */
static s64 walk(struct walk *walk, struct alv_run *run, u64 function, u64 data)
{
	struct alv_map *map = walk->map;
	u8 *key = walk->keys, *next = walk->keys + map->key_size;
	int ended = map->ops->next(map, NULL, key);
	s64 visited = 0;

	while (!ended && visited < map->max_entries) {
		void *value = map->ops->find(map, key, run->cpu);
		const u64 args[5] = { (u64)(uintptr_t)map, (u64)(uintptr_t)key,
				      (u64)(uintptr_t)value, data };
		u8 *swap = key;

		ended = map->ops->next(map, key, next);
		if (value) {
			visited++;
			if (run->call(run, alv_helper_ptr(function), args))
				return visited;
		}
		key = next;
		next = swap;
	}
	return visited;
}

u64 alv_help_for_each_map_elem(ALV_HELPER_PARAMS)
{
	struct walk it = { .map = map_at(r1) };
	s64 result;

	if (r4)
		return alv_helper_errno(-EINVAL);
	it.keys = malloc(2 * (size_t)it.map->key_size);
	if (!it.keys)
		return alv_helper_errno(-ENOMEM);
	result = walk(&it, run, r2, r3);
	free(it.keys);
	return (u64)result;
}

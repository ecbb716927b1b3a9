/* SPDX-License-Identifier: BSD-2-Clause */
/* What the array-like types share: u32 indices as keys, all of them always there. */
#ifndef ALV_MAP_ARRAY_H
#define ALV_MAP_ARRAY_H

#include <string.h>

#include "map/map.h"

/* Flags that every array-like type takes. */
#define ALV_ARRAY_FLAGS (BPF_F_NUMA_NODE | ALV_MAP_ACCESS_FLAGS)

/* Bytes of a kernel's array before its values (Linux 6.18). */
#define ALV_ARRAY_HEADER 312

static inline u32 alv_array_index(const void *key)
{
	u32 index;

	memcpy(&index, key, sizeof(index));
	return index;
}

/* The checks of MAP_CREATE; `flags` are those that the type takes. */
int alv_array_check_shape(const struct alv_map_def *def, u32 flags);
/* The checks of an update, in the kernel's order. */
int alv_array_check_update(const struct alv_map *map, u32 index, u64 flags);
int alv_array_remove(struct alv_map *map, const void *key);
int alv_array_next(struct alv_map *map, const void *key, void *next_key);

#endif

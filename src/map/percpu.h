/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CPU's value of a per-CPU map. A client's copy has alv_map_percpu_stride()
 * bytes for each CPU, and all of them are stored, unless the value has special
 * fields: the kernel's clients can see the padding, so ours do.
 */
#ifndef ALV_MAP_PERCPU_H
#define ALV_MAP_PERCPU_H

#include "base/words.h"
#include "map/map.h"

/* The largest value of one CPU. */
#define ALV_PERCPU_VALUE_MAX 32768

static inline void alv_percpu_copy_out(const struct alv_map *map, void *dst,
				       const void *stored)
{
	if (map->record)
		alv_map_copy_out(map, dst, stored);
	else
		alv_words_load(dst, stored, alv_map_percpu_stride(map));
}

static inline void alv_percpu_copy_in(const struct alv_map *map, void *stored,
				      const void *src)
{
	if (map->record)
		alv_map_copy_in(map, stored, src);
	else
		alv_words_store(stored, src, alv_map_percpu_stride(map));
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the array types share whose values are other objects: clients put
 * descriptors in and get ids out.
 *
 * A slot refers to an object and not to storage, so it is a pointer; a region of
 * slots is meaningful in this process only. Slots are exchanged atomically; an
 * object that was taken out lives for a grace period.
 */
#ifndef ALV_MAP_FD_ARRAY_H
#define ALV_MAP_FD_ARRAY_H

#include <pthread.h>

#include "map/map.h"
#include "map/prog_array.h"

struct alv_fd_array {
	struct alv_map map;
	struct alv_region slots; /* struct alv_object *, NULL: empty; owned references */
	pthread_mutex_t owner_lock; /* guards the next two, of prog arrays */
	struct alv_tail_kind owner;
	bool owned;
};

/* MAP_CREATE's checks; `flags` are what the type takes. */
int alv_fd_array_check_shape(const struct alv_map_def *def, u32 flags);
int alv_fd_array_check(struct alv_host *host, const struct alv_map_def *def);
int alv_fd_array_create(struct alv_host *host, const struct alv_map_ops *ops,
			const struct alv_map_def *def, struct alv_map **ret_map);
void alv_fd_array_destroy(struct alv_map *map);
/* Empty every slot. */
void alv_fd_array_clear(struct alv_map *map);

/* The id of the object in a slot. -ENOENT. */
int alv_fd_array_read(struct alv_map *map, const void *key, void *value, u64 flags);
/* The checks of an update before its descriptor is looked at. -EINVAL, -E2BIG. */
int alv_fd_array_check_update(const struct alv_map *map, const void *key, u64 flags);
/* Put an object into a slot that was checked; takes the reference over. */
void alv_fd_array_set(struct alv_map *map, const void *key, struct alv_object *obj);
int alv_fd_array_remove(struct alv_map *map, const void *key);
u64 alv_fd_array_usage(const struct alv_map *map);

/* Under the RCU read lock: the object in a slot, or NULL. */
struct alv_object *alv_fd_array_at(struct alv_map *map, u32 index);

#endif

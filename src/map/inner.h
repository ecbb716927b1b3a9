/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps inside of maps, for every type whose values are maps.
 *
 * An outer map keeps a template: what its inner maps look like, without storage,
 * id or descriptor. It is a copy, so the map that it was taken from may go.
 */
#ifndef ALV_MAP_INNER_H
#define ALV_MAP_INNER_H

#include "map/map.h"

/* Does this type need an inner_map_fd at its creation? */
static inline bool alv_inner_wanted(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/*
 * The map behind MAP_CREATE's inner_map_fd, with a reference. -EBADF, -EINVAL: no
 * map, or an outer one itself; -ENOTSUPP: of a type that can't be inner.
 */
int alv_inner_of_fd(struct alv_task *task, int fd, struct alv_map **ret_inner);

/* What alv_map_init() and alv_map_fini() do for outer maps. -ENOMEM. */
int alv_inner_template_new(const struct alv_map *inner, struct alv_map **ret_template);
void alv_inner_template_free(struct alv_map *template);

/*
 * The map behind a descriptor that an update puts into `outer`, with a reference.
 * -EBADF, -EINVAL: no map, or one that differs from the template.
 */
int alv_inner_fit_fd(const struct alv_map *outer, struct alv_task *task, int fd,
		     struct alv_map **ret_inner);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prog arrays belong to a kind of program: the first one that is put in, or that is
 * loaded with the array, says which. Others can't be tail-called through it.
 */
#ifndef ALV_MAP_PROG_ARRAY_H
#define ALV_MAP_PROG_ARRAY_H

#include "map/map.h"

/* What programs that may tail-call each other have in common. */
struct alv_tail_kind {
	u32 type;
	u32 expected_attach_type;
	bool xdp_has_frags;
};

/* What every object of ALV_KIND_PROG begins with. */
struct alv_tail_target {
	struct alv_object obj;
	struct alv_tail_kind tail;
};

/* -EINVAL: the array belongs to programs of another kind. */
int alv_prog_array_own(struct alv_map *map, const struct alv_tail_kind *kind);
/* Whose it is; false: nobody's, or no prog array. */
bool alv_prog_array_owner(struct alv_map *map, struct alv_tail_kind *ret_kind);

#endif

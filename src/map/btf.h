/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of a map's keys and values: MAP_CREATE's btf_fd and type ids. */
#ifndef ALV_MAP_BTF_H
#define ALV_MAP_BTF_H

#include "map/map.h"

struct alv_btf_object;

/* What MAP_CREATE said: ids of types of obj; key 0: none. */
struct alv_map_types {
	struct alv_btf_object *obj;
	u32 key;
	u32 value; /* 0: the map just keeps the BTF */
};

/*
 * Give a map that nobody has seen its types, and with them the special fields of
 * its values. The map takes a reference to the object. -EINVAL: they do not fit
 * the map; -ENOTSUPP: its type takes none; -EOPNOTSUPP: it takes no such fields;
 * -EACCES: programs could not reach them; -EPERM: not with this authority.
 */
int alv_map_set_types(struct alv_map *map, const struct alv_map_types *types,
		      bool may_bpf);

/* check_btf of arrays, of LPM tries and of bloom filters. */
int alv_map_check_array_btf(const struct alv_map *map, const struct alv_btf *btf,
			    u32 key_type, u32 value_type);
int alv_map_check_trie_btf(const struct alv_map *map, const struct alv_btf *btf,
			   u32 key_type, u32 value_type);
int alv_map_check_keyless_btf(const struct alv_map *map, const struct alv_btf *btf,
			      u32 key_type, u32 value_type);

#endif

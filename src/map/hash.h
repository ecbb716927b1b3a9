/* SPDX-License-Identifier: BSD-2-Clause */
/* The update of hash tables whose elements are replaced as a whole. */
#ifndef ALV_MAP_HASH_H
#define ALV_MAP_HASH_H

#include "map/htab.h"

/* Fill in the value of an element that nobody sees yet. */
typedef void alv_hash_store_fn(struct alv_htab *htab, u32 index, const void *value);

/* -EEXIST, -ENOENT: by flags; -E2BIG: full; -ENOMEM. */
int alv_hash_put(struct alv_htab *htab, const void *key, const void *value, u64 flags,
		 alv_hash_store_fn *store);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An id space: ids go up from 1 and start again after INT_MAX, like the
 * kernel's, so an id is not met again soon. Kept as an array sorted by id:
 * births append, lookups and "next id" are binary searches. What is found below
 * an id is the owner's business; inotify watches are kept like this, too.
 */
#ifndef ALV_OBJECT_IDS_H
#define ALV_OBJECT_IDS_H

#include "base/types.h"

struct alv_ids {
	struct alv_ids_slot {
		u32 id;
		void *obj;
	} *slots;
	size_t count;
	size_t capacity;
	u32 last; /* the id given last */
};

void alv_ids_fini(struct alv_ids *ids);
/* Give the next free id. -ENOMEM, -ENOSPC: every id is taken. */
int alv_ids_add(struct alv_ids *ids, void *obj, u32 *ret_id);
/* Put an object below an id that somebody else gave and that is free. -ENOMEM. */
int alv_ids_insert(struct alv_ids *ids, u32 id, void *obj);
void alv_ids_remove(struct alv_ids *ids, u32 id);
/* NULL: none. */
void *alv_ids_find(const struct alv_ids *ids, u32 id);
/* The slot with the lowest id above `after`; NULL: none. */
const struct alv_ids_slot *alv_ids_next(const struct alv_ids *ids, u32 after);

#endif

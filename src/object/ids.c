/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/ids.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void alv_ids_fini(struct alv_ids *ids)
{
	free(ids->slots);
	*ids = (struct alv_ids){};
}

/* Index of the first slot whose id is not below `id`. */
static size_t ids_lower_bound(const struct alv_ids *ids, u32 id)
{
	size_t low = 0, high = ids->count;

	/* Births append: most searches of a young id space end at its end. */
	if (high && ids->slots[high - 1].id < id)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ids->slots[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int ids_grow(struct alv_ids *ids)
{
	size_t capacity = ids->capacity ? 2 * ids->capacity : 16;
	void *slots;

	if (ids->count < ids->capacity)
		return 0;
	slots = realloc(ids->slots, capacity * sizeof(*ids->slots));
	if (!slots)
		return -ENOMEM;
	ids->slots = slots;
	ids->capacity = capacity;
	return 0;
}

int alv_ids_insert(struct alv_ids *ids, u32 id, void *obj)
{
	size_t at = ids_lower_bound(ids, id);
	int err = ids_grow(ids);

	if (err)
		return err;
	memmove(&ids->slots[at + 1], &ids->slots[at],
		(ids->count - at) * sizeof(*ids->slots));
	ids->slots[at].id = id;
	ids->slots[at].obj = obj;
	ids->count++;
	return 0;
}

int alv_ids_add(struct alv_ids *ids, void *obj, u32 *ret_id)
{
	u32 id = ids->last;
	int err;

	if (ids->count >= INT_MAX - 1)
		return -ENOSPC;
	do
		id = id >= INT_MAX - 1 ? 1 : id + 1;
	while (alv_ids_find(ids, id));
	err = alv_ids_insert(ids, id, obj);
	if (err)
		return err;
	ids->last = id;
	*ret_id = id;
	return 0;
}

void alv_ids_remove(struct alv_ids *ids, u32 id)
{
	size_t at = ids_lower_bound(ids, id);

	if (at == ids->count || ids->slots[at].id != id)
		return;
	ids->count--;
	memmove(&ids->slots[at], &ids->slots[at + 1],
		(ids->count - at) * sizeof(*ids->slots));
}

void *alv_ids_find(const struct alv_ids *ids, u32 id)
{
	size_t at = ids_lower_bound(ids, id);

	return at < ids->count && ids->slots[at].id == id ? ids->slots[at].obj : NULL;
}

const struct alv_ids_slot *alv_ids_next(const struct alv_ids *ids, u32 after)
{
	size_t at = after == UINT32_MAX ? ids->count : ids_lower_bound(ids, after + 1);

	return at < ids->count ? &ids->slots[at] : NULL;
}

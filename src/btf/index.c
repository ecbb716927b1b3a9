/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open addressing, at most half full. A slot holds the id of the first type of
 * its name and kind. Racing first lookups may each make an index: all but one
 * are thrown away.
 *
 * Names come from clients, so the hash has a secret: a name is the coefficients
 * of a polynomial over the integers modulo the prime 2^61 - 1, evaluated at a
 * random point. Two names of n characters meet with a chance of at most n / 2^61,
 * whoever chose them.
 */
#include "btf/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/atomic.h"

struct alv_btf_index {
	u64 point;
	u32 mask;
	u32 slots[]; /* 0: free */
};

#define PRIME ((1ull << 61) - 1)

/* a * b modulo PRIME, for a and b below it. */
static u64 multiply(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	u64 sum = (u64)(product & PRIME) + (u64)(product >> 61);

	return sum >= PRIME ? sum - PRIME : sum;
}

static u32 hash_name(const struct alv_btf_index *index, const char *name, u32 kind)
{
	u64 hash = kind + 1;

	for (; *name; name++) {
		hash = multiply(hash, index->point) + (u8)*name;
		if (hash >= PRIME)
			hash -= PRIME;
	}
	return (u32)(hash ^ hash >> 32) & index->mask;
}

static bool has_name(const struct alv_btf *btf, const struct btf_type *type,
		     const char *name, u32 kind)
{
	return alv_btf_is(type, kind) &&
	       !strcmp(alv_btf_string(btf, type->name_off), name);
}

/* The slot of a name: where it is, or the free one where it would be. */
static u32 *index_slot(struct alv_btf_index *index, const struct alv_btf *btf,
		       const char *name, u32 kind)
{
	u32 at = hash_name(index, name, kind);

	while (index->slots[at] &&
	       !has_name(btf, alv_btf_type(btf, index->slots[at]), name, kind))
		at = (at + 1) & index->mask;
	return &index->slots[at];
}

static void index_add(struct alv_btf_index *index, const struct alv_btf *btf, u32 id)
{
	const struct btf_type *type = alv_btf_type(btf, id);
	const char *name = alv_btf_string(btf, type->name_off);
	u32 *slot;

	if (!name)
		return;
	slot = index_slot(index, btf, name, alv_btf_kind(type));
	if (!*slot)
		*slot = id;
}

static struct alv_btf_index *index_new(const struct alv_btf *btf)
{
	struct alv_btf_index *index;
	u32 slots = 16;

	while (slots < btf->count * 2)
		slots *= 2;
	index = calloc(1, sizeof(*index) + (size_t)slots * sizeof(index->slots[0]));
	if (!index)
		return NULL;
	index->mask = slots - 1;
	if (getrandom(&index->point, sizeof(index->point), 0) != sizeof(index->point)) {
		free(index);
		return NULL;
	}
	index->point %= PRIME;
	for (u32 i = 0; i < btf->count; i++)
		index_add(index, btf, btf->first_id + i);
	return index;
}

void alv_btf_index_free(struct alv_btf_index *index)
{
	free(index);
}

static struct alv_btf_index *index_get(const struct alv_btf *btf)
{
	/* The index alone changes in a BTF, and only from none to one. */
	struct alv_btf_index **place = (struct alv_btf_index **)&btf->index;
	struct alv_btf_index *index = alv_load_acquire(place);
	struct alv_btf_index *seen = NULL;

	if (index)
		return index;
	index = index_new(btf);
	if (!index || alv_cas_acq_rel(place, &seen, index))
		return index;
	alv_btf_index_free(index);
	return seen;
}

int alv_btf_find(const struct alv_btf *btf, const char *name, u32 kind, u32 *ret_id)
{
	struct alv_btf_index *index;
	u32 id;

	if (btf->base) {
		int err = alv_btf_find(btf->base, name, kind, ret_id);

		if (err != -ENOENT)
			return err;
	}
	index = index_get(btf);
	if (!index)
		return -ENOMEM;
	id = *index_slot(index, btf, name, kind);
	if (!id)
		return -ENOENT;
	*ret_id = id;
	return 0;
}

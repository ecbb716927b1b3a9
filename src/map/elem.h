/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An element of a hash table. Readers look at elements without a lock, and an
 * element may be taken out and used again while they do; the generation tells:
 * odd while key and value are being written, and never the same again.
 *
 *	writer: W(gen odd) ; W_rel(hash, key, value) ... ; W_rel(gen even)
 *	reader: R_acq(gen) ; R_acq(hash, key, value) ... ; R(gen)
 *
 * A reader that saw one byte of a writer's sees, behind the acquire, at least its
 * odd gen: so two equal even values mean that nothing in between was half new.
 */
#ifndef ALV_MAP_ELEM_H
#define ALV_MAP_ELEM_H

#include "base/atomic.h"
#include "map/key.h"

struct alv_elem {
	u32 next; /* in its bucket; 0: the last */
	u32 hash;
	u32 gen;
	union {
		u32 link;	/* in the pool */
		u32 referenced; /* LRU: looked up by a program since it was last moved */
	};
	u64 key[]; /* then the value, unless it is per CPU */
};

/* Start to write an element that is in no bucket. */
static inline void alv_elem_open(struct alv_elem *elem, u32 hash, const void *key,
				 u32 key_size)
{
	alv_store_relaxed(&elem->gen, alv_load_relaxed(&elem->gen) + 1);
	alv_store_release(&elem->hash, hash);
	alv_key_store(elem->key, key, key_size);
}

static inline void alv_elem_close(struct alv_elem *elem)
{
	alv_store_release(&elem->gen, alv_load_relaxed(&elem->gen) + 1);
}

/* Lock-free: does it hold this key? *ret_gen then says in which generation. */
static inline bool alv_elem_is(const struct alv_elem *elem, u32 hash, const void *key,
			       u32 key_size, u32 *ret_gen)
{
	u32 gen = alv_load_acquire(&elem->gen);

	if (alv_load_acquire(&elem->hash) != hash || gen & 1 ||
	    !alv_key_equal(elem->key, key, key_size) ||
	    alv_load_relaxed(&elem->gen) != gen)
		return false;
	*ret_gen = gen;
	return true;
}

#endif

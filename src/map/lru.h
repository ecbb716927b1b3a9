/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which elements of a table are free, and which go when none is: lists of u32
 * indices, approximately ordered by use as the kernel orders them, since tests
 * and programs can tell which keys survive.
 *
 * Either all CPUs share one set of lists, with batches of free elements and of
 * fresh ones ("pending") kept by each CPU; or each CPU has its own set and its
 * own part of the elements (BPF_F_NO_COMMON_LRU).
 *
 * Locks: a local's, then a list's, then a bucket's of the table (in evict()).
 */
#ifndef ALV_MAP_LRU_H
#define ALV_MAP_LRU_H

#include "base/types.h"
#include "map/elem.h"

struct alv_lru_node {
	u32 prev, next;
	u16 cpu; /* whose pending list, or whose set, it is in */
	u8 where;
};

struct alv_lru_list {
	u32 lock;
	u32 active, inactive, free; /* nodes that are the heads of lists */
	u32 n_active, n_inactive;
	u32 rotation;	/* where the next rotation of the inactive list begins */
	u32 fresh, end; /* elements that were never used: fresh ... end - 1 */
};

struct alv_lru_local {
	u32 lock;
	u32 free, pending; /* heads */
	u32 next_steal;	   /* the CPU to steal from next */
};

struct alv_lru {
	struct alv_lru_node *nodes; /* by index; heads of lists behind the elements */
	u8 *elems;
	u32 elem_size;
	u32 n_cpus;
	u32 n_scans;
	u32 target_free;
	struct alv_lru_list *lists;   /* one, or one for each CPU */
	struct alv_lru_local *locals; /* for each CPU; NULL: each has its own list */
	/* Take an element out of the table. False: it is not in there (yet). */
	bool (*evict)(void *table, u32 index);
	void *table;
};

struct alv_lru_config {
	u32 n_elems; /* indices 1 ... n_elems */
	u32 n_cpus;
	bool common;
	bool early_target; /* before 6.17: batches are of one size for maps of all sizes
			    */
	u8 *elems;
	u32 elem_size;
	struct alv_lru_node *nodes; /* zero */
	bool (*evict)(void *table, u32 index);
	void *table;
};

/* How many nodes alv_lru_new() wants: elements and heads. */
u64 alv_lru_node_count(u32 n_elems, u32 n_cpus, bool common);
int alv_lru_new(const struct alv_lru_config *config, struct alv_lru **ret_lru);
void alv_lru_free(struct alv_lru *lru);

/*
 * An element to be used for a key of this hash, if need be another's. Its hash
 * is set, so that others may try to evict it already. 0: none to be had.
 */
u32 alv_lru_pop(struct alv_lru *lru, u32 cpu, u32 hash);
/* An element that is in the table no more. */
void alv_lru_push(struct alv_lru *lru, u32 index);

static inline void alv_lru_touch(struct alv_elem *elem)
{
	if (!alv_load_relaxed(&elem->referenced))
		alv_store_relaxed(&elem->referenced, 1u);
}

#endif

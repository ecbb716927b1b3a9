/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists of an LRU: circular ones of indices, and the moves within a set of them. */
#ifndef ALV_MAP_LRU_LIST_H
#define ALV_MAP_LRU_LIST_H

#include "map/lru.h"

/* Where a node is. */
enum {
	ALV_LRU_IN_ACTIVE = 1,
	ALV_LRU_IN_INACTIVE,
	ALV_LRU_IN_FREE,
	ALV_LRU_IN_LOCAL_FREE,
	ALV_LRU_IN_PENDING
};

static inline struct alv_elem *alv_lru_elem(const struct alv_lru *lru, u32 index)
{
	return (struct alv_elem *)(lru->elems + (u64)index * lru->elem_size);
}

static inline bool alv_lru_is_referenced(const struct alv_lru *lru, u32 index)
{
	return alv_load_relaxed(&alv_lru_elem(lru, index)->referenced);
}

static inline void alv_lru_forget(const struct alv_lru *lru, u32 index)
{
	alv_store_relaxed(&alv_lru_elem(lru, index)->referenced, 0u);
}

/* Circular lists of indices; the head is a node of its own. */

static inline void alv_lru_list_init(struct alv_lru *lru, u32 head)
{
	lru->nodes[head].prev = head;
	lru->nodes[head].next = head;
}

static inline bool alv_lru_list_empty(const struct alv_lru *lru, u32 head)
{
	return lru->nodes[head].next == head;
}

static inline void alv_lru_list_del(struct alv_lru *lru, u32 index)
{
	struct alv_lru_node *node = &lru->nodes[index];

	lru->nodes[node->prev].next = node->next;
	lru->nodes[node->next].prev = node->prev;
}

static inline void alv_lru_list_add(struct alv_lru *lru, u32 head, u32 index)
{
	struct alv_lru_node *node = &lru->nodes[index];

	node->prev = head;
	node->next = lru->nodes[head].next;
	lru->nodes[node->next].prev = index;
	lru->nodes[head].next = index;
}

/* Others look at `where` without our lock to find out which lock they need. */
static inline void alv_lru_set_where(struct alv_lru *lru, u32 index, u8 where)
{
	alv_store_relaxed(&lru->nodes[index].where, where);
}

/* Within a set, under its lock. */

/* Where freed elements go: the free list of a set, or of a CPU. */
struct alv_lru_sink {
	u32 head;
	u8 where;
};

/* Put a node that is in no list into one of the set's. Its reference is forgotten. */
void alv_lru_enter(struct alv_lru *lru, struct alv_lru_list *list, u32 index, u8 where);
/* The same for one that is in another list of the set. */
void alv_lru_move(struct alv_lru *lru, struct alv_lru_list *list, u32 index, u8 where);
/* Let elements be active or inactive as their reference bits say; some of them. */
void alv_lru_rotate(struct alv_lru *lru, struct alv_lru_list *list);
/* Evict up to `wanted` elements, at least one if any can be. */
void alv_lru_shrink(struct alv_lru *lru, struct alv_lru_list *list, u32 wanted,
		    const struct alv_lru_sink *sink);
/* Move a free element of the set to a sink. False: it has none. */
bool alv_lru_take_free(struct alv_lru *lru, struct alv_lru_list *list,
		       const struct alv_lru_sink *sink);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set's lists: active, inactive, free. The scans go from the oldest element on,
 * and look at no more than n_scans.
 */
#include "map/lru_list.h"

static u32 *counter_of(struct alv_lru_list *list, u8 where)
{
	if (where == ALV_LRU_IN_ACTIVE)
		return &list->n_active;
	return where == ALV_LRU_IN_INACTIVE ? &list->n_inactive : NULL;
}

static u32 head_of(const struct alv_lru_list *list, u8 where)
{
	if (where == ALV_LRU_IN_ACTIVE)
		return list->active;
	return where == ALV_LRU_IN_INACTIVE ? list->inactive : list->free;
}

static void count(struct alv_lru_list *list, u8 where, int by)
{
	u32 *counter = counter_of(list, where);

	if (counter)
		*counter += (u32)by;
}

/* Take a node out of the set's lists. */
static void list_leave(struct alv_lru *lru, struct alv_lru_list *list, u32 index)
{
	if (list->rotation == index)
		list->rotation = lru->nodes[index].prev;
	count(list, lru->nodes[index].where, -1);
	alv_lru_list_del(lru, index);
}

void alv_lru_enter(struct alv_lru *lru, struct alv_lru_list *list, u32 index, u8 where)
{
	count(list, where, 1);
	alv_lru_set_where(lru, index, where);
	alv_lru_forget(lru, index);
	alv_lru_list_add(lru, head_of(list, where), index);
}

void alv_lru_move(struct alv_lru *lru, struct alv_lru_list *list, u32 index, u8 where)
{
	list_leave(lru, list, index);
	alv_lru_enter(lru, list, index, where);
}

/* Active elements from the tail on: those without a reference become inactive. */
static void rotate_active(struct alv_lru *lru, struct alv_lru_list *list)
{
	u32 first = lru->nodes[list->active].next;
	u32 index = lru->nodes[list->active].prev, prev;

	for (u32 i = 0; i < lru->n_scans && index != list->active; i++, index = prev) {
		prev = lru->nodes[index].prev;
		alv_lru_move(lru, list, index,
			     alv_lru_is_referenced(lru, index) ? ALV_LRU_IN_ACTIVE
							       : ALV_LRU_IN_INACTIVE);
		if (index == first)
			return;
	}
}

/* Inactive elements, on from where it ended last time: referenced ones become active. */
static void rotate_inactive(struct alv_lru *lru, struct alv_lru_list *list)
{
	u32 head = list->inactive, at = list->rotation, next = head, last;

	if (alv_lru_list_empty(lru, head))
		return;
	last = lru->nodes[list->rotation].next;
	if (last == head)
		last = lru->nodes[head].next;
	for (u32 i = 0; i < lru->n_scans;) {
		if (at == head) {
			at = lru->nodes[head].prev;
			continue;
		}
		next = lru->nodes[at].prev;
		if (alv_lru_is_referenced(lru, at))
			alv_lru_move(lru, list, at, ALV_LRU_IN_ACTIVE);
		if (at == last)
			break;
		at = next;
		i++;
	}
	list->rotation = next;
}

void alv_lru_rotate(struct alv_lru *lru, struct alv_lru_list *list)
{
	if (list->n_inactive < list->n_active)
		rotate_active(lru, list);
	rotate_inactive(lru, list);
}

static void move_to_sink(struct alv_lru *lru, struct alv_lru_list *list, u32 index,
			 const struct alv_lru_sink *sink)
{
	list_leave(lru, list, index);
	alv_lru_set_where(lru, index, sink->where);
	alv_lru_list_add(lru, sink->head, index);
}

/* Free up to `wanted` inactive elements without a reference; the others become active. */
static u32 shrink_inactive(struct alv_lru *lru, struct alv_lru_list *list, u32 wanted,
			   const struct alv_lru_sink *sink)
{
	u32 index = lru->nodes[list->inactive].prev, freed = 0, prev;

	for (u32 i = 0; i < lru->n_scans && index != list->inactive; i++, index = prev) {
		prev = lru->nodes[index].prev;
		if (alv_lru_is_referenced(lru, index)) {
			alv_lru_move(lru, list, index, ALV_LRU_IN_ACTIVE);
		} else if (lru->evict(lru->table, index)) {
			move_to_sink(lru, list, index, sink);
			if (++freed == wanted)
				break;
		}
	}
	return freed;
}

/* Nothing without a reference: free the oldest one all the same. */
static void shrink_by_force(struct alv_lru *lru, struct alv_lru_list *list,
			    const struct alv_lru_sink *sink)
{
	u32 head =
		alv_lru_list_empty(lru, list->inactive) ? list->active : list->inactive;

	for (u32 index = lru->nodes[head].prev; index != head;
	     index = lru->nodes[index].prev) {
		if (!lru->evict(lru->table, index))
			continue;
		move_to_sink(lru, list, index, sink);
		return;
	}
}

void alv_lru_shrink(struct alv_lru *lru, struct alv_lru_list *list, u32 wanted,
		    const struct alv_lru_sink *sink)
{
	if (!shrink_inactive(lru, list, wanted, sink))
		shrink_by_force(lru, list, sink);
}

bool alv_lru_take_free(struct alv_lru *lru, struct alv_lru_list *list,
		       const struct alv_lru_sink *sink)
{
	if (!alv_lru_list_empty(lru, list->free)) {
		move_to_sink(lru, list, lru->nodes[list->free].next, sink);
		return true;
	}
	if (list->fresh == list->end)
		return false;
	alv_lru_set_where(lru, list->fresh, sink->where);
	alv_lru_list_add(lru, sink->head, list->fresh);
	list->fresh++;
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An element's way: free, pending at the CPU that took it, inactive, then between
 * active and inactive as its reference bit says, and free again from the tail of
 * the inactive list. Elements that were never used are a counter beside the free
 * list instead of entries of it.
 *
 * Counterpart: kernel/bpf/bpf_lru_list.c, whose choices (how many are scanned,
 * where a scan begins, what a full table does) are repeated here.
 */
#include "map/lru.h"

#include <errno.h>
#include <stdlib.h>

#include "base/spin.h"

#define COMMON_TARGET 128
#define PERCPU_TARGET 4

/* Where a node is. */
enum { IN_ACTIVE = 1, IN_INACTIVE, IN_FREE, IN_LOCAL_FREE, IN_PENDING };

static struct alv_elem *elem_of(const struct alv_lru *lru, u32 index)
{
	return (struct alv_elem *)(lru->elems + (u64)index * lru->elem_size);
}

static bool is_referenced(const struct alv_lru *lru, u32 index)
{
	return alv_load_relaxed(&elem_of(lru, index)->referenced);
}

static void forget_reference(const struct alv_lru *lru, u32 index)
{
	alv_store_relaxed(&elem_of(lru, index)->referenced, 0u);
}

/* Circular lists of indices; the head is a node of its own. */

static void list_init(struct alv_lru *lru, u32 head)
{
	lru->nodes[head].prev = head;
	lru->nodes[head].next = head;
}

static bool list_empty(const struct alv_lru *lru, u32 head)
{
	return lru->nodes[head].next == head;
}

static void list_del(struct alv_lru *lru, u32 index)
{
	struct alv_lru_node *node = &lru->nodes[index];

	lru->nodes[node->prev].next = node->next;
	lru->nodes[node->next].prev = node->prev;
}

static void list_add(struct alv_lru *lru, u32 head, u32 index)
{
	struct alv_lru_node *node = &lru->nodes[index];

	node->prev = head;
	node->next = lru->nodes[head].next;
	lru->nodes[node->next].prev = index;
	lru->nodes[head].next = index;
}

/* Others look at `where` without our lock to find out which lock they need. */
static void set_where(struct alv_lru *lru, u32 index, u8 where)
{
	alv_store_relaxed(&lru->nodes[index].where, where);
}

/* Lists of one set, under its lock. */

static u32 *counter_of(struct alv_lru_list *list, u8 where)
{
	if (where == IN_ACTIVE)
		return &list->n_active;
	return where == IN_INACTIVE ? &list->n_inactive : NULL;
}

static u32 head_of(const struct alv_lru_list *list, u8 where)
{
	if (where == IN_ACTIVE)
		return list->active;
	return where == IN_INACTIVE ? list->inactive : list->free;
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
	list_del(lru, index);
}

/* Put a node that is in no list into one of the set's. Its reference is forgotten. */
static void list_enter(struct alv_lru *lru, struct alv_lru_list *list, u32 index,
		       u8 where)
{
	count(list, where, 1);
	set_where(lru, index, where);
	forget_reference(lru, index);
	list_add(lru, head_of(list, where), index);
}

static void list_move(struct alv_lru *lru, struct alv_lru_list *list, u32 index, u8 where)
{
	list_leave(lru, list, index);
	list_enter(lru, list, index, where);
}

/* Active elements from the tail on: those without a reference become inactive. */
static void rotate_active(struct alv_lru *lru, struct alv_lru_list *list)
{
	u32 first = lru->nodes[list->active].next;
	u32 index = lru->nodes[list->active].prev, prev;

	for (u32 i = 0; i < lru->n_scans && index != list->active; i++, index = prev) {
		prev = lru->nodes[index].prev;
		list_move(lru, list, index,
			  is_referenced(lru, index) ? IN_ACTIVE : IN_INACTIVE);
		if (index == first)
			return;
	}
}

/* Inactive elements, on from where it ended last time: referenced ones become active. */
static void rotate_inactive(struct alv_lru *lru, struct alv_lru_list *list)
{
	u32 head = list->inactive, at = list->rotation, next = head, last;

	if (list_empty(lru, head))
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
		if (is_referenced(lru, at))
			list_move(lru, list, at, IN_ACTIVE);
		if (at == last)
			break;
		at = next;
		i++;
	}
	list->rotation = next;
}

static void rotate(struct alv_lru *lru, struct alv_lru_list *list)
{
	if (list->n_inactive < list->n_active)
		rotate_active(lru, list);
	rotate_inactive(lru, list);
}

/* Where freed elements go: the free list of a set, or of a CPU. */
struct sink {
	u32 head;
	u8 where;
};

static void move_to_sink(struct alv_lru *lru, struct alv_lru_list *list, u32 index,
			 const struct sink *sink)
{
	list_leave(lru, list, index);
	set_where(lru, index, sink->where);
	list_add(lru, sink->head, index);
}

/* Free up to `wanted` inactive elements without a reference; the others become active. */
static u32 shrink_inactive(struct alv_lru *lru, struct alv_lru_list *list, u32 wanted,
			   const struct sink *sink)
{
	u32 index = lru->nodes[list->inactive].prev, freed = 0, prev;

	for (u32 i = 0; i < lru->n_scans && index != list->inactive; i++, index = prev) {
		prev = lru->nodes[index].prev;
		if (is_referenced(lru, index)) {
			list_move(lru, list, index, IN_ACTIVE);
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
			    const struct sink *sink)
{
	u32 head = list_empty(lru, list->inactive) ? list->active : list->inactive;

	for (u32 index = lru->nodes[head].prev; index != head;
	     index = lru->nodes[index].prev) {
		if (!lru->evict(lru->table, index))
			continue;
		move_to_sink(lru, list, index, sink);
		return;
	}
}

static void shrink(struct alv_lru *lru, struct alv_lru_list *list, u32 wanted,
		   const struct sink *sink)
{
	if (!shrink_inactive(lru, list, wanted, sink))
		shrink_by_force(lru, list, sink);
}

/* Move a free element of the set to a sink. */
static bool take_free(struct alv_lru *lru, struct alv_lru_list *list,
		      const struct sink *sink)
{
	if (!list_empty(lru, list->free)) {
		move_to_sink(lru, list, lru->nodes[list->free].next, sink);
		return true;
	}
	if (list->fresh == list->end)
		return false;
	set_where(lru, list->fresh, sink->where);
	list_add(lru, sink->head, list->fresh);
	list->fresh++;
	return true;
}

/* Each CPU its own set. */

static u32 percpu_pop(struct alv_lru *lru, u32 cpu, u32 hash)
{
	struct alv_lru_list *list = &lru->lists[cpu];
	const struct sink sink = {.head = list->free, .where = IN_FREE};
	u32 index = 0;

	alv_spin_lock(&list->lock);
	rotate(lru, list);
	if (list_empty(lru, list->free) && !take_free(lru, list, &sink))
		shrink(lru, list, PERCPU_TARGET, &sink);
	if (!list_empty(lru, list->free)) {
		index = lru->nodes[list->free].next;
		lru->nodes[index].cpu = (u16)cpu;
		alv_store_release(&elem_of(lru, index)->hash, hash);
		list_move(lru, list, index, IN_INACTIVE);
	}
	alv_spin_unlock(&list->lock);
	return index;
}

/* One set for all, and each CPU's free and pending elements. */

static void flush_pending(struct alv_lru *lru, struct alv_lru_local *local)
{
	while (!list_empty(lru, local->pending)) {
		u32 index = lru->nodes[local->pending].prev;

		list_del(lru, index);
		list_enter(lru, lru->lists, index,
			   is_referenced(lru, index) ? IN_ACTIVE : IN_INACTIVE);
	}
}

/* Under the local's lock: get it free elements from all CPUs' set. */
static void refill(struct alv_lru *lru, struct alv_lru_local *local)
{
	const struct sink sink = {.head = local->free, .where = IN_LOCAL_FREE};
	struct alv_lru_list *list = lru->lists;
	u32 got = 0;

	alv_spin_lock(&list->lock);
	flush_pending(lru, local);
	rotate(lru, list);
	while (got < lru->target_free && take_free(lru, list, &sink))
		got++;
	if (got < lru->target_free)
		shrink(lru, list, lru->target_free - got, &sink);
	alv_spin_unlock(&list->lock);
}

static u32 local_pop_free(struct alv_lru *lru, struct alv_lru_local *local)
{
	u32 index = lru->nodes[local->free].next;

	if (index == local->free)
		return 0;
	list_del(lru, index);
	return index;
}

/* The oldest pending element without a reference, else the oldest. */
static u32 local_pop_pending(struct alv_lru *lru, struct alv_lru_local *local)
{
	for (int force = 0; force < 2; force++) {
		u32 index = lru->nodes[local->pending].prev;

		for (; index != local->pending; index = lru->nodes[index].prev) {
			if (!force && is_referenced(lru, index))
				continue;
			if (!lru->evict(lru->table, index))
				continue;
			list_del(lru, index);
			return index;
		}
	}
	return 0;
}

static void local_add_pending(struct alv_lru *lru, u32 cpu, u32 index, u32 hash)
{
	alv_store_release(&elem_of(lru, index)->hash, hash);
	alv_store_relaxed(&lru->nodes[index].cpu, (u16)cpu);
	set_where(lru, index, IN_PENDING);
	forget_reference(lru, index);
	list_add(lru, lru->locals[cpu].pending, index);
}

/* From any CPU's free or pending elements, ours first, then on from the last victim. */
static u32 steal(struct alv_lru *lru, struct alv_lru_local *thief)
{
	u32 first = alv_load_relaxed(&thief->next_steal), cpu = first, index;

	do {
		struct alv_lru_local *local = &lru->locals[cpu];

		alv_spin_lock(&local->lock);
		index = local_pop_free(lru, local);
		if (!index)
			index = local_pop_pending(lru, local);
		alv_spin_unlock(&local->lock);
		cpu = (cpu + 1) % lru->n_cpus;
	} while (!index && cpu != first);
	alv_store_relaxed(&thief->next_steal, cpu);
	return index;
}

static u32 common_pop(struct alv_lru *lru, u32 cpu, u32 hash)
{
	struct alv_lru_local *local = &lru->locals[cpu];
	u32 index;

	alv_spin_lock(&local->lock);
	index = local_pop_free(lru, local);
	if (!index) {
		refill(lru, local);
		index = local_pop_free(lru, local);
	}
	if (index)
		local_add_pending(lru, cpu, index, hash);
	alv_spin_unlock(&local->lock);
	if (index)
		return index;

	index = steal(lru, local);
	if (index) {
		alv_spin_lock(&local->lock);
		local_add_pending(lru, cpu, index, hash);
		alv_spin_unlock(&local->lock);
	}
	return index;
}

u32 alv_lru_pop(struct alv_lru *lru, u32 cpu, u32 hash)
{
	return lru->locals ? common_pop(lru, cpu, hash) : percpu_pop(lru, cpu, hash);
}

/*
 * A pending element goes back to the CPU that has it. It may be flushed between
 * our look and our lock; it can't become pending again, as it is ours.
 */
static bool push_pending(struct alv_lru *lru, u32 index)
{
	struct alv_lru_node *node = &lru->nodes[index];
	struct alv_lru_local *local;
	bool pending;

	if (alv_load_relaxed(&node->where) != IN_PENDING)
		return false;
	local = &lru->locals[alv_load_relaxed(&node->cpu)];
	alv_spin_lock(&local->lock);
	/* Whoever holds the set may be moving it about, but then it is pending no more. */
	pending = alv_load_relaxed(&node->where) == IN_PENDING;
	if (pending) {
		list_del(lru, index);
		set_where(lru, index, IN_LOCAL_FREE);
		forget_reference(lru, index);
		list_add(lru, local->free, index);
	}
	alv_spin_unlock(&local->lock);
	return pending;
}

void alv_lru_push(struct alv_lru *lru, u32 index)
{
	struct alv_lru_list *list = lru->lists;

	if (lru->locals) {
		if (push_pending(lru, index))
			return;
	} else {
		list = &lru->lists[lru->nodes[index].cpu];
	}
	alv_spin_lock(&list->lock);
	list_move(lru, list, index, IN_FREE);
	alv_spin_unlock(&list->lock);
}

/* Making one. */

#define HEADS_OF_LIST  3
#define HEADS_OF_LOCAL 2

u64 alv_lru_node_count(u32 n_elems, u32 n_cpus, bool common)
{
	u64 heads = common ? HEADS_OF_LIST + (u64)n_cpus * HEADS_OF_LOCAL
			   : (u64)n_cpus * HEADS_OF_LIST;

	return 1 + (u64)n_elems + heads;
}

static u32 new_head(struct alv_lru *lru, u32 *next)
{
	list_init(lru, *next);
	return (*next)++;
}

static void set_init(struct alv_lru *lru, struct alv_lru_list *list, u32 *next_head)
{
	list->active = new_head(lru, next_head);
	list->inactive = new_head(lru, next_head);
	list->free = new_head(lru, next_head);
	list->rotation = list->inactive;
}

static void init_common(struct alv_lru *lru, const struct alv_lru_config *config)
{
	u32 head = config->n_elems + 1;
	u32 share = config->n_elems / config->n_cpus / 2;

	lru->n_scans = COMMON_TARGET;
	lru->target_free = COMMON_TARGET;
	if (!config->early_target && share < COMMON_TARGET)
		lru->target_free = share ? share : 1;
	set_init(lru, lru->lists, &head);
	lru->lists->fresh = 1;
	lru->lists->end = config->n_elems + 1;
	for (u32 cpu = 0; cpu < config->n_cpus; cpu++) {
		lru->locals[cpu].free = new_head(lru, &head);
		lru->locals[cpu].pending = new_head(lru, &head);
		lru->locals[cpu].next_steal = cpu;
	}
}

static void init_percpu(struct alv_lru *lru, const struct alv_lru_config *config)
{
	u32 head = config->n_elems + 1;
	u32 share = config->n_elems / config->n_cpus;

	lru->n_scans = PERCPU_TARGET;
	for (u32 cpu = 0; cpu < config->n_cpus; cpu++) {
		set_init(lru, &lru->lists[cpu], &head);
		lru->lists[cpu].fresh = 1 + cpu * share;
		lru->lists[cpu].end = 1 + (cpu + 1) * share;
	}
}

int alv_lru_new(const struct alv_lru_config *config, struct alv_lru **ret_lru)
{
	u32 n_lists = config->common ? 1 : config->n_cpus;
	struct alv_lru *lru = calloc(1, sizeof(*lru));

	if (!lru)
		return -ENOMEM;
	lru->nodes = config->nodes;
	lru->elems = config->elems;
	lru->elem_size = config->elem_size;
	lru->n_cpus = config->n_cpus;
	lru->evict = config->evict;
	lru->table = config->table;
	lru->lists = calloc(n_lists, sizeof(*lru->lists));
	if (config->common)
		lru->locals = calloc(config->n_cpus, sizeof(*lru->locals));
	if (!lru->lists || (config->common && !lru->locals)) {
		alv_lru_free(lru);
		return -ENOMEM;
	}
	if (config->common)
		init_common(lru, config);
	else
		init_percpu(lru, config);
	*ret_lru = lru;
	return 0;
}

void alv_lru_free(struct alv_lru *lru)
{
	if (!lru)
		return;
	free(lru->lists);
	free(lru->locals);
	free(lru);
}

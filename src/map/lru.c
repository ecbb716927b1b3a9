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
#include "map/lru_list.h"

#include <errno.h>
#include <stdlib.h>

#include "base/spin.h"

#define COMMON_TARGET 128
#define PERCPU_TARGET 4

/* Each CPU its own set. */

static u32 percpu_pop(struct alv_lru *lru, u32 cpu, u32 hash)
{
	struct alv_lru_list *list = &lru->lists[cpu];
	const struct alv_lru_sink sink = { .head = list->free, .where = ALV_LRU_IN_FREE };
	u32 index = 0;

	alv_spin_lock(&list->lock);
	alv_lru_rotate(lru, list);
	if (alv_lru_list_empty(lru, list->free) && !alv_lru_take_free(lru, list, &sink))
		alv_lru_shrink(lru, list, PERCPU_TARGET, &sink);
	if (!alv_lru_list_empty(lru, list->free)) {
		index = lru->nodes[list->free].next;
		lru->nodes[index].cpu = (u16)cpu;
		alv_store_release(&alv_lru_elem(lru, index)->hash, hash);
		alv_lru_move(lru, list, index, ALV_LRU_IN_INACTIVE);
	}
	alv_spin_unlock(&list->lock);
	return index;
}

/* One set for all, and each CPU's free and pending elements. */

static void flush_pending(struct alv_lru *lru, struct alv_lru_local *local)
{
	while (!alv_lru_list_empty(lru, local->pending)) {
		u32 index = lru->nodes[local->pending].prev;

		alv_lru_list_del(lru, index);
		alv_lru_enter(lru, lru->lists, index,
			      alv_lru_is_referenced(lru, index) ? ALV_LRU_IN_ACTIVE
								: ALV_LRU_IN_INACTIVE);
	}
}

/* Under the local's lock: get it free elements from all CPUs' set. */
static void refill(struct alv_lru *lru, struct alv_lru_local *local)
{
	const struct alv_lru_sink sink = { .head = local->free,
					   .where = ALV_LRU_IN_LOCAL_FREE };
	struct alv_lru_list *list = lru->lists;
	u32 got = 0;

	alv_spin_lock(&list->lock);
	flush_pending(lru, local);
	alv_lru_rotate(lru, list);
	while (got < lru->target_free && alv_lru_take_free(lru, list, &sink))
		got++;
	if (got < lru->target_free)
		alv_lru_shrink(lru, list, lru->target_free - got, &sink);
	alv_spin_unlock(&list->lock);
}

static u32 local_pop_free(struct alv_lru *lru, struct alv_lru_local *local)
{
	u32 index = lru->nodes[local->free].next;

	if (index == local->free)
		return 0;
	alv_lru_list_del(lru, index);
	return index;
}

/* The oldest pending element without a reference, else the oldest. */
static u32 local_pop_pending(struct alv_lru *lru, struct alv_lru_local *local)
{
	for (int force = 0; force < 2; force++) {
		u32 index = lru->nodes[local->pending].prev;

		for (; index != local->pending; index = lru->nodes[index].prev) {
			if (!force && alv_lru_is_referenced(lru, index))
				continue;
			if (!lru->evict(lru->table, index))
				continue;
			alv_lru_list_del(lru, index);
			return index;
		}
	}
	return 0;
}

static void local_add_pending(struct alv_lru *lru, u32 cpu, u32 index, u32 hash)
{
	alv_store_release(&alv_lru_elem(lru, index)->hash, hash);
	alv_store_relaxed(&lru->nodes[index].cpu, (u16)cpu);
	alv_lru_set_where(lru, index, ALV_LRU_IN_PENDING);
	alv_lru_forget(lru, index);
	alv_lru_list_add(lru, lru->locals[cpu].pending, index);
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

	if (alv_load_relaxed(&node->where) != ALV_LRU_IN_PENDING)
		return false;
	local = &lru->locals[alv_load_relaxed(&node->cpu)];
	alv_spin_lock(&local->lock);
	/* Whoever holds the set may be moving it about, but then it is pending no more.
	 */
	pending = alv_load_relaxed(&node->where) == ALV_LRU_IN_PENDING;
	if (pending) {
		alv_lru_list_del(lru, index);
		alv_lru_set_where(lru, index, ALV_LRU_IN_LOCAL_FREE);
		alv_lru_forget(lru, index);
		alv_lru_list_add(lru, local->free, index);
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
	alv_lru_move(lru, list, index, ALV_LRU_IN_FREE);
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
	alv_lru_list_init(lru, *next);
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

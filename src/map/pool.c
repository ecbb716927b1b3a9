/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why pop is safe although the top element may be taken, used and pushed again
 * between the load of its link and the exchange: every pop changes the tag, so
 * the exchange of an old (index, tag) fails. The link that was read meanwhile may
 * be anything, and is thrown away. Memory of elements never goes away.
 *
 *	pop:  R(top = i,t) ; R(link i) ; CAS(top: i,t -> link,t+1)
 *	push: R(top = j,t) ; W(link i = j) ; CAS(top: j,t -> i,t)
 *
 * A push may keep the tag: for a pop to succeed wrongly i must have left the
 * stack in between, which is another pop.
 */
#include "map/pool.h"

#include "base/atomic.h"

static u32 *link_of(struct alv_pool *pool, u32 index)
{
	return (u32 *)(pool->links + (u64)index * pool->stride);
}

void alv_pool_init(struct alv_pool *pool, u8 *links, u32 stride, u32 first, u32 last)
{
	*pool = (struct alv_pool){
		.links = links,
		.stride = stride,
		.first = first,
		.last = last,
		.fresh = first,
	};
}

static u32 stack_pop(struct alv_pool *pool, struct alv_stack *stack)
{
	u64 top = alv_load_acquire(&stack->top);
	u64 next;
	u32 index;

	do {
		index = (u32)top;
		if (!index)
			return 0;
		next = alv_load_relaxed(link_of(pool, index)) | ((top >> 32) + 1) << 32;
	} while (!alv_cas_acq_rel(&stack->top, &top, next));
	return index;
}

u32 alv_pool_pop_used(struct alv_pool *pool, u32 cpu)
{
	for (u32 i = 0; i < ALV_POOL_STACKS; i++) {
		u32 index = stack_pop(pool, &pool->stacks[(cpu + i) % ALV_POOL_STACKS]);

		if (index)
			return index;
	}
	return 0;
}

static u32 pop_fresh(struct alv_pool *pool)
{
	u32 fresh = alv_load_relaxed(&pool->fresh);

	while (fresh <= pool->last)
		if (alv_cas_acq_rel(&pool->fresh, &fresh, fresh + 1))
			return fresh;
	return 0;
}

u32 alv_pool_pop(struct alv_pool *pool, u32 cpu)
{
	u32 index = stack_pop(pool, &pool->stacks[cpu % ALV_POOL_STACKS]);

	if (!index)
		index = pop_fresh(pool);
	return index ? index : alv_pool_pop_used(pool, cpu);
}

void alv_pool_push(struct alv_pool *pool, u32 cpu, u32 index)
{
	struct alv_stack *stack = &pool->stacks[cpu % ALV_POOL_STACKS];
	u64 top = alv_load_relaxed(&stack->top);
	u64 next;

	do {
		alv_store_relaxed(link_of(pool, index), (u32)top);
		next = (top & ~(u64)UINT32_MAX) | index;
	} while (!alv_cas_acq_rel(&stack->top, &top, next));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The free elements of a hash table, by index. Elements that were never used
 * are a counter; used ones lie on stacks, one for each CPU up to a number, and a
 * stack that is empty is helped out by the others. Indices begin at 1.
 */
#ifndef ALV_MAP_POOL_H
#define ALV_MAP_POOL_H

#include "base/types.h"

#define ALV_POOL_STACKS 8

/*
 * A stack of free indices. The link of each is a u32 in its element. `top` holds
 * the index and, above it, a tag that changes with each pop.
 */
struct alv_stack {
	u64 top;
	u64 apart[7]; /* keeps CPUs' stacks in lines of their own */
};

struct alv_pool {
	u8 *links; /* the u32 of element i is at links + i * stride */
	u32 stride;
	u32 first; /* indices of this pool: first ... last */
	u32 last;
	u32 fresh; /* the next one that was never used */
	struct alv_stack stacks[ALV_POOL_STACKS];
};

void alv_pool_init(struct alv_pool *pool, u8 *links, u32 stride, u32 first, u32 last);
/* An index, 0: all are in use. */
u32 alv_pool_pop(struct alv_pool *pool, u32 cpu);
/* The same, of those that have been used before. */
u32 alv_pool_pop_used(struct alv_pool *pool, u32 cpu);
void alv_pool_push(struct alv_pool *pool, u32 cpu, u32 index);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of a trie of prefixes: their layout in the flat region, and which
 * of them are free.
 *
 * A node's index counts units of 16 bytes from the region's start; 0 is none. A
 * node that was taken out of the trie may still be read, so it is free only after
 * a grace period.
 *
 * Locks: everything but alv_lpm_node() wants the trie's lock.
 */
#ifndef ALV_MAP_LPM_NODES_H
#define ALV_MAP_LPM_NODES_H

#include "base/grace.h"
#include "base/region.h"
#include "base/types.h"

#define ALV_LPM_UNIT 16

/* Prefix length in bits, and a mark for nodes that only join two others. */
#define ALV_LPM_LENGTH 0xffffu
#define ALV_LPM_JOINT  0x80000000u

struct alv_lpm_node {
	u32 child[2]; /* atomic */
	u32 info;     /* ALV_LPM_LENGTH | ALV_LPM_JOINT; atomic */
	u32 next;     /* in a list of free nodes */
	u64 bits[];   /* the key's data, most significant bit first; the value behind it */
};

struct alv_lpm_nodes {
	struct alv_region region;
	struct alv_grace *grace;
	u32 units;    /* of one node */
	u32 end;      /* first unit that was never used */
	u32 limit;    /* units in the region */
	u32 free;     /* lists, by `next`: free now, */
	u32 waiting;  /* free when `grace` has passed, */
	u32 retired;  /* free one grace period after those */
};

/* Room for `count` nodes of `size` bytes beside those that wait. -ENOMEM. */
int alv_lpm_nodes_init(struct alv_lpm_nodes *nodes, u32 size, u64 count);
void alv_lpm_nodes_fini(struct alv_lpm_nodes *nodes);

/* 0: there is no room. Its bytes are those of an earlier use. */
u32 alv_lpm_nodes_take(struct alv_lpm_nodes *nodes);
/* A node that no reader has seen. */
void alv_lpm_nodes_untake(struct alv_lpm_nodes *nodes, u32 index);
/* A node that readers may still look at. */
void alv_lpm_nodes_retire(struct alv_lpm_nodes *nodes, u32 index);

static inline struct alv_lpm_node *alv_lpm_node(const struct alv_lpm_nodes *nodes,
						u32 index)
{
	return (struct alv_lpm_node *)((u8 *)nodes->region.base +
				       (u64)index * ALV_LPM_UNIT);
}

#endif

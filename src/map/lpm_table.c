/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/lpm_table.h"

#include <errno.h>
#include <stdlib.h>

int alv_lpm_table_new(u32 bits, struct alv_lpm_table **ret_table)
{
	struct alv_lpm_table *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	table->bits = bits;
	err = alv_region_init(&table->entries, sizeof(u64) << bits);
	if (err) {
		free(table);
		return err;
	}
	*ret_table = table;
	return 0;
}

void alv_lpm_table_free(struct alv_lpm_table *table)
{
	if (!table)
		return;
	alv_region_fini(&table->entries);
	free(table);
}

static void table_free(struct rcu_head *head)
{
	alv_lpm_table_free(alv_container(head, struct alv_lpm_table, rcu));
}

void alv_lpm_table_retire(struct alv_lpm_table *table)
{
	if (table)
		alv_rcu_defer(&table->rcu, table_free);
}

/* A walk on its way to filling entries. */
struct filling {
	struct alv_lpm_table *table;
	const struct alv_lpm_nodes *nodes;
};

/* The entries whose first `bits` bits are those of `first`. */
struct range {
	u32 first;
	u32 bits;
};

static u32 range_count(const struct filling *filling, struct range range)
{
	return 1u << (filling->table->bits - range.bits);
}

/* Written once each, so a reader sees the old or the new state of the trie. */
static void set_entries(const struct filling *filling, u32 first, u32 end, u32 index,
			u32 best)
{
	u64 *entries = filling->table->entries.base;

	for (u32 at = first; at < end; at++)
		alv_store_release(&entries[at], (u64)best << 32 | index);
}

/* The entries that begin with the first `length` bits of a node. */
static struct range range_of(const struct filling *filling,
			     const struct alv_lpm_node *node, u32 length)
{
	u32 bits = filling->table->bits;
	u32 kept = length < bits ? length : bits;
	u32 first = (u32)(node->bits[0] >> (64 - bits));

	return (struct range){ first >> (bits - kept) << (bits - kept), kept };
}

/*
 * Fill a range whose keys get to the link `index`, with `best` behind them. Goes
 * down a level of the trie with each call, so at most table->bits deep.
 */
static void fill(const struct filling *filling, struct range range, u32 index, u32 best)
{
	u32 end = range.first + range_count(filling, range), shift, length,
	    kept_best = best;
	const struct alv_lpm_node *node;
	struct range own;

	if (!index) {
		set_entries(filling, range.first, end, 0, best);
		return;
	}
	node = alv_lpm_node(filling->nodes, index);
	length = alv_load_relaxed(&node->info) & ALV_LPM_LENGTH;
	own = range_of(filling, node, length);
	shift = filling->table->bits - (own.bits < range.bits ? own.bits : range.bits);
	if ((own.first ^ range.first) >> shift) {
		/* The node is of other keys. */
		set_entries(filling, range.first, end, 0, best);
		return;
	}
	if (length < filling->table->bits &&
	    !(alv_load_relaxed(&node->info) & ALV_LPM_JOINT))
		best = index;
	if (length < range.bits) {
		/* All of the range is on one side of the node. */
		u32 side = range.first >> (filling->table->bits - length - 1) & 1;

		fill(filling, range, alv_load_relaxed(&node->child[side]), best);
		return;
	}
	/* What is around the node's own entries does not get past it. */
	set_entries(filling, range.first, own.first, 0, kept_best);
	set_entries(filling, own.first + range_count(filling, own), end, 0, kept_best);
	if (length >= filling->table->bits) {
		set_entries(filling, own.first, own.first + 1, index, best);
		return;
	}
	own.bits++;
	fill(filling, own, alv_load_relaxed(&node->child[0]), best);
	own.first += range_count(filling, own);
	fill(filling, own, alv_load_relaxed(&node->child[1]), best);
}

void alv_lpm_table_refill(struct alv_lpm_table *table, const struct alv_lpm_nodes *nodes,
			  u32 root, const u64 *bits, u32 length)
{
	const struct filling filling = { table, nodes };
	u32 kept = length < table->bits ? length : table->bits;
	u32 first = (u32)(bits[0] >> (64 - table->bits));
	u32 rest = table->bits - kept;

	fill(&filling, (struct range){ (u32)((u64)first >> rest << rest), kept }, root,
	     0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A shortcut into a trie of prefixes: for each value of a key's first bits, where
 * a walk from the root stands when it has used them up, and the best match it met
 * on its way. A large trie is then a few steps deep instead of twenty.
 *
 * An entry covers every node whose prefix is shorter than the table's bits; it
 * leads to the first node that is not. Writers, under the trie's lock, refill the
 * entries that a change can concern; readers read one entry, atomically.
 */
#ifndef ALV_MAP_LPM_TABLE_H
#define ALV_MAP_LPM_TABLE_H

#include "base/atomic.h"
#include "base/rcu.h"
#include "map/lpm_nodes.h"

struct alv_lpm_table {
	struct alv_region entries; /* u64: index of the best match << 32 | index of a node */
	struct rcu_head rcu;
	u32 bits; /* of a key that choose an entry, 1 to 32 */
};

/* -ENOMEM. */
int alv_lpm_table_new(u32 bits, struct alv_lpm_table **ret_table);
/* When nobody reads it, and when somebody may. NULL is fine. */
void alv_lpm_table_free(struct alv_lpm_table *table);
void alv_lpm_table_retire(struct alv_lpm_table *table);

/* Refill the entries of keys that begin with the first `length` bits of these. */
void alv_lpm_table_refill(struct alv_lpm_table *table, const struct alv_lpm_nodes *nodes,
			  u32 root, const u64 *bits, u32 length);

static inline u64 alv_lpm_table_bytes(const struct alv_lpm_table *table)
{
	return table->entries.size;
}

/* For a key of at least table->bits bits. */
static inline u64 alv_lpm_table_entry(const struct alv_lpm_table *table, const u64 *bits)
{
	return alv_load_acquire((u64 *)table->entries.base +
				(bits[0] >> (64 - table->bits)));
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of a trie of prefixes; all of them under its lock, with readers about.
 * Each is one store to a link, made when everything behind the link is in place.
 */
#include <errno.h>
#include <string.h>

#include "map/lpm_trie.h"

/* Memory is charged as it is used, a page's worth at a time. */
static int trie_charge(struct alv_lpm_trie *trie)
{
	u64 bytes = alv_round_up((u64)trie->nodes.units * ALV_LPM_UNIT, alv_page_size());
	int err;

	if (trie->nodes.end <= trie->charged_units)
		return 0;
	err = alv_host_charge(trie->map.obj.host, bytes);
	if (err)
		return err;
	trie->map.charged += bytes;
	trie->charged_units += (u32)(bytes / ALV_LPM_UNIT);
	return 0;
}

/* A node without children. 0: no memory. */
static u32 make_node(struct alv_lpm_trie *trie, const u64 *bits, u32 info)
{
	u32 index = alv_lpm_nodes_take(&trie->nodes);
	struct alv_lpm_node *node;

	if (!index)
		return 0;
	if (trie_charge(trie)) {
		alv_lpm_nodes_untake(&trie->nodes, index);
		return 0;
	}
	node = alv_lpm_node(&trie->nodes, index);
	alv_store_relaxed(&node->child[0], 0);
	alv_store_relaxed(&node->child[1], 0);
	alv_store_relaxed(&node->info, info);
	memcpy(node->bits, bits, trie->words * sizeof(u64));
	return index;
}

static u32 make_leaf(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
		     const void *value)
{
	u32 index = make_node(trie, key->bits, key->length);

	if (index)
		memcpy(alv_lpm_value(trie, alv_lpm_node(&trie->nodes, index)), value,
		       trie->map.value_size);
	return index;
}

/*
 * Walk to where the key belongs: *ret_slot is the link that leads there. The node
 * at its end (NULL: none) is the key's own, or parts from it at *ret_match.
 */
static struct alv_lpm_node *descend(struct alv_lpm_trie *trie,
				    const struct alv_lpm_prefix *key, u32 **ret_slot,
				    u32 *ret_match)
{
	u32 *slot = &trie->root;
	struct alv_lpm_node *node;

	while (*slot) {
		node = alv_lpm_node(&trie->nodes, *slot);
		*ret_match = alv_lpm_match(node, key);
		*ret_slot = slot;
		if (*ret_match < alv_lpm_length(node) || *ret_match == key->length)
			return node;
		slot = &node->child[alv_lpm_bit_at(key->bits, *ret_match)];
	}
	*ret_slot = slot;
	return NULL;
}

/* May a prefix come that has no value yet? */
static int check_new(const struct alv_lpm_trie *trie, u64 flags)
{
	if (flags == BPF_EXIST)
		return -ENOENT;
	return trie->entries < trie->map.max_entries ? 0 : -ENOSPC;
}

/* The new node takes the place of the one with its prefix. */
static void replace(struct alv_lpm_trie *trie, u32 *slot, u32 leaf)
{
	struct alv_lpm_node *node = alv_lpm_node(&trie->nodes, leaf);
	struct alv_lpm_node *old = alv_lpm_node(&trie->nodes, *slot);
	u32 old_index = *slot;

	alv_store_relaxed(&node->child[0], old->child[0]);
	alv_store_relaxed(&node->child[1], old->child[1]);
	alv_store_release(slot, leaf);
	alv_lpm_nodes_retire(&trie->nodes, old_index);
}

/* The new node goes between a link and the longer prefix that it led to. */
static void insert_above(struct alv_lpm_trie *trie, u32 *slot, u32 leaf, u32 length)
{
	struct alv_lpm_node *node = alv_lpm_node(&trie->nodes, leaf);
	struct alv_lpm_node *below = alv_lpm_node(&trie->nodes, *slot);

	alv_store_relaxed(&node->child[alv_lpm_bit_at(below->bits, length)], *slot);
	alv_store_release(slot, leaf);
}

/* The new node and the one there become children of a joint where they part. */
static int insert_beside(struct alv_lpm_trie *trie, u32 *slot, u32 leaf, u32 match)
{
	const u64 *bits = alv_lpm_node(&trie->nodes, *slot)->bits;
	u32 index = make_node(trie, bits, match | ALV_LPM_JOINT);
	struct alv_lpm_node *joint;

	if (!index)
		return -ENOMEM;
	joint = alv_lpm_node(&trie->nodes, index);
	alv_store_relaxed(&joint->child[alv_lpm_bit_at(bits, match)], *slot);
	alv_store_relaxed(&joint->child[!alv_lpm_bit_at(bits, match)], leaf);
	alv_store_release(slot, index);
	return 0;
}

/* *ret_length: of the shortest prefix that is another node now. */
static int insert(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
		  const void *value, u64 flags, u32 *ret_length)
{
	struct alv_lpm_node *node;
	bool same, fresh;
	u32 *slot, match, leaf;
	int err = 0;

	node = descend(trie, key, &slot, &match);
	same = node && match == alv_lpm_length(node);
	fresh = !same || alv_lpm_is_joint(node);
	err = fresh ? check_new(trie, flags) : flags == BPF_NOEXIST ? -EEXIST : 0;
	if (err)
		return err;
	leaf = make_leaf(trie, key, value);
	if (!leaf)
		return -ENOMEM;
	if (!node)
		alv_store_release(slot, leaf);
	else if (same)
		replace(trie, slot, leaf);
	else if (match == key->length)
		insert_above(trie, slot, leaf, match);
	else
		err = insert_beside(trie, slot, leaf, match);
	if (err)
		alv_lpm_nodes_untake(&trie->nodes, leaf);
	else
		alv_store_relaxed(&trie->entries, trie->entries + fresh);
	*ret_length = node && match < key->length ? match : key->length;
	return err;
}

/*
 * The shortcut table: for more than TABLE_FROM values, and then with them. An update
 * of a short prefix rewrites all entries below it, which bounds how large it grows.
 */
#define TABLE_FROM     32
#define TABLE_BITS_MIN 8
#define TABLE_BITS_MAX 18

/* A larger table, if there is memory for one; the trie works without. */
static void grow_table(struct alv_lpm_trie *trie)
{
	struct alv_lpm_table *old = trie->table, *table;
	u32 bits = old ? old->bits + 2 : TABLE_BITS_MIN;

	if (bits > trie->bits)
		bits = trie->bits;
	if ((old && bits <= old->bits) || alv_lpm_table_new(bits, &table))
		return;
	if (alv_host_charge(trie->map.obj.host, alv_lpm_table_bytes(table))) {
		alv_lpm_table_free(table);
		return;
	}
	trie->map.charged += alv_lpm_table_bytes(table);
	if (old) {
		alv_host_uncharge(trie->map.obj.host, alv_lpm_table_bytes(old));
		trie->map.charged -= alv_lpm_table_bytes(old);
	}
	alv_lpm_table_refill(table, &trie->nodes, trie->root, (u64[1]){}, 0);
	alv_store_release(&trie->table, table);
	alv_lpm_table_retire(old);
}

/* What begins with these bits has changed. */
static void refresh_table(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
			  u32 length)
{
	struct alv_lpm_table *table = trie->table;

	if (table)
		alv_lpm_table_refill(table, &trie->nodes, trie->root, key->bits, length);
	if (table ? table->bits < TABLE_BITS_MAX && trie->entries > 1u << table->bits :
		    trie->entries > TABLE_FROM)
		grow_table(trie);
}

int alv_lpm_insert(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
		   const void *value, u64 flags)
{
	u32 length;
	int err = insert(trie, key, value, flags, &length);

	if (!err)
		refresh_table(trie, key, length);
	return err;
}

/* The link that leads to the node with this very prefix, and the link to its parent. */
static int find_exact(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
		      u32 **ret_slot, u32 **ret_parent)
{
	u32 *slot = &trie->root, *parent = NULL;
	struct alv_lpm_node *node;
	u32 match;

	for (; *slot; slot = &node->child[alv_lpm_bit_at(key->bits, match)]) {
		node = alv_lpm_node(&trie->nodes, *slot);
		match = alv_lpm_match(node, key);
		if (match < alv_lpm_length(node))
			return -ENOENT;
		if (match == key->length) {
			*ret_slot = slot;
			*ret_parent = parent;
			return alv_lpm_is_joint(node) ? -ENOENT : 0;
		}
		parent = slot;
	}
	return -ENOENT;
}

/*
 * Take a node out: one between two others becomes a joint, one with a child gives
 * it its place, and a leaf takes the joint above it along. The length of the
 * shortest prefix that is no node, or a joint, now.
 */
static u32 take_out(struct alv_lpm_trie *trie, u32 *slot, u32 *parent)
{
	u32 index = *slot, parent_index = parent ? *parent : 0;
	struct alv_lpm_node *node = alv_lpm_node(&trie->nodes, index), *above;
	u32 length = alv_lpm_length(node);

	if (node->child[0] && node->child[1]) {
		alv_store_relaxed(&node->info, node->info | ALV_LPM_JOINT);
		return length;
	}
	above = parent_index ? alv_lpm_node(&trie->nodes, parent_index) : NULL;
	if (above && alv_lpm_is_joint(above) && !node->child[0] && !node->child[1]) {
		alv_store_release(parent, above->child[above->child[0] == index]);
		alv_lpm_nodes_retire(&trie->nodes, parent_index);
		length = alv_lpm_length(above);
	} else {
		alv_store_release(slot, node->child[0] ? node->child[0] : node->child[1]);
	}
	alv_lpm_nodes_retire(&trie->nodes, index);
	return length;
}

int alv_lpm_delete(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key)
{
	u32 *slot, *parent, length;
	int err = find_exact(trie, key, &slot, &parent);

	if (err)
		return err;
	length = take_out(trie, slot, parent);
	alv_store_relaxed(&trie->entries, trie->entries - 1);
	refresh_table(trie, key, length);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_LPM_TRIE: values by prefix; a lookup finds the longest prefix of
 * its key. A binary trie without chains: each node holds its whole prefix, a
 * child's is longer than its parent's and begins with it. Where two prefixes
 * part and no value is, a joint stands, with two children always.
 *
 * A table of shortcuts (lpm_table.h) stands beside it and grows with it.
 *
 * Concurrency: `lock` serialises writers. Readers walk under RCU: a node's bits,
 * length and value do not change while it can be reached (only the joint mark
 * is set, when a value goes from between two others), an update of a value is a
 * new node, and child links are written after what they lead to.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/rcu.h"
#include "map/batch.h"
#include "map/btf.h"
#include "map/lpm_nodes.h"
#include "map/lpm_table.h"
#include "map/map.h"
#include "map/size.h"

#define DATA_MAX  256 /* bytes of a key behind its prefix length */
#define WORDS_MAX (DATA_MAX / 8)
#define BITS_MAX  (DATA_MAX * 8)
/* In a kernel's node before the data (Linux 6.18). */
#define KERNEL_NODE 24

struct alv_lpm_trie {
	struct alv_map map;
	struct alv_lpm_nodes nodes;
	struct alv_lpm_table *table; /* NULL: small, or no memory; replaced under RCU */
	pthread_mutex_t lock;
	u32 root;    /* atomic */
	u32 entries; /* nodes with a value; read by anybody */
	u32 charged_units;
	u32 data_size; /* bytes of a key's data */
	u32 words;     /* the same in words of node->bits */
	u32 bits;      /* the same in bits: the longest prefix */
};

/* A key as nodes hold it. */
struct prefix {
	u32 length;
	u64 bits[WORDS_MAX];
};

static struct alv_lpm_trie *trie_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_lpm_trie, map);
}

static int trie_check(struct alv_host *host, const struct alv_map_def *def)
{
	const u32 flags = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ALV_MAP_ACCESS_FLAGS;

	if (!def->max_entries || !(def->flags & BPF_F_NO_PREALLOC) || def->flags & ~flags ||
	    !alv_map_access_flags_ok(def->flags))
		return -EINVAL;
	if (def->key_size <= sizeof(u32) || def->key_size > sizeof(u32) + DATA_MAX)
		return -EINVAL;
	if (!def->value_size || def->value_size > ALV_KMALLOC_MAX - DATA_MAX - KERNEL_NODE)
		return -EINVAL;
	return 0;
}

static int trie_create(struct alv_host *host, const struct alv_map_def *def,
		       struct alv_map **ret_map)
{
	struct alv_lpm_trie *trie = calloc(1, sizeof(*trie));
	int err;

	if (!trie)
		return -ENOMEM;
	trie->data_size = def->key_size - (u32)sizeof(u32);
	trie->bits = trie->data_size * 8;
	trie->words = (trie->data_size + 7) / 8;
	err = alv_map_init(&trie->map, host, &alv_lpm_trie_map_ops, def, 0, 0);
	if (err)
		goto free_trie;
	/* As many joints as values, less one. */
	err = alv_lpm_nodes_init(&trie->nodes,
				 (u32)sizeof(struct alv_lpm_node) + trie->words * 8 +
					 def->value_size,
				 2 * (u64)def->max_entries);
	if (err)
		goto fini_map;
	pthread_mutex_init(&trie->lock, NULL);
	*ret_map = &trie->map;
	return 0;

fini_map:
	alv_map_fini(&trie->map);
free_trie:
	free(trie);
	return err;
}

static void trie_destroy(struct alv_map *map)
{
	struct alv_lpm_trie *trie = trie_of(map);

	pthread_mutex_destroy(&trie->lock);
	alv_lpm_table_free(trie->table);
	alv_lpm_nodes_fini(&trie->nodes);
	alv_map_fini(map);
	free(trie);
}

/* Prefixes. */

/* Bytes in the order of significance, zeroes behind them, as a number. */
static u64 load_bits(const u8 *from, u32 size)
{
	u64 word = 0;

	memcpy(&word, from, size);
	return __builtin_bswap64(word);
}

/* -EINVAL: longer than the keys of this map. */
static inline int load_prefix(const struct alv_lpm_trie *trie, const void *key,
			      struct prefix *prefix)
{
	const u8 *data = (const u8 *)key + sizeof(u32);
	u32 at = 0, size = trie->data_size;

	memcpy(&prefix->length, key, sizeof(u32));
	if (prefix->length > trie->bits)
		return -EINVAL;
	/* The sizes of addresses without a call to memcpy. */
	for (; size >= 8; size -= 8, data += 8)
		prefix->bits[at++] = load_bits(data, 8);
	if (size == 4)
		prefix->bits[at] = load_bits(data, 4);
	else if (size)
		prefix->bits[at] = load_bits(data, size);
	return 0;
}

/* How many bits two prefixes have in common, at most `limit`. */
static inline u32 common_bits(const u64 *a, const u64 *b, u32 limit)
{
	for (u32 at = 0; at < limit; at += 64) {
		u64 difference = a[at / 64] ^ b[at / 64];
		u32 common;

		if (!difference)
			continue;
		common = at + (u32)__builtin_clzll(difference);
		return common < limit ? common : limit;
	}
	return limit;
}

static inline u32 bit_at(const u64 *bits, u32 index)
{
	return bits[index / 64] >> (63 - index % 64) & 1;
}

static inline u32 length_of(const struct alv_lpm_node *node)
{
	return alv_load_relaxed(&node->info) & ALV_LPM_LENGTH;
}

static inline bool is_joint(const struct alv_lpm_node *node)
{
	return alv_load_relaxed(&node->info) & ALV_LPM_JOINT;
}

/* Bits that a node and a key have in common, as far as both go. */
static inline u32 match_of(const struct alv_lpm_node *node, const struct prefix *key)
{
	u32 length = length_of(node);

	return common_bits(node->bits, key->bits, length < key->length ? length : key->length);
}

static void *value_of(const struct alv_lpm_trie *trie, struct alv_lpm_node *node)
{
	return node->bits + trie->words;
}

/* Reading. */

static void *trie_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_lpm_trie *trie = trie_of(map);
	const struct alv_lpm_table *table = alv_load_acquire(&trie->table);
	u32 index, found = 0;
	struct prefix prefix;

	if (load_prefix(trie, key, &prefix))
		return NULL;
	if (table && prefix.length >= table->bits) {
		u64 entry = alv_lpm_table_entry(table, prefix.bits);

		index = (u32)entry;
		found = (u32)(entry >> 32);
	} else {
		index = alv_load_acquire(&trie->root);
	}
	while (index) {
		struct alv_lpm_node *node = alv_lpm_node(&trie->nodes, index);
		u32 info, length;

		info = alv_load_relaxed(&node->info);
		length = info & ALV_LPM_LENGTH;
		if (length > prefix.length ||
		    common_bits(node->bits, prefix.bits, length) < length)
			break;
		if (!(info & ALV_LPM_JOINT))
			found = index;
		if (length == trie->bits)
			break;
		index = alv_load_acquire(&node->child[bit_at(prefix.bits, length)]);
	}
	return found ? value_of(trie, alv_lpm_node(&trie->nodes, found)) : NULL;
}

static int trie_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	void *stored;

	alv_rcu_read_lock();
	stored = trie_find(map, key, 0);
	if (stored)
		memcpy(value, stored, map->value_size);
	alv_rcu_read_unlock();
	return stored ? 0 : -ENOENT;
}

/* Writing; all of it under the lock. */

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

static u32 make_leaf(struct alv_lpm_trie *trie, const struct prefix *key, const void *value)
{
	u32 index = make_node(trie, key->bits, key->length);

	if (index)
		memcpy(value_of(trie, alv_lpm_node(&trie->nodes, index)), value,
		       trie->map.value_size);
	return index;
}

/*
 * Walk to where the key belongs: *ret_slot is the link that leads there. The node
 * at its end (NULL: none) is the key's own, or parts from it at *ret_match.
 */
static struct alv_lpm_node *descend(struct alv_lpm_trie *trie, const struct prefix *key,
				    u32 **ret_slot, u32 *ret_match)
{
	u32 *slot = &trie->root;
	struct alv_lpm_node *node;

	while (*slot) {
		node = alv_lpm_node(&trie->nodes, *slot);
		*ret_match = match_of(node, key);
		*ret_slot = slot;
		if (*ret_match < length_of(node) || *ret_match == key->length)
			return node;
		slot = &node->child[bit_at(key->bits, *ret_match)];
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

	alv_store_relaxed(&node->child[bit_at(below->bits, length)], *slot);
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
	alv_store_relaxed(&joint->child[bit_at(bits, match)], *slot);
	alv_store_relaxed(&joint->child[!bit_at(bits, match)], leaf);
	alv_store_release(slot, index);
	return 0;
}

/* *ret_length: of the shortest prefix that is another node now. */
static int insert(struct alv_lpm_trie *trie, const struct prefix *key, const void *value,
		  u64 flags, u32 *ret_length)
{
	struct alv_lpm_node *node;
	bool same, fresh;
	u32 *slot, match, leaf;
	int err = 0;

	node = descend(trie, key, &slot, &match);
	same = node && match == length_of(node);
	fresh = !same || is_joint(node);
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
static void refresh_table(struct alv_lpm_trie *trie, const struct prefix *key, u32 length)
{
	struct alv_lpm_table *table = trie->table;

	if (table)
		alv_lpm_table_refill(table, &trie->nodes, trie->root, key->bits, length);
	if (table ? table->bits < TABLE_BITS_MAX && trie->entries > 1u << table->bits :
		    trie->entries > TABLE_FROM)
		grow_table(trie);
}

static int trie_update(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct prefix prefix;
	u32 length;
	int err;

	if (flags > BPF_EXIST || load_prefix(trie, key, &prefix))
		return -EINVAL;
	pthread_mutex_lock(&trie->lock);
	err = insert(trie, &prefix, value, flags, &length);
	if (!err)
		refresh_table(trie, &prefix, length);
	pthread_mutex_unlock(&trie->lock);
	return err;
}

/* The link that leads to the node with this very prefix, and the link to its parent. */
static int find_exact(struct alv_lpm_trie *trie, const struct prefix *key, u32 **ret_slot,
		      u32 **ret_parent)
{
	u32 *slot = &trie->root, *parent = NULL;
	struct alv_lpm_node *node;
	u32 match;

	for (; *slot; slot = &node->child[bit_at(key->bits, match)]) {
		node = alv_lpm_node(&trie->nodes, *slot);
		match = match_of(node, key);
		if (match < length_of(node))
			return -ENOENT;
		if (match == key->length) {
			*ret_slot = slot;
			*ret_parent = parent;
			return is_joint(node) ? -ENOENT : 0;
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
	u32 length = length_of(node);

	if (node->child[0] && node->child[1]) {
		alv_store_relaxed(&node->info, node->info | ALV_LPM_JOINT);
		return length;
	}
	above = parent_index ? alv_lpm_node(&trie->nodes, parent_index) : NULL;
	if (above && is_joint(above) && !node->child[0] && !node->child[1]) {
		alv_store_release(parent, above->child[above->child[0] == index]);
		alv_lpm_nodes_retire(&trie->nodes, parent_index);
		length = length_of(above);
	} else {
		alv_store_release(slot, node->child[0] ? node->child[0] : node->child[1]);
	}
	alv_lpm_nodes_retire(&trie->nodes, index);
	return length;
}

static int trie_remove(struct alv_map *map, const void *key)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct prefix prefix;
	u32 *slot, *parent;
	int err;

	if (load_prefix(trie, key, &prefix))
		return -EINVAL;
	pthread_mutex_lock(&trie->lock);
	err = find_exact(trie, &prefix, &slot, &parent);
	if (!err) {
		u32 length = take_out(trie, slot, parent);

		alv_store_relaxed(&trie->entries, trie->entries - 1);
		refresh_table(trie, &prefix, length);
	}
	pthread_mutex_unlock(&trie->lock);
	return err;
}

/*
 * The order of keys is that of children before their parent, so longer prefixes
 * come before those that they begin with.
 */

/* The first value at or below a node, in that order. */
static struct alv_lpm_node *first_below(const struct alv_lpm_trie *trie, u32 index)
{
	struct alv_lpm_node *node = NULL;

	while (index) {
		node = alv_lpm_node(&trie->nodes, index);
		index = node->child[0] ? node->child[0] : node->child[1];
	}
	return node;
}

/* The value after the node with this very prefix; of an absent one: the first of all. */
static struct alv_lpm_node *next_after(const struct alv_lpm_trie *trie,
				       const struct prefix *key)
{
	u32 path[BITS_MAX + 1];
	u32 depth = 0, index = trie->root;
	struct alv_lpm_node *node;

	for (;;) {
		u32 match;

		if (!index)
			return first_below(trie, trie->root);
		node = alv_lpm_node(&trie->nodes, index);
		path[depth++] = index;
		match = match_of(node, key);
		if (match < length_of(node))
			return first_below(trie, trie->root);
		if (match == key->length)
			break;
		index = node->child[bit_at(key->bits, match)];
	}
	if (is_joint(node))
		return first_below(trie, trie->root);
	for (; depth > 1; depth--) {
		node = alv_lpm_node(&trie->nodes, path[depth - 2]);
		if (node->child[0] == path[depth - 1] && node->child[1])
			return first_below(trie, node->child[1]);
		if (!is_joint(node))
			return node;
	}
	return NULL;
}

static void store_key(const struct alv_lpm_trie *trie, const struct alv_lpm_node *node,
		      void *key)
{
	u32 length = length_of(node);
	u64 data[WORDS_MAX];

	for (u32 i = 0; i < trie->words; i++)
		data[i] = __builtin_bswap64(node->bits[i]);
	memcpy(key, &length, sizeof(length));
	memcpy((u8 *)key + sizeof(length), data, trie->data_size);
}

static int trie_next(struct alv_map *map, const void *key, void *next_key)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct alv_lpm_node *node;
	struct prefix prefix;
	bool first = !key || load_prefix(trie, key, &prefix);

	pthread_mutex_lock(&trie->lock);
	node = first ? first_below(trie, trie->root) : next_after(trie, &prefix);
	if (node)
		store_key(trie, node, next_key);
	pthread_mutex_unlock(&trie->lock);
	return node ? 0 : -ENOENT;
}

static u64 trie_usage(const struct alv_map *map)
{
	const struct alv_lpm_trie *trie = trie_of(map);

	return (u64)(KERNEL_NODE + trie->data_size + map->value_size) *
	       alv_load_relaxed(&trie->entries);
}

const struct alv_map_ops alv_lpm_trie_map_ops = {
	.check = trie_check,
	.create = trie_create,
	.destroy = trie_destroy,
	.read = trie_read,
	.update = trie_update,
	.remove = trie_remove,
	.next = trie_next,
	.read_batch = alv_generic_read_batch,
	.update_batch = alv_generic_update_batch,
	.remove_batch = alv_generic_remove_batch,
	.find = trie_find,
	.check_btf = alv_map_check_trie_btf,
	.usage = trie_usage,
};

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
#include "map/lpm_trie.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/rcu.h"
#include "map/batch.h"
#include "map/btf.h"
#include "map/size.h"

/* In a kernel's node before the data (Linux 6.18). */
#define KERNEL_NODE 24

static struct alv_lpm_trie *trie_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_lpm_trie, map);
}

static int trie_check(struct alv_host *host, const struct alv_map_def *def)
{
	const u32 flags = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | ALV_MAP_ACCESS_FLAGS;

	if (!def->max_entries || !(def->flags & BPF_F_NO_PREALLOC) ||
	    def->flags & ~flags || !alv_map_access_flags_ok(def->flags))
		return -EINVAL;
	if (def->key_size <= sizeof(u32) ||
	    def->key_size > sizeof(u32) + ALV_LPM_DATA_MAX)
		return -EINVAL;
	if (!def->value_size ||
	    def->value_size > ALV_KMALLOC_MAX - ALV_LPM_DATA_MAX - KERNEL_NODE)
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
			      struct alv_lpm_prefix *prefix)
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

/* Reading. */

static void *trie_find(struct alv_map *map, const void *key, u32 cpu)
{
	struct alv_lpm_trie *trie = trie_of(map);
	const struct alv_lpm_table *table = alv_load_acquire(&trie->table);
	u32 index, found = 0;
	struct alv_lpm_prefix prefix;

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
		    alv_lpm_common_bits(node->bits, prefix.bits, length) < length)
			break;
		if (!(info & ALV_LPM_JOINT))
			found = index;
		if (length == trie->bits)
			break;
		index = alv_load_acquire(
			&node->child[alv_lpm_bit_at(prefix.bits, length)]);
	}
	return found ? alv_lpm_value(trie, alv_lpm_node(&trie->nodes, found)) : NULL;
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

/* Writing. */

static int trie_update(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct alv_lpm_prefix prefix;
	int err;

	if (flags > BPF_EXIST || load_prefix(trie, key, &prefix))
		return -EINVAL;
	pthread_mutex_lock(&trie->lock);
	err = alv_lpm_insert(trie, &prefix, value, flags);
	pthread_mutex_unlock(&trie->lock);
	return err;
}

static int trie_remove(struct alv_map *map, const void *key)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct alv_lpm_prefix prefix;
	int err;

	if (load_prefix(trie, key, &prefix))
		return -EINVAL;
	pthread_mutex_lock(&trie->lock);
	err = alv_lpm_delete(trie, &prefix);
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
				       const struct alv_lpm_prefix *key)
{
	u32 path[ALV_LPM_BITS_MAX + 1];
	u32 depth = 0, index = trie->root;
	struct alv_lpm_node *node;

	for (;;) {
		u32 match;

		if (!index)
			return first_below(trie, trie->root);
		node = alv_lpm_node(&trie->nodes, index);
		path[depth++] = index;
		match = alv_lpm_match(node, key);
		if (match < alv_lpm_length(node))
			return first_below(trie, trie->root);
		if (match == key->length)
			break;
		index = node->child[alv_lpm_bit_at(key->bits, match)];
	}
	if (alv_lpm_is_joint(node))
		return first_below(trie, trie->root);
	for (; depth > 1; depth--) {
		node = alv_lpm_node(&trie->nodes, path[depth - 2]);
		if (node->child[0] == path[depth - 1] && node->child[1])
			return first_below(trie, node->child[1]);
		if (!alv_lpm_is_joint(node))
			return node;
	}
	return NULL;
}

static void store_key(const struct alv_lpm_trie *trie, const struct alv_lpm_node *node,
		      void *key)
{
	u32 length = alv_lpm_length(node);
	u64 data[ALV_LPM_WORDS_MAX];

	for (u32 i = 0; i < trie->words; i++)
		data[i] = __builtin_bswap64(node->bits[i]);
	memcpy(key, &length, sizeof(length));
	memcpy((u8 *)key + sizeof(length), data, trie->data_size);
}

static int trie_next(struct alv_map *map, const void *key, void *next_key)
{
	struct alv_lpm_trie *trie = trie_of(map);
	struct alv_lpm_node *node;
	struct alv_lpm_prefix prefix;
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

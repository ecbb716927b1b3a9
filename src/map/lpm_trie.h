/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trie of prefixes from the inside, for the files that it is made of: the type
 * (lpm_trie.c) and its changes (lpm_change.c).
 */
#ifndef ALV_MAP_LPM_TRIE_H
#define ALV_MAP_LPM_TRIE_H

#include <pthread.h>

#include "base/atomic.h"
#include "map/lpm_nodes.h"
#include "map/lpm_table.h"
#include "map/map.h"

#define ALV_LPM_DATA_MAX  256 /* bytes of a key behind its prefix length */
#define ALV_LPM_WORDS_MAX (ALV_LPM_DATA_MAX / 8)
#define ALV_LPM_BITS_MAX  (ALV_LPM_DATA_MAX * 8)

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
struct alv_lpm_prefix {
	u32 length;
	u64 bits[ALV_LPM_WORDS_MAX];
};

/*
 * Under the lock: an update with the flags of bpf(2), and a removal. -ENOENT, -EEXIST,
 * -ENOSPC; -ENOMEM. The table of shortcuts follows.
 */
int alv_lpm_insert(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key,
		   const void *value, u64 flags);
int alv_lpm_delete(struct alv_lpm_trie *trie, const struct alv_lpm_prefix *key);

/* How many bits two prefixes have in common, at most `limit`. */
static inline u32 alv_lpm_common_bits(const u64 *a, const u64 *b, u32 limit)
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

static inline u32 alv_lpm_bit_at(const u64 *bits, u32 index)
{
	return bits[index / 64] >> (63 - index % 64) & 1;
}

static inline u32 alv_lpm_length(const struct alv_lpm_node *node)
{
	return alv_load_relaxed(&node->info) & ALV_LPM_LENGTH;
}

static inline bool alv_lpm_is_joint(const struct alv_lpm_node *node)
{
	return alv_load_relaxed(&node->info) & ALV_LPM_JOINT;
}

/* Bits that a node and a key have in common, as far as both go. */
static inline u32 alv_lpm_match(const struct alv_lpm_node *node,
				const struct alv_lpm_prefix *key)
{
	u32 length = alv_lpm_length(node);

	if (length > key->length)
		length = key->length;
	return alv_lpm_common_bits(node->bits, key->bits, length);
}

static inline void *alv_lpm_value(const struct alv_lpm_trie *trie,
				  struct alv_lpm_node *node)
{
	return node->bits + trie->words;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bob Jenkins' lookup3 hash (public domain), with the seeding that Linux gives
 * it: where a hash shows (ids of stacks, false positives of bloom filters with
 * BPF_F_ZERO_SEED), ours must show the same.
 */
#ifndef ALV_BASE_JHASH_H
#define ALV_BASE_JHASH_H

#include <string.h>

#include "base/types.h"

struct alv_jhash {
	u32 a, b, c;
};

static inline u32 alv_jhash_rotate(u32 word, unsigned int by)
{
	return word << by | word >> (32 - by);
}

static inline struct alv_jhash alv_jhash_mix(struct alv_jhash h)
{
	h.a -= h.c, h.a ^= alv_jhash_rotate(h.c, 4), h.c += h.b;
	h.b -= h.a, h.b ^= alv_jhash_rotate(h.a, 6), h.a += h.c;
	h.c -= h.b, h.c ^= alv_jhash_rotate(h.b, 8), h.b += h.a;
	h.a -= h.c, h.a ^= alv_jhash_rotate(h.c, 16), h.c += h.b;
	h.b -= h.a, h.b ^= alv_jhash_rotate(h.a, 19), h.a += h.c;
	h.c -= h.b, h.c ^= alv_jhash_rotate(h.b, 4), h.b += h.a;
	return h;
}

static inline u32 alv_jhash_final(struct alv_jhash h)
{
	h.c ^= h.b, h.c -= alv_jhash_rotate(h.b, 14);
	h.a ^= h.c, h.a -= alv_jhash_rotate(h.c, 11);
	h.b ^= h.a, h.b -= alv_jhash_rotate(h.a, 25);
	h.c ^= h.b, h.c -= alv_jhash_rotate(h.b, 16);
	h.a ^= h.c, h.a -= alv_jhash_rotate(h.c, 4);
	h.b ^= h.a, h.b -= alv_jhash_rotate(h.a, 14);
	h.c ^= h.b, h.c -= alv_jhash_rotate(h.b, 24);
	return h.c;
}

/*
 * Hash `size` bytes. A tail shorter than three words counts as if zeroes followed
 * it, so whole words and bytes hash alike on little-endian machines.
 */
static inline u32 alv_jhash(const void *bytes, u32 size, u32 seed)
{
	const u32 start = 0xdeadbeef + size + seed;
	struct alv_jhash h = { start, start, start };
	const u8 *at = bytes;
	u32 words[3] = {};

	for (; size > sizeof(words); at += sizeof(words), size -= (u32)sizeof(words)) {
		memcpy(words, at, sizeof(words));
		h.a += words[0], h.b += words[1], h.c += words[2];
		h = alv_jhash_mix(h);
	}
	if (!size)
		return h.c;
	memset(words, 0, sizeof(words));
	memcpy(words, at, size);
	h.a += words[0], h.b += words[1], h.c += words[2];
	return alv_jhash_final(h);
}

#endif

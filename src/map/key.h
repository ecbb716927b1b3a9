/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of hash tables: how they are hashed, stored and compared. A stored key is
 * padded with zeroes to whole words of 8 bytes, which others may be writing.
 */
#ifndef ALV_MAP_KEY_H
#define ALV_MAP_KEY_H

#include <string.h>

#include "base/atomic.h"
#include "base/types.h"

/* The hash of longer keys. */
u32 alv_key_hash_long(const void *key, u32 size, u64 seed);

static inline u64 alv_mix(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

/* Keys of 4, 8 and 16 bytes are most of all keys: a multiplication or two for them. */
static inline u32 alv_key_hash(const void *key, u32 size, u64 seed)
{
	const u64 odd = 0x9e3779b97f4a7c15ull, other = 0xe7037ed1a0b428dbull;
	u64 a = 0, b = 0;

	switch (size) {
	case 4:
		memcpy(&a, key, 4);
		return (u32)alv_mix(a ^ seed ^ odd, other);
	case 8:
		memcpy(&a, key, 8);
		return (u32)alv_mix(a ^ seed ^ odd, other ^ (a >> 32));
	case 16:
		memcpy(&a, key, 8);
		memcpy(&b, (const u8 *)key + 8, 8);
		return (u32)alv_mix(alv_mix(a ^ seed ^ odd, other), b ^ odd);
	default:
		return alv_key_hash_long(key, size, seed);
	}
}

/* The last word of a key whose size is no multiple of 8. */
static inline u64 alv_key_tail(const u8 *tail, u32 size)
{
	u64 word = 0;

	if (size == 4)
		memcpy(&word, tail, 4);
	else
		memcpy(&word, tail, size);
	return word;
}

static inline bool alv_key_equal(const u64 *stored, const u8 *key, u32 size)
{
	u64 word;

	for (; size >= 8; size -= 8, key += 8, stored++) {
		memcpy(&word, key, 8);
		if (alv_load_acquire(stored) != word)
			return false;
	}
	return !size || alv_load_acquire(stored) == alv_key_tail(key, size);
}

static inline void alv_key_store(u64 *stored, const u8 *key, u32 size)
{
	u64 word;

	for (; size >= 8; size -= 8, key += 8, stored++) {
		memcpy(&word, key, 8);
		alv_store_release(stored, word);
	}
	if (size)
		alv_store_release(stored, alv_key_tail(key, size));
}

#endif

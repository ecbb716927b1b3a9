/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

u32 alv_key_hash_long(const void *key, u32 size, u64 seed)
{
	return (u32)XXH3_64bits_withSeed(key, size, seed);
}

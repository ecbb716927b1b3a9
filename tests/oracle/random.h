/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers that are the same everywhere, and those that find faults. */
#ifndef ALV_TESTS_ORACLE_RANDOM_H
#define ALV_TESTS_ORACLE_RANDOM_H

#include "base/types.h"

struct random {
	u64 state;
};

/* splitmix64 */
static inline u64 random_next(struct random *random)
{
	u64 x = random->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline u32 random_below(struct random *random, u32 n)
{
	return (u32)((random_next(random) >> 32) * n >> 32);
}

static inline bool random_chance(struct random *random, u32 percent)
{
	return random_below(random, 100) < percent;
}

/* Small, near a power of two, near an edge of a width, or anything. */
static inline u64 random_number(struct random *random)
{
	static const u64 edges[] = { 0, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000,
				     0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, ~0ull };
	u64 value = random_next(random);

	switch (random_below(random, 6)) {
	case 0:
	case 1:
		return value % 64;
	case 2:
		return (1ull << (value & 63)) + (value >> 60) % 5 - 2;
	case 3:
		return edges[value % (sizeof(edges) / sizeof(edges[0]))] + (value >> 60) % 3 - 1;
	case 4:
		return value >> (value & 63);
	default:
		return value;
	}
}

#endif

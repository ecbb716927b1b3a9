/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/random.h>

#include "helper/call.h"

/* Marsaglia's xorshift, begun anew in each run. */
u64 alv_help_get_prandom_u32(ALV_HELPER_PARAMS)
{
	u32 x = run->random;

	while (!x)
		if (getrandom(&x, sizeof(x), GRND_NONBLOCK) != sizeof(x))
			x = 2463534242u;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	run->random = x;
	return x;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/checksum.h"

#include <errno.h>
#include <string.h>

#include "helper/call.h"

u32 alv_csum_add(u32 a, u32 b)
{
	u32 sum = a + b;

	return sum + (sum < a);
}

u16 alv_csum_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)(sum + (sum >> 16));
}

u32 alv_csum_partial(const void *data, u32 size, u32 sum)
{
	const u8 *at = data;
	u64 total = sum;
	u32 word;

	for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		total += word;
	}
	if (size) {
		word = 0;
		memcpy(&word, at, size);
		total += word;
	}
	while (total >> 32)
		total = (u32)total + (total >> 32);
	return (u32)total;
}

/* `seed`, without the bytes at `from` and with those at `to`. */
static u32 difference(const void *from, u32 from_size, const void *to, u32 to_size, u32 seed)
{
	if (from_size && to_size)
		return alv_csum_sub(alv_csum_partial(to, to_size, seed),
				    alv_csum_partial(from, from_size, 0));
	if (to_size)
		return alv_csum_partial(to, to_size, seed);
	return from_size ? ~alv_csum_partial(from, from_size, ~seed) : seed;
}

/* Before 6.13 whole words only, and nothing was folded. */
u64 alv_help_csum_diff(ALV_HELPER_PARAMS)
{
	u32 from_size = (u32)r2, to_size = (u32)r4, sum;
	bool folds = alv_host_has(run->host, V6_13);

	if (!folds && (from_size | to_size) & 3)
		return alv_helper_errno(-EINVAL);
	sum = difference(alv_helper_ptr(r1), from_size, alv_helper_ptr(r3), to_size, (u32)r5);
	return folds && (from_size || to_size) ? alv_csum_fold(sum) : sum;
}

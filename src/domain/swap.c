/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte order. A swap only moves bits about, so nothing known of them is lost; the ranges
 * are, and come back from the bits.
 */
#include "domain/scalar.h"

struct alv_tnum alv_tnum_swap(struct alv_tnum t, u8 bits)
{
	return (struct alv_tnum){
		.value = __builtin_bswap64(t.value) >> (64 - bits),
		.mask = __builtin_bswap64(t.mask) >> (64 - bits),
	};
}

void alv_scalar_swap(struct alv_scalar *s, u8 bits, bool swap)
{
	if (swap) {
		s->bits = alv_tnum_swap(s->bits, bits);
		alv_scalar_forget_ranges(s);
	}
	if (bits < 64)
		alv_scalar_zext(s, bits / 8);
	alv_scalar_sync(s);
}

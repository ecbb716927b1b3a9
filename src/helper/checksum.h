/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet checksums (RFC 1071), unfolded: 32 bits, ones' complement. */
#ifndef ALV_HELPER_CHECKSUM_H
#define ALV_HELPER_CHECKSUM_H

#include "base/types.h"

u32 alv_csum_add(u32 a, u32 b);
static inline u32 alv_csum_sub(u32 a, u32 b)
{
	return alv_csum_add(a, ~b);
}
/* `sum` and the bytes, as words of 32 bits: programs see more than what folding leaves. */
u32 alv_csum_partial(const void *data, u32 size, u32 sum);
/* To 16 bits, not inverted. */
u16 alv_csum_fold(u32 sum);

#endif

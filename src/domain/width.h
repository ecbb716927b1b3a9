/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two widths of a register: the whole word and its lower half. The domain never
 * says 64 or 32 where it means these: the tests compile it with words of a few bits
 * (their own base/types.h and the two numbers below), where all values can be tried.
 */
#ifndef ALV_DOMAIN_WIDTH_H
#define ALV_DOMAIN_WIDTH_H

#include "base/types.h"

#ifndef ALV_WORD
#define ALV_WORD 64
#define ALV_HALF 32
#endif
#define ALV_BYTE (ALV_WORD / 8)

#define ALV_UMAX   ((u64) ~(u64)0)
#define ALV_SMIN   ((s64)((u64)1 << (ALV_WORD - 1)))
#define ALV_SMAX   ((s64)(ALV_UMAX >> 1))
#define ALV_UMAX32 ((u32) ~(u32)0)
#define ALV_SMIN32 ((s32)((u32)1 << (ALV_HALF - 1)))
#define ALV_SMAX32 ((s32)(ALV_UMAX32 >> 1))

/* `value` cut to `bits` (one of the two) and read as unsigned, as signed number. */
static inline u64 alv_unsigned(u64 value, u8 bits)
{
	return bits == ALV_WORD ? value : (u64)(u32)value;
}

static inline s64 alv_signed(u64 value, u8 bits)
{
	return bits == ALV_WORD ? (s64)value : (s64)(s32)value;
}

static inline u64 alv_umax(u8 bits)
{
	return bits == ALV_WORD ? ALV_UMAX : (u64)ALV_UMAX32;
}

static inline s64 alv_smin(u8 bits)
{
	return bits == ALV_WORD ? ALV_SMIN : (s64)ALV_SMIN32;
}

static inline s64 alv_smax(u8 bits)
{
	return bits == ALV_WORD ? ALV_SMAX : (s64)ALV_SMAX32;
}

#endif

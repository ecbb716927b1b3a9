/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tnum ("tristate number"): what is known of each bit of a 64-bit value. A bit is
 * unknown where mask is set, else it is value's. value and mask never share a bit.
 *
 * gamma(t) = { x : x & ~t.mask == t.value }
 *
 * All functions are pure. "Sound": the result holds for every pair of members;
 * proven exhaustively at small widths by the tests.
 */
#ifndef ALV_DOMAIN_TNUM_H
#define ALV_DOMAIN_TNUM_H

#include "domain/width.h"

struct alv_tnum {
	u64 value;
	u64 mask;
};

#define ALV_TNUM_UNKNOWN ((struct alv_tnum){ .value = 0, .mask = ALV_UMAX })

static inline struct alv_tnum alv_tnum_const(u64 value)
{
	return (struct alv_tnum){ .value = value, .mask = 0 };
}

static inline bool alv_tnum_is_const(struct alv_tnum t)
{
	return !t.mask;
}

static inline bool alv_tnum_is_unknown(struct alv_tnum t)
{
	return !~t.mask;
}

/* The tightest tnum around all of [min, max]. */
struct alv_tnum alv_tnum_range(u64 min, u64 max);

struct alv_tnum alv_tnum_lshift(struct alv_tnum t, u8 shift);
struct alv_tnum alv_tnum_rshift(struct alv_tnum t, u8 shift);
/* `bits` is 32 or 64: where the sign is. */
struct alv_tnum alv_tnum_arshift(struct alv_tnum t, u8 shift, u8 bits);
struct alv_tnum alv_tnum_add(struct alv_tnum a, struct alv_tnum b);
struct alv_tnum alv_tnum_sub(struct alv_tnum a, struct alv_tnum b);
struct alv_tnum alv_tnum_neg(struct alv_tnum t);
struct alv_tnum alv_tnum_and(struct alv_tnum a, struct alv_tnum b);
struct alv_tnum alv_tnum_or(struct alv_tnum a, struct alv_tnum b);
struct alv_tnum alv_tnum_xor(struct alv_tnum a, struct alv_tnum b);
struct alv_tnum alv_tnum_mul(struct alv_tnum a, struct alv_tnum b);

/* What both know; a and b must have a common member. */
struct alv_tnum alv_tnum_intersect(struct alv_tnum a, struct alv_tnum b);
/* What either may be. */
struct alv_tnum alv_tnum_union(struct alv_tnum a, struct alv_tnum b);
/* The least member greater than `value`; the greatest member if there is none. */
u64 alv_tnum_next(struct alv_tnum t, u64 value);
/* Have they a common member? */
bool alv_tnum_overlap(struct alv_tnum a, struct alv_tnum b);
/* Truncate to `size` bytes, zero above. */
struct alv_tnum alv_tnum_cast(struct alv_tnum t, u8 size);
/* Are all members multiples of `size` (a power of two; 0: yes)? */
bool alv_tnum_is_aligned(struct alv_tnum t, u64 size);
/* Is every member of b one of a? */
bool alv_tnum_in(struct alv_tnum a, struct alv_tnum b);
/* The bytes of the lower `bits` (16, 32 or 64) reversed, zero above. */
struct alv_tnum alv_tnum_swap(struct alv_tnum t, u8 bits);
/* The lower 32 bits; the upper 32 bits alone; lower half of `t` replaced. */
struct alv_tnum alv_tnum_subreg(struct alv_tnum t);
struct alv_tnum alv_tnum_clear_subreg(struct alv_tnum t);
struct alv_tnum alv_tnum_with_subreg(struct alv_tnum t, struct alv_tnum subreg);

/* "(0x0; 0xff)", or the number if it is known; returns what snprintf(3) does. */
int alv_tnum_print(char *text, size_t size, struct alv_tnum t);

#endif

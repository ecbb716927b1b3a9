/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ranges of one width of a scalar, whole word or lower half, in one shape, so that
 * each rule is written once. Numbers of the half are zero- or sign-extended.
 */
#ifndef ALV_DOMAIN_RANGE_H
#define ALV_DOMAIN_RANGE_H

#include "domain/scalar.h"

struct alv_range {
	u64 umin;
	u64 umax;
	s64 smin;
	s64 smax;
};

static inline struct alv_range alv_range_get(const struct alv_scalar *s, u8 bits)
{
	if (bits == ALV_WORD)
		return (struct alv_range){ s->umin, s->umax, s->smin, s->smax };
	return (struct alv_range){ s->u32_min, s->u32_max, s->s32_min, s->s32_max };
}

static inline void alv_range_put(struct alv_scalar *s, u8 bits, struct alv_range r)
{
	if (bits == ALV_WORD) {
		s->umin = r.umin;
		s->umax = r.umax;
		s->smin = r.smin;
		s->smax = r.smax;
		return;
	}
	s->u32_min = (u32)r.umin;
	s->u32_max = (u32)r.umax;
	s->s32_min = (s32)r.smin;
	s->s32_max = (s32)r.smax;
}

/* What is known of the bits of one width, and to say so; the others stay. */
static inline struct alv_tnum alv_range_get_bits(const struct alv_scalar *s, u8 bits)
{
	return bits == ALV_WORD ? s->bits : alv_tnum_subreg(s->bits);
}

static inline void alv_range_put_bits(struct alv_scalar *s, u8 bits, struct alv_tnum t)
{
	s->bits = bits == ALV_WORD ? t : alv_tnum_with_subreg(s->bits, t);
}

static inline void alv_range_forget_unsigned(struct alv_range *r, u8 bits)
{
	r->umin = 0;
	r->umax = alv_umax(bits);
}

static inline void alv_range_forget_signed(struct alv_range *r, u8 bits)
{
	r->smin = alv_smin(bits);
	r->smax = alv_smax(bits);
}

static inline struct alv_range alv_range_unknown(u8 bits)
{
	return (struct alv_range){ 0, alv_umax(bits), alv_smin(bits), alv_smax(bits) };
}

static inline struct alv_range alv_range_const(u64 value, u8 bits)
{
	s64 as_signed = alv_signed(value, bits);

	return (struct alv_range){ value, value, as_signed, as_signed };
}

/* Intersect; an empty intersection leaves min > max behind. */
static inline void alv_range_meet_unsigned(struct alv_range *r, u64 min, u64 max)
{
	r->umin = r->umin > min ? r->umin : min;
	r->umax = r->umax < max ? r->umax : max;
}

static inline void alv_range_meet_signed(struct alv_range *r, s64 min, s64 max)
{
	r->smin = r->smin > min ? r->smin : min;
	r->smax = r->smax < max ? r->smax : max;
}

/* Signed from unsigned: the same, if no member is beyond the sign's edge. */
static inline void alv_range_signed_from_unsigned(struct alv_range *r, u8 bits)
{
	if (alv_signed(r->umin, bits) > alv_signed(r->umax, bits)) {
		alv_range_forget_signed(r, bits);
		return;
	}
	r->smin = alv_signed(r->umin, bits);
	r->smax = alv_signed(r->umax, bits);
}

/* Let one width's ranges learn from the bits; the whole's and the half's. */
void alv_range_learn_bits(struct alv_scalar *s, u8 bits);

/* Bits and 64-bit ranges of a value whose upper half is zero. */
void alv_range_zero_upper(struct alv_scalar *s);

#endif

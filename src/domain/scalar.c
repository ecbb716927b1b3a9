/* SPDX-License-Identifier: BSD-2-Clause */
/* Making scalars, and questions about them. */
#include "domain/range.h"

struct alv_scalar alv_scalar_unknown(void)
{
	struct alv_scalar s = { .bits = ALV_TNUM_UNKNOWN };

	alv_scalar_forget_ranges(&s);
	return s;
}

struct alv_scalar alv_scalar_const(u64 value)
{
	return (struct alv_scalar){
		.bits = alv_tnum_const(value),
		.smin = (s64)value,
		.smax = (s64)value,
		.umin = value,
		.umax = value,
		.s32_min = (s32)value,
		.s32_max = (s32)value,
		.u32_min = (u32)value,
		.u32_max = (u32)value,
	};
}

void alv_scalar_set32(struct alv_scalar *s, u32 value)
{
	s->bits = alv_tnum_with_subreg(s->bits, alv_tnum_const(value));
	s->s32_min = (s32)value;
	s->s32_max = (s32)value;
	s->u32_min = value;
	s->u32_max = value;
}

void alv_scalar_forget_ranges(struct alv_scalar *s)
{
	alv_range_put(s, ALV_WORD, alv_range_unknown(ALV_WORD));
	alv_range_put(s, ALV_HALF, alv_range_unknown(ALV_HALF));
}

bool alv_scalar_splits(const struct alv_scalar *s, struct alv_scalar *ret_zero,
		       struct alv_scalar *ret_ones)
{
	if (s->smin == -1 && s->smax == 0) {
		*ret_zero = alv_scalar_const(0);
		*ret_ones = alv_scalar_const(ALV_UMAX);
		return true;
	}
	if (s->s32_min != -1 || s->s32_max != 0)
		return false;
	*ret_zero = *ret_ones = *s;
	alv_scalar_set32(ret_zero, 0);
	alv_scalar_set32(ret_ones, ALV_UMAX32);
	return true;
}

/* Is the range of one width just the number its bits are known to be? */
static bool is_only(struct alv_range r, u64 value, u8 bits)
{
	return r.umin == value && r.umax == value && r.smin == alv_signed(value, bits) &&
	       r.smax == alv_signed(value, bits);
}

static bool is_empty(struct alv_range r)
{
	return r.umin > r.umax || r.smin > r.smax;
}

const char *alv_scalar_flaw(const struct alv_scalar *s)
{
	struct alv_range whole = alv_range_get(s, ALV_WORD);
	struct alv_range half = alv_range_get(s, ALV_HALF);

	if (is_empty(whole) || is_empty(half))
		return "range bounds violation";
	if (alv_scalar_is_const(s) && !is_only(whole, s->bits.value, ALV_WORD))
		return "const tnum out of sync with range bounds";
	if (alv_scalar_is_const32(s) && !is_only(half, (u32)s->bits.value, ALV_HALF))
		return "const subreg tnum out of sync with range bounds";
	return NULL;
}

static bool range_within(struct alv_range outer, struct alv_range inner)
{
	return outer.umin <= inner.umin && outer.umax >= inner.umax &&
	       outer.smin <= inner.smin && outer.smax >= inner.smax;
}

bool alv_scalar_within(const struct alv_scalar *outer, const struct alv_scalar *inner)
{
	return range_within(alv_range_get(outer, ALV_WORD),
			    alv_range_get(inner, ALV_WORD)) &&
	       range_within(alv_range_get(outer, ALV_HALF),
			    alv_range_get(inner, ALV_HALF)) &&
	       alv_tnum_in(outer->bits, inner->bits);
}

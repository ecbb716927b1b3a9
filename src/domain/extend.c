/* SPDX-License-Identifier: BSD-2-Clause */
/* Truncation, and extension by zeros or by the sign. */
#include "domain/range.h"

void alv_range_zero_upper(struct alv_scalar *s)
{
	s->bits = alv_tnum_subreg(s->bits);
	s->umin = s->u32_min;
	s->umax = s->u32_max;
	/* Signed and unsigned agree only where the half is not negative. */
	if (s->s32_min >= 0 && s->s32_max >= 0) {
		s->smin = s->s32_min;
		s->smax = s->s32_max;
	} else {
		s->smin = 0;
		s->smax = (s64)ALV_UMAX32;
	}
}

void alv_scalar_zext32(struct alv_scalar *s)
{
	alv_range_zero_upper(s);
	alv_scalar_sync(s);
}

/* A range survives the cut if it lies within one period of it. */
void alv_scalar_zext(struct alv_scalar *s, u8 bytes)
{
	u64 keep = ((u64)1 << (bytes * ALV_BYTE)) - (u64)1;

	s->bits = alv_tnum_cast(s->bits, bytes);
	if ((s->umin & ~keep) == (s->umax & ~keep)) {
		s->umin &= keep;
		s->umax &= keep;
	} else {
		s->umin = 0;
		s->umax = keep;
	}
	s->smin = (s64)s->umin;
	s->smax = (s64)s->umax;
	if (bytes * ALV_BYTE < ALV_HALF)
		alv_range_put(s, ALV_HALF, alv_range_unknown(ALV_HALF));
	alv_scalar_sync(s);
}

static s64 sign_extend(u64 value, u8 from)
{
	u8 above = ALV_WORD - from;

	return (s64)(value << above) >> above;
}

/*
 * The values that [*min, *max] may take when its lower `from` bits are sign-extended:
 * if it lies within one period and both ends extend to one sign, their values; else
 * anything of `from` bits. True in the first case.
 */
static bool sext_ends(s64 *min, s64 *max, u8 from)
{
	bool same_period = *min >> from == *max >> from;
	s64 first = sign_extend((u64)*min, from);
	s64 last = sign_extend((u64)*max, from);

	if (same_period && (first < 0) == (last < 0)) {
		*min = first < last ? first : last;
		*max = first < last ? last : first;
		return true;
	}
	*min = sign_extend((u64)1 << (from - 1), from);
	*max = (s64) ~*min;
	return false;
}

static struct alv_range sext_range(s64 min, s64 max, bool one_sign, u8 bits)
{
	struct alv_range r = { .smin = min, .smax = max };

	alv_range_forget_unsigned(&r, bits);
	if (one_sign) {
		r.umin = alv_unsigned((u64)min, bits);
		r.umax = alv_unsigned((u64)max, bits);
	}
	return r;
}

void alv_scalar_sext(struct alv_scalar *s, u8 bytes, bool wide)
{
	u8 from = bytes * ALV_BYTE;
	s64 min = wide ? s->smin : s->s32_min;
	s64 max = wide ? s->smax : s->s32_max;
	bool one_sign;

	if (alv_scalar_is_const(s)) {
		u64 value = (u64)sign_extend(s->bits.value, from);

		*s = alv_scalar_const(wide ? value : (u64)(u32)value);
		return;
	}
	one_sign = sext_ends(&min, &max, from);
	s->bits = one_sign ? alv_tnum_range((u64)min, (u64)max) : ALV_TNUM_UNKNOWN;
	alv_range_put(s, ALV_HALF, sext_range(min, max, one_sign, ALV_HALF));
	if (wide)
		alv_range_put(s, ALV_WORD, sext_range(min, max, one_sign, ALV_WORD));
	else
		alv_scalar_zext32(s);
}

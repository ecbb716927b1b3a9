/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the five parts of a scalar learn from each other. Each step intersects with what
 * another part implies, so no value is lost. The order and the number of the steps are
 * the kernel's: this is no fixed point, and what stays unlearned is visible in verdicts.
 */
#include "domain/range.h"

/*
 * Only one member of the bits in [umin, umax]: that is it. (The kernel looks for it
 * among unsigned words alone.)
 *
 *	bits    x         x        x
 *	range      [------x----]
 */
static void learn_only_member(struct alv_scalar *s)
{
	bool starts = !((s->umin ^ s->bits.value) & ~s->bits.mask);
	u64 first = starts ? s->umin : alv_tnum_next(s->bits, s->umin);
	bool is_last = first == (s->bits.value | s->bits.mask);

	if (starts || (!is_last && first <= s->umax))
		is_last = alv_tnum_next(s->bits, first) > s->umax;
	if (is_last)
		*s = alv_scalar_const(first);
}

/*
 * Members of the bits lie between value (all unknown bits 0) and value | mask (all 1);
 * as signed numbers an unknown sign bit counts the other way round.
 */
void alv_range_learn_bits(struct alv_scalar *s, u8 bits)
{
	struct alv_tnum t = alv_range_get_bits(s, bits);
	struct alv_range r = alv_range_get(s, bits);
	u64 sign = (u64)alv_smin(bits);

	alv_range_meet_signed(&r, alv_signed(t.value | (t.mask & sign), bits),
			      alv_signed(t.value | (t.mask & ~sign), bits));
	alv_range_meet_unsigned(&r, t.value, t.value | t.mask);
	alv_range_put(s, bits, r);
	if (bits == ALV_WORD)
		learn_only_member(s);
}

static void learn_from_bits(struct alv_scalar *s)
{
	alv_range_learn_bits(s, ALV_HALF);
	alv_range_learn_bits(s, ALV_WORD);
}

/*
 * The half's ranges from [min, max] of the word, by the upper halves of its ends.
 *
 * The same upper half throughout: the lower half runs from (u32)min to (u32)max, which
 * is an unsigned range, and a signed one, too, if it is in order as such.
 */
static void half_from_ends(struct alv_range *half, u64 min, u64 max, bool in_order)
{
	if ((u32)(min >> ALV_HALF) != (u32)(max >> ALV_HALF))
		return;
	if (in_order || (u32)min <= (u32)max)
		alv_range_meet_unsigned(half, (u32)min, (u32)max);
	if ((s32)min <= (s32)max)
		alv_range_meet_signed(half, (s32)min, (s32)max);
}

/*
 * Two neighbouring upper halves h and h + 1: the lower half runs up to the top of the
 * first and on from 0 in the second. If it starts as negative and ends as not negative
 * number, that is
 *
 *	            h              |            h + 1
 *	 - - - - - - - - [min .....|..... max] - - - - - - -
 *	        S32_MIN         -1 | 0         S32_MAX
 *
 * one signed range.
 */
static void half_from_neighbours(struct alv_range *half, u64 min, u64 max)
{
	u32 next = (u32)(min >> ALV_HALF) + (u32)1;

	if (next == (u32)(max >> ALV_HALF) && (s32)min < 0 && (s32)max >= 0)
		alv_range_meet_signed(half, (s32)min, (s32)max);
}

/*
 * Signed and unsigned order agree on either side of the sign's edge. On a circle cut
 * open at 0:
 *
 *	0                      edge                     umax
 *	|-----------------------|-------------------------|
 *	 non-negative as signed   negative as signed
 *
 * A range within one side means the same in both. An unsigned range that crosses the
 * edge tells nothing about signed. A signed one that crosses 0 is two arcs at the far
 * ends; it tells something if the unsigned range meets only one of them:
 *
 *	|   [uuuuuuuuuuuuuuuuuuuuuuuuuuuuu]               |
 *	|ssssssss]                            [sssssssssss|
 *	    [both]
 *
 * Then both are [umin, smax]; or at the other end [smin, umax].
 */
static void learn_across_signs(struct alv_range *r, u8 bits)
{
	u64 from, to;

	if (alv_signed(r->umin, bits) <= alv_signed(r->umax, bits))
		alv_range_meet_signed(r, alv_signed(r->umin, bits),
				      alv_signed(r->umax, bits));

	from = alv_unsigned((u64)r->smin, bits);
	to = alv_unsigned((u64)r->smax, bits);
	if (from <= to) {
		alv_range_meet_unsigned(r, from, to);
	} else if (r->umax < from) {
		r->smin = alv_signed(r->umin, bits);
		r->umax = r->umax < to ? r->umax : to;
	} else if (to < r->umin) {
		r->smax = alv_signed(r->umax, bits);
		r->umin = r->umin > from ? r->umin : from;
	}
}

static void learn_half_from_word(struct alv_scalar *s)
{
	struct alv_range half = alv_range_get(s, ALV_HALF);

	half_from_ends(&half, s->umin, s->umax, true);
	half_from_ends(&half, (u64)s->smin, (u64)s->smax, false);
	half_from_neighbours(&half, s->umin, s->umax);
	half_from_neighbours(&half, (u64)s->smin, (u64)s->smax);
	learn_across_signs(&half, ALV_HALF);
	alv_range_put(s, ALV_HALF, half);
}

static void learn_word_across_signs(struct alv_scalar *s)
{
	struct alv_range word = alv_range_get(s, ALV_WORD);

	learn_across_signs(&word, ALV_WORD);
	alv_range_put(s, ALV_WORD, word);
}

static u64 with_lower(u64 word, u32 lower)
{
	return (u64)((word & ~(u64)ALV_UMAX32) | lower);
}

/*
 * If the lower half is in [low, high], then no member with the upper half of min is
 * below that upper half and `low`; the same at max.
 */
static void word_from_half(struct alv_range *word, u32 low, u32 high)
{
	alv_range_meet_unsigned(word, with_lower(word->umin, low),
				with_lower(word->umax, high));
	alv_range_meet_signed(word, (s64)with_lower((u64)word->smin, low),
			      (s64)with_lower((u64)word->smax, high));
}

static void learn_word_from_half(struct alv_scalar *s)
{
	struct alv_range word = alv_range_get(s, ALV_WORD);
	bool in_range = false;

	word_from_half(&word, s->u32_min, s->u32_max);
	if ((u32)s->s32_min <= (u32)s->s32_max)
		word_from_half(&word, (u32)s->s32_min, (u32)s->s32_max);

	/*
	 * A sign-extended half that is not negative: an upper half of ones would need a
	 * negative lower one to be as great as S32_MIN, so it is zeros. The half's range
	 * is taken as it is, even where the word's had been tighter.
	 */
	if (s->s32_min >= 0 && word.smin >= ALV_SMIN32 && word.smax <= ALV_SMAX32) {
		word.smin = s->s32_min;
		word.smax = s->s32_max;
		word.umin = (u64)word.smin;
		word.umax = (u64)word.smax;
		in_range = true;
	}
	alv_range_put(s, ALV_WORD, word);
	if (in_range)
		s->bits = alv_tnum_intersect(s->bits, alv_tnum_range(s->umin, s->umax));
}

static void deduce(struct alv_scalar *s)
{
	learn_half_from_word(s);
	learn_word_across_signs(s);
	learn_word_from_half(s);
}

static void learn_bits(struct alv_scalar *s)
{
	struct alv_tnum word =
		alv_tnum_intersect(s->bits, alv_tnum_range(s->umin, s->umax));
	struct alv_tnum half = alv_tnum_intersect(alv_tnum_subreg(word),
						  alv_tnum_range(s->u32_min, s->u32_max));

	s->bits = alv_tnum_with_subreg(word, half);
}

void alv_scalar_sync(struct alv_scalar *s)
{
	learn_from_bits(s);
	deduce(s);
	deduce(s);
	deduce(s);
	learn_bits(s);
	learn_from_bits(s);
}

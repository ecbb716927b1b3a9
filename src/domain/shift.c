/* SPDX-License-Identifier: BSD-2-Clause */
/* Shifts of scalars by a known amount. */
#include "domain/shift.h"

#include "domain/range.h"
#include "isa/insn.h"

/*
 * Of a 32-bit shift the amount's lower half must be known, but the limit is asked of
 * the whole: with anything above the lower half a shift counts as too far.
 */
bool alv_shift_is_known(const struct alv_scalar *amount, bool wide)
{
	struct alv_range r = alv_range_get(amount, wide ? ALV_WORD : ALV_HALF);
	bool known = wide ? alv_scalar_is_const(amount) : alv_scalar_is_const32(amount);

	return known && r.umin == r.umax && r.smin == r.smax &&
	       amount->umax < (u64)(wide ? ALV_WORD : ALV_HALF);
}

/*
 * The unsigned ends shift along, if not even the greatest loses a bit but the least
 * that could (it may become the topmost: max <= 1 << (bits - 1 - amount)).
 */
static void shift_left(struct alv_range *r, u8 amount, u8 bits)
{
	if (amount >= bits || r->umax > (u64)1 << (bits - 1 - amount)) {
		alv_range_forget_unsigned(r, bits);
	} else {
		r->umin = (u64)(r->umin << amount);
		r->umax = (u64)(r->umax << amount);
	}
	alv_range_forget_signed(r, bits);
}

static struct alv_range shift(struct alv_range r, u8 amount, u8 op, u8 bits)
{
	switch (op) {
	case BPF_LSH:
		shift_left(&r, amount, bits);
		break;
	case BPF_RSH:
		/* What was negative is not any more; the unsigned ends tell all. */
		r.umin >>= amount;
		r.umax >>= amount;
		alv_range_forget_signed(&r, bits);
		break;
	default:
		/* Keeps the signed order; the bits tell about the unsigned. */
		r.smin >>= amount;
		r.smax >>= amount;
		alv_range_forget_unsigned(&r, bits);
	}
	return r;
}

static struct alv_tnum shift_bits(struct alv_tnum t, u8 amount, u8 op, u8 bits)
{
	switch (op) {
	case BPF_LSH:
		return alv_tnum_lshift(t, amount);
	case BPF_RSH:
		return alv_tnum_rshift(t, amount);
	default:
		return alv_tnum_arshift(t, amount, bits);
	}
}

static void shift_half(struct alv_scalar *s, u8 amount, u8 op)
{
	alv_range_put(s, ALV_HALF,
		      shift(alv_range_get(s, ALV_HALF), amount, op, ALV_HALF));
	s->bits = alv_tnum_subreg(
		shift_bits(alv_tnum_subreg(s->bits), amount, op, ALV_HALF));
	alv_range_learn_bits(s, ALV_HALF);
}

static void shift_word(struct alv_scalar *s, u8 amount, u8 op)
{
	struct alv_range word = shift(alv_range_get(s, ALV_WORD), amount, op, ALV_WORD);
	struct alv_range half = alv_range_unknown(ALV_HALF);

	if (op == BPF_LSH) {
		/* Nothing comes into the lower half from above. */
		half = shift(alv_range_get(s, ALV_HALF), amount, op, ALV_HALF);
		/* The half becomes the upper one: compilers sign-extend so. */
		if (amount == ALV_HALF) {
			word.smin = (s64)((u64)(s64)s->s32_min << ALV_HALF);
			word.smax = (s64)((u64)(s64)s->s32_max << ALV_HALF);
		}
	}
	alv_range_put(s, ALV_WORD, word);
	alv_range_put(s, ALV_HALF, half);
	s->bits = shift_bits(s->bits, amount, op, ALV_WORD);
	alv_range_learn_bits(s, ALV_HALF);
	alv_range_learn_bits(s, ALV_WORD);
}

void alv_shift(struct alv_scalar *s, u8 amount, u8 op, bool wide)
{
	if (wide)
		shift_word(s, amount, op);
	else
		shift_half(s, amount, op);
}

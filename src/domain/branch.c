/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comparisons: what two scalars say about one, and what one says about two scalars.
 *
 * All orders are "less" or "less or equal" of operands in this or the other order, and
 * the opposite of one is the other one with the operands exchanged:
 *
 *	a > b  is  b < a	not (a < b)  is  b <= a
 */
#include "domain/range.h"
#include "isa/insn.h"

struct order {
	bool known;    /* the code is an order, not JEQ, JNE, JSET */
	bool exchange; /* of the operands */
	bool or_equal;
	bool is_signed;
};

static struct order order_of(u8 op)
{
	static const struct order orders[16] = {
		[BPF_JGT >> 4] = { .known = true, .exchange = true },
		[BPF_JGE >> 4] = { .known = true, .exchange = true, .or_equal = true },
		[BPF_JLT >> 4] = { .known = true },
		[BPF_JLE >> 4] = { .known = true, .or_equal = true },
		[BPF_JSGT >> 4] = { .known = true, .exchange = true, .is_signed = true },
		[BPF_JSGE >> 4] = { .known = true,
				    .exchange = true,
				    .or_equal = true,
				    .is_signed = true },
		[BPF_JSLT >> 4] = { .known = true, .is_signed = true },
		[BPF_JSLE >> 4] = { .known = true, .or_equal = true, .is_signed = true },
	};

	return orders[op >> 4];
}

/* One of both widths. */
static u8 width(bool wide)
{
	return wide ? ALV_WORD : ALV_HALF;
}

static bool is_const(const struct alv_scalar *s, u8 bits)
{
	return alv_tnum_is_const(alv_range_get_bits(s, bits));
}

static bool are_apart(const struct alv_scalar *a, const struct alv_scalar *b, u8 bits)
{
	struct alv_range r = alv_range_get(a, bits);
	struct alv_range other = alv_range_get(b, bits);

	return r.umin > other.umax || r.umax < other.umin || r.smin > other.smax ||
	       r.smax < other.smin;
}

static int is_equal(const struct alv_scalar *a, const struct alv_scalar *b, u8 bits)
{
	struct alv_tnum t = alv_range_get_bits(a, bits);
	struct alv_tnum other = alv_range_get_bits(b, bits);

	if (alv_tnum_is_const(t) && alv_tnum_is_const(other))
		return t.value == other.value;
	/* If the lower halves differ, the words do. */
	if (!alv_tnum_overlap(t, other) || are_apart(a, b, bits) ||
	    are_apart(a, b, ALV_HALF))
		return 0;
	return -1;
}

/* Has a bit of the one in common with the other? Told only of a constant's bits. */
static int has_common_bit(const struct alv_scalar *a, const struct alv_scalar *b, u8 bits)
{
	bool by_b = is_const(b, bits);
	struct alv_tnum mask = alv_range_get_bits(by_b ? b : a, bits);
	struct alv_tnum t = alv_range_get_bits(by_b ? a : b, bits);

	if (!alv_tnum_is_const(mask))
		return -1;
	if (t.value & mask.value)
		return 1;
	return (t.value | t.mask) & mask.value ? -1 : 0;
}

static int is_less(struct alv_range a, struct alv_range b, struct order order)
{
	if (order.is_signed) {
		if (order.or_equal ? a.smax <= b.smin : a.smax < b.smin)
			return 1;
		return (order.or_equal ? a.smin > b.smax : a.smin >= b.smax) ? 0 : -1;
	}
	if (order.or_equal ? a.umax <= b.umin : a.umax < b.umin)
		return 1;
	return (order.or_equal ? a.umin > b.umax : a.umin >= b.umax) ? 0 : -1;
}

int alv_scalar_branch_taken(const struct alv_scalar *a, const struct alv_scalar *b, u8 op,
			    bool wide)
{
	struct order order = order_of(op);
	u8 bits = width(wide);
	int equal;

	switch (op) {
	case BPF_JEQ:
		return is_equal(a, b, bits);
	case BPF_JNE:
		equal = is_equal(a, b, bits);
		return equal < 0 ? equal : !equal;
	case BPF_JSET:
		return has_common_bit(a, b, bits);
	}
	if (!order.known)
		return -1;
	if (order.exchange)
		return is_less(alv_range_get(b, bits), alv_range_get(a, bits), order);
	return is_less(alv_range_get(a, bits), alv_range_get(b, bits), order);
}

/*
 * From here on a and b may be one and the same scalar ("if r1 < r1"): each is read
 * again after the other has changed.
 */

/* Both are what both may be. */
static void refine_equal(struct alv_scalar *a, struct alv_scalar *b, u8 bits)
{
	struct alv_range common = alv_range_get(a, bits);
	struct alv_range other = alv_range_get(b, bits);
	struct alv_tnum t;

	alv_range_meet_unsigned(&common, other.umin, other.umax);
	alv_range_meet_signed(&common, other.smin, other.smax);
	alv_range_put(a, bits, common);
	alv_range_put(b, bits, common);
	t = alv_tnum_intersect(alv_range_get_bits(a, bits), alv_range_get_bits(b, bits));
	alv_range_put_bits(a, bits, t);
	alv_range_put_bits(b, bits, t);
}

/* A range has no holes: a value that is not had is worth knowing at its ends only. */
static void refine_unequal(struct alv_scalar *s, u64 value, u8 bits)
{
	struct alv_range r = alv_range_get(s, bits);
	s64 as_signed = alv_signed(value, bits);

	if (r.umin == value)
		r.umin = alv_unsigned(r.umin + 1, bits);
	if (r.umax == value)
		r.umax = alv_unsigned(r.umax - 1, bits);
	if (r.smin == as_signed)
		r.smin = alv_signed((u64)r.smin + 1, bits);
	if (r.smax == as_signed)
		r.smax = alv_signed((u64)r.smax - 1, bits);
	alv_range_put(s, bits, r);
}

/*
 * Some bit of the mask is set: known only of a mask of one. None is: then none. There
 * the ranges are forgotten, lest they contradict the bits where this can't be; sync()
 * has them back from the bits.
 */
static void refine_common_bit(struct alv_scalar *s, u64 mask, bool holds, u8 bits)
{
	struct alv_tnum t = alv_range_get_bits(s, bits);

	if (holds) {
		if (!mask || (mask & (mask - 1)))
			return;
		t = alv_tnum_or(t, alv_tnum_const(mask));
	} else {
		alv_scalar_forget_ranges(s);
		t = alv_tnum_and(t, alv_tnum_const(~mask));
	}
	alv_range_put_bits(s, bits, t);
}

/* a < b: a is at most b's greatest less 1, b at least a's least and 1. */
static void refine_less(struct alv_scalar *a, struct alv_scalar *b, struct order order,
			u8 bits)
{
	struct alv_range least = alv_range_get(a, bits);
	struct alv_range r = alv_range_get(b, bits);
	u64 gap = order.or_equal ? 0 : 1;

	if (order.is_signed)
		alv_range_meet_signed(&least, least.smin,
				      alv_signed((u64)r.smax - gap, bits));
	else
		alv_range_meet_unsigned(&least, least.umin,
					alv_unsigned(r.umax - gap, bits));
	alv_range_put(a, bits, least);

	r = alv_range_get(b, bits);
	if (order.is_signed)
		alv_range_meet_signed(&r, alv_signed((u64)least.smin + gap, bits),
				      r.smax);
	else
		alv_range_meet_unsigned(&r, alv_unsigned(least.umin + gap, bits), r.umax);
	alv_range_put(b, bits, r);
}

/* JSET, and unequal: of the one if the other is known. */
static void refine_by_const(struct alv_scalar *a, struct alv_scalar *b, u8 op, bool holds,
			    u8 bits)
{
	bool by_b = is_const(b, bits);
	struct alv_tnum value = alv_range_get_bits(by_b ? b : a, bits);

	if (!alv_tnum_is_const(value))
		return;
	if (op == BPF_JSET)
		refine_common_bit(by_b ? a : b, value.value, holds, bits);
	else
		refine_unequal(by_b ? a : b, value.value, bits);
}

void alv_scalar_refine(struct alv_scalar *a, struct alv_scalar *b, u8 op, bool holds,
		       bool wide)
{
	struct order order = order_of(op);
	u8 bits = width(wide);

	if (order.known) {
		if (!holds) {
			order.exchange = !order.exchange;
			order.or_equal = !order.or_equal;
		}
		if (order.exchange)
			refine_less(b, a, order, bits);
		else
			refine_less(a, b, order, bits);
	} else if ((op == BPF_JEQ && holds) || (op == BPF_JNE && !holds)) {
		refine_equal(a, b, bits);
	} else {
		refine_by_const(a, b, op, holds, bits);
	}
	alv_scalar_sync(a);
	alv_scalar_sync(b);
}

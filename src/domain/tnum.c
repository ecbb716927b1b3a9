/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on numbers of which some bits are known. Kernel counterpart: tnum.c. The
 * results are the same, bit for bit.
 *
 * min(t) = t.value and max(t) = t.value + t.mask are the least and the greatest member.
 */
#include "domain/tnum.h"

static struct alv_tnum make(u64 value, u64 mask)
{
	return (struct alv_tnum){ .value = (u64)(value & (u64)~mask), .mask = mask };
}

/* Ones from the highest one on. */
static u64 fill(u64 value)
{
	if (!value)
		return 0;
	return ALV_UMAX >> (__builtin_clzll(value) - (64 - ALV_WORD));
}

/*
 * All bits from the highest on which min and max differ may be anything:
 *
 *	min  1 0 1 0 1 1
 *	max  1 0 1 1 0 1
 *	     1 0 1 x x x
 *
 * and none may be known: the range has 1 0 1 0 1 1 .. 1 0 1 1 0 0, and where the
 * highest differing bit turns all below turn, too.
 */
struct alv_tnum alv_tnum_range(u64 min, u64 max)
{
	return make(min, fill(min ^ max));
}

struct alv_tnum alv_tnum_lshift(struct alv_tnum t, u8 shift)
{
	return make((u64)(t.value << shift), (u64)(t.mask << shift));
}

struct alv_tnum alv_tnum_rshift(struct alv_tnum t, u8 shift)
{
	return make(t.value >> shift, t.mask >> shift);
}

/* An unknown sign smears unknown bits, a known one its value. */
struct alv_tnum alv_tnum_arshift(struct alv_tnum t, u8 shift, u8 bits)
{
	s64 value = alv_signed(t.value, bits) >> shift;
	s64 mask = alv_signed(t.mask, bits) >> shift;

	return make(alv_unsigned((u64)value, bits), alv_unsigned((u64)mask, bits));
}

/*
 * A sum's bit is known if both operands' bits are and the carry into it is the same for
 * all members. Carries only grow with the operands: those of min(a) + min(b) are had by
 * all sums, those of max(a) + max(b) are all there can be. Where the two sums agree on
 * a bit of known operands the carry is the same in both, so always.
 */
struct alv_tnum alv_tnum_add(struct alv_tnum a, struct alv_tnum b)
{
	u64 least = a.value + b.value;
	u64 greatest = least + a.mask + b.mask;

	return make(least, (least ^ greatest) | a.mask | b.mask);
}

/* As above with borrows: most for min(a) - max(b), least for max(a) - min(b). */
struct alv_tnum alv_tnum_sub(struct alv_tnum a, struct alv_tnum b)
{
	u64 diff = a.value - b.value;
	u64 least = diff - b.mask;
	u64 greatest = diff + a.mask;

	return make(diff, (least ^ greatest) | a.mask | b.mask);
}

struct alv_tnum alv_tnum_neg(struct alv_tnum t)
{
	return alv_tnum_sub(alv_tnum_const(0), t);
}

/* Known 1 where both are; known 0 where either is. */
struct alv_tnum alv_tnum_and(struct alv_tnum a, struct alv_tnum b)
{
	u64 ones = a.value & b.value;
	u64 maybe = (a.value | a.mask) & (b.value | b.mask);

	return make(ones, maybe & ~ones);
}

struct alv_tnum alv_tnum_or(struct alv_tnum a, struct alv_tnum b)
{
	u64 ones = a.value | b.value;

	return make(ones, (a.mask | b.mask) & ~ones);
}

struct alv_tnum alv_tnum_xor(struct alv_tnum a, struct alv_tnum b)
{
	return make(a.value ^ b.value, a.mask | b.mask);
}

/*
 * Long multiplication: a is the sum of its bits, so
 *
 *	a * b = sum over i of a[i] * (b << i)
 *
 * A known 1 adds the row; an unknown bit adds it or not, and the result covers both.
 * Not the least tnum there is (the rows' unknown bits are taken as independent), but
 * the one the kernel has.
 */
struct alv_tnum alv_tnum_mul(struct alv_tnum a, struct alv_tnum b)
{
	struct alv_tnum sum = alv_tnum_const(0);

	while (a.value | a.mask) {
		if (a.value & 1)
			sum = alv_tnum_add(sum, b);
		else if (a.mask & 1)
			sum = alv_tnum_union(sum, alv_tnum_add(sum, b));
		a = alv_tnum_rshift(a, 1);
		b = alv_tnum_lshift(b, 1);
	}
	return sum;
}

struct alv_tnum alv_tnum_intersect(struct alv_tnum a, struct alv_tnum b)
{
	return make(a.value | b.value, a.mask & b.mask);
}

/* Unknown: what either does not know, and where they disagree. */
struct alv_tnum alv_tnum_union(struct alv_tnum a, struct alv_tnum b)
{
	return make(a.value, (a.value ^ b.value) | a.mask | b.mask);
}

/* Not if some bit is known to both and differs. Else take each bit from who knows it. */
bool alv_tnum_overlap(struct alv_tnum a, struct alv_tnum b)
{
	return !((a.value ^ b.value) & ~a.mask & ~b.mask);
}

/*
 * Let y = value + 1. If y has no wrong known bit, it is a member. Else take the highest
 * wrong one; whatever stands below, the least member has its unknown bits 0 there.
 *
 *	t  x x 1 x x	  t  x x 0 x x
 *	y  0 1 0 1 1	  y  0 1 1 1 1
 *	   0 1 1 0 0	     1 0 0 0 0
 *
 * A missing 1 makes y greater and done. A 1 too much must go, so the unknown bits above
 * count up by one: ones in all the others let the carry through.
 */
u64 alv_tnum_next(struct alv_tnum t, u64 value)
{
	u64 greatest = t.value | t.mask;
	u64 from = value + (u64)1;
	u64 wrong, below;

	if (value >= greatest)
		return greatest;
	wrong = (from ^ t.value) & ~t.mask;
	if (!wrong)
		return from;
	below = fill(wrong);
	if (from & (below ^ (below >> 1)))
		return ((u64)((from | below | ~t.mask) + (u64)1) & t.mask) | t.value;
	return (from & ~below & t.mask) | t.value;
}

struct alv_tnum alv_tnum_cast(struct alv_tnum t, u8 size)
{
	u64 keep =
		size * ALV_BYTE < ALV_WORD ? ((u64)1 << (size * ALV_BYTE)) - 1 : ALV_UMAX;

	return make(t.value & keep, t.mask & keep);
}

bool alv_tnum_is_aligned(struct alv_tnum t, u64 size)
{
	return !size || !((t.value | t.mask) & (size - 1));
}

/* b knows all that a knows, and the same. */
bool alv_tnum_in(struct alv_tnum a, struct alv_tnum b)
{
	return !(b.mask & ~a.mask) && !((a.value ^ b.value) & ~a.mask);
}

struct alv_tnum alv_tnum_subreg(struct alv_tnum t)
{
	return make((u32)t.value, (u32)t.mask);
}

struct alv_tnum alv_tnum_clear_subreg(struct alv_tnum t)
{
	return alv_tnum_lshift(alv_tnum_rshift(t, ALV_HALF), ALV_HALF);
}

struct alv_tnum alv_tnum_with_subreg(struct alv_tnum t, struct alv_tnum subreg)
{
	return alv_tnum_or(alv_tnum_clear_subreg(t), alv_tnum_subreg(subreg));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic and logic on scalars. Word and lower half are computed beside each other:
 * the lower half of a sum, difference, product or bitwise result depends on the lower
 * halves of its operands alone. A 32-bit operation takes the half and zero-extends it.
 */
#include "domain/range.h"
#include "domain/shift.h"
#include "isa/insn.h"

static bool fits(s64 value, u8 bits)
{
	return value == alv_signed((u64)value, bits);
}

/*
 * Ends add to ends. In modular arithmetic the sums are one range still if all of them
 * wrap round or none does; that is, if the ends agree. The signed range is given up as
 * soon as one of its ends does not fit.
 */
static struct alv_range add(struct alv_range a, struct alv_range b, u8 bits)
{
	struct alv_range sum = {
		.umin = alv_unsigned((u64)(a.umin + b.umin), bits),
		.umax = alv_unsigned((u64)(a.umax + b.umax), bits),
	};

	if (sum.umin >= a.umin && sum.umax < a.umax)
		alv_range_forget_unsigned(&sum, bits);
	if (__builtin_add_overflow(a.smin, b.smin, &sum.smin) ||
	    __builtin_add_overflow(a.smax, b.smax, &sum.smax) || !fits(sum.smin, bits) ||
	    !fits(sum.smax, bits))
		alv_range_forget_signed(&sum, bits);
	return sum;
}

static struct alv_range sub(struct alv_range a, struct alv_range b, u8 bits)
{
	struct alv_range diff = {
		.umin = alv_unsigned((u64)(a.umin - b.umax), bits),
		.umax = alv_unsigned((u64)(a.umax - b.umin), bits),
	};

	if (a.umin < b.umax && a.umax >= b.umin)
		alv_range_forget_unsigned(&diff, bits);
	if (__builtin_sub_overflow(a.smin, b.smax, &diff.smin) ||
	    __builtin_sub_overflow(a.smax, b.smin, &diff.smax) ||
	    !fits(diff.smin, bits) || !fits(diff.smax, bits))
		alv_range_forget_signed(&diff, bits);
	return diff;
}

/*
 * Over a box of factors a product, linear in each, has its extremes in corners. Which
 * of the four, the signs decide; so all are looked at.
 */
static struct alv_range mul(struct alv_range a, struct alv_range b, u8 bits)
{
	const s64 corners[4][2] = { { a.smin, b.smin },
				    { a.smin, b.smax },
				    { a.smax, b.smin },
				    { a.smax, b.smax } };
	struct alv_range product = { .smin = ALV_SMAX, .smax = ALV_SMIN };
	s64 corner;
	int i;

	if (__builtin_mul_overflow(a.umax, b.umax, &product.umax) ||
	    __builtin_mul_overflow(a.umin, b.umin, &product.umin) ||
	    product.umax > alv_umax(bits) || product.umin > alv_umax(bits))
		alv_range_forget_unsigned(&product, bits);
	for (i = 0; i < 4; i++) {
		if (__builtin_mul_overflow(corners[i][0], corners[i][1], &corner) ||
		    !fits(corner, bits)) {
			alv_range_forget_signed(&product, bits);
			break;
		}
		product.smin = corner < product.smin ? corner : product.smin;
		product.smax = corner > product.smax ? corner : product.smax;
	}
	return product;
}

/*
 * `t`: the result's bits. And never exceeds an operand, or is never less than one; the
 * other ends come from the bits.
 */
static struct alv_range bitwise(u8 op, struct alv_range a, struct alv_range b,
				struct alv_tnum t, u8 bits)
{
	struct alv_range r = { .umin = t.value, .umax = t.value | t.mask };

	if (op == BPF_AND)
		r.umax = a.umax < b.umax ? a.umax : b.umax;
	if (op == BPF_OR)
		r.umin = a.umin > b.umin ? a.umin : b.umin;
	alv_range_signed_from_unsigned(&r, bits);
	return r;
}

static struct alv_tnum combine_bits(u8 op, struct alv_tnum a, struct alv_tnum b)
{
	switch (op) {
	case BPF_ADD:
		return alv_tnum_add(a, b);
	case BPF_SUB:
		return alv_tnum_sub(a, b);
	case BPF_MUL:
		return alv_tnum_mul(a, b);
	case BPF_AND:
		return alv_tnum_and(a, b);
	case BPF_OR:
		return alv_tnum_or(a, b);
	default:
		return alv_tnum_xor(a, b);
	}
}

/* One width; dst->bits are the result's already. */
static void combine_ranges(struct alv_scalar *dst, const struct alv_scalar *src, u8 op,
			   u8 bits)
{
	struct alv_range a = alv_range_get(dst, bits);
	struct alv_range b = alv_range_get(src, bits);
	struct alv_tnum result = alv_range_get_bits(dst, bits);
	struct alv_tnum operand = alv_range_get_bits(src, bits);

	switch (op) {
	case BPF_ADD:
		a = add(a, b, bits);
		break;
	case BPF_SUB:
		a = sub(a, b, bits);
		break;
	case BPF_MUL:
		a = mul(a, b, bits);
		break;
	default:
		if (alv_tnum_is_const(result) && alv_tnum_is_const(operand))
			a = alv_range_const(result.value, bits);
		else
			a = bitwise(op, a, b, result, bits);
	}
	alv_range_put(dst, bits, a);
}

static void combine(struct alv_scalar *dst, const struct alv_scalar *src, u8 op)
{
	dst->bits = combine_bits(op, dst->bits, src->bits);
	combine_ranges(dst, src, op, ALV_HALF);
	combine_ranges(dst, src, op, ALV_WORD);
	if (op == BPF_AND || op == BPF_OR || op == BPF_XOR) {
		alv_range_learn_bits(dst, ALV_HALF);
		alv_range_learn_bits(dst, ALV_WORD);
	}
}

bool alv_scalar_is_computable(const struct alv_scalar *src, u8 op, bool wide)
{
	switch (op) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_NEG:
	case BPF_MUL:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return true;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return alv_shift_is_known(src, wide);
	default:
		return false;
	}
}

void alv_scalar_alu(struct alv_scalar *dst, const struct alv_scalar *src, u8 op,
		    bool wide)
{
	struct alv_scalar operand = *src; /* may be dst itself */

	if (!alv_scalar_is_computable(&operand, op, wide)) {
		*dst = alv_scalar_unknown();
		return;
	}
	switch (op) {
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		alv_shift(dst, (u8)(wide ? operand.umin : operand.u32_min), op, wide);
		break;
	case BPF_NEG:
		operand = *dst;
		*dst = alv_scalar_const(0);
		combine(dst, &operand, BPF_SUB);
		break;
	default:
		combine(dst, &operand, op);
	}
	if (!wide)
		alv_range_zero_upper(dst);
	alv_scalar_sync(dst);
}

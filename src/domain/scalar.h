/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a number: its bits, and its ranges as signed and unsigned 64-bit
 * and (lower half) 32-bit value. Each of the five is sound on its own; sync() lets
 * them learn from each other.
 *
 * gamma(s) is the intersection of the five. The operations give exactly what Linux's
 * verifier would know (6.18), no more and no less: a verdict hangs on it.
 */
#ifndef ALV_DOMAIN_SCALAR_H
#define ALV_DOMAIN_SCALAR_H

#include "domain/tnum.h"

struct alv_scalar {
	struct alv_tnum bits;
	s64 smin;
	s64 smax;
	u64 umin;
	u64 umax;
	s32 s32_min;
	s32 s32_max;
	u32 u32_min;
	u32 u32_max;
};

struct alv_scalar alv_scalar_unknown(void);
struct alv_scalar alv_scalar_const(u64 value);
/* The lower half becomes `value`, the upper half's bits and the 64-bit ranges stay. */
void alv_scalar_set32(struct alv_scalar *s, u32 value);
/* Ranges become those of an unknown value, the bits stay. */
void alv_scalar_forget_ranges(struct alv_scalar *s);

static inline bool alv_scalar_is_const(const struct alv_scalar *s)
{
	return alv_tnum_is_const(s->bits);
}

/* Is the lower half known? */
static inline bool alv_scalar_is_const32(const struct alv_scalar *s)
{
	return alv_tnum_is_const(alv_tnum_subreg(s->bits));
}

/* Let bits and ranges learn from each other, as far as the kernel does. */
void alv_scalar_sync(struct alv_scalar *s);
/*
 * How the parts contradict each other, in the words of the kernel's report; NULL: they
 * don't. A flawed one is of a branch that can't be; the kernel forgets its ranges.
 */
const char *alv_scalar_flaw(const struct alv_scalar *s);
/* Is every value of `inner` one of `outer`'s? (range containment of state pruning) */
bool alv_scalar_within(const struct alv_scalar *outer, const struct alv_scalar *inner);

/*
 * dst = dst OP src, for `op` one of BPF_ADD .. BPF_ARSH (BPF_OP of the code; BPF_NEG
 * looks at dst alone), `wide` for 64 bits; 32-bit results are zero-extended. dst ends
 * synced. src may be dst. The caller deals with pointers.
 */
void alv_scalar_alu(struct alv_scalar *dst, const struct alv_scalar *src, u8 op,
		    bool wide);
/*
 * Is anything told of the result? Not of divisions, nor of shifts by an unknown amount
 * or beyond the width: alu() makes dst unknown.
 */
bool alv_scalar_is_computable(const struct alv_scalar *src, u8 op, bool wide);

/*
 * Is s 0 or all ones, as word or else as lower half, and what is it then? AND and OR of
 * such a one (of a shifted-out sign) with a constant the kernel walks twice: first with
 * ones, and later the same instruction again with zero.
 */
bool alv_scalar_splits(const struct alv_scalar *s, struct alv_scalar *ret_zero,
		       struct alv_scalar *ret_ones);

/* dst = (u32)dst, and the zero and sign extensions of 1, 2 and 4 bytes. */
void alv_scalar_zext32(struct alv_scalar *s);
void alv_scalar_zext(struct alv_scalar *s, u8 bytes);
void alv_scalar_sext(struct alv_scalar *s, u8 bytes, bool wide);
/* BPF_END: cut to `bits` (16, 32, 64) and `swap` their bytes; or only cut. */
void alv_scalar_swap(struct alv_scalar *s, u8 bits, bool swap);

/*
 * Branches. `op` is BPF_JEQ .. BPF_JSLE or BPF_JSET. taken(): 1 always, 0 never, -1
 * can't tell. refine(): what a and b become where the condition holds (`holds`) or
 * does not; they end synced, and may be one. Both look at the lower halves only unless
 * `wide`.
 */
int alv_scalar_branch_taken(const struct alv_scalar *a, const struct alv_scalar *b, u8 op,
			    bool wide);
void alv_scalar_refine(struct alv_scalar *a, struct alv_scalar *b, u8 op, bool holds,
		       bool wide);

/*
 * "smin=0,smax=umax=255,var_off=(0x0; 0xff)" as the kernel's reports have it, nothing
 * for what is unknown, the number alone if it is known; returns what snprintf(3) does.
 */
int alv_scalar_print(char *text, size_t size, const struct alv_scalar *s);
/* "u64=[0x0, 0xff] s64=[..] u32=[..] s32=[..] var_off=(0x0, 0xff)", of a flawed one. */
int alv_scalar_print_parts(char *text, size_t size, const struct alv_scalar *s);
/* Numbers as in reports: small ones decimal, others hexadecimal. */
int alv_scalar_print_signed(char *text, size_t size, s64 number);
int alv_scalar_print_unsigned(char *text, size_t size, u64 number);

#endif

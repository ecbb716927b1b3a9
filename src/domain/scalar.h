/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a number: its bits, and its ranges as signed and unsigned 64-bit
 * and (lower half) 32-bit value. Each of the five is sound on its own; sync() lets
 * them learn from each other.
 *
 * gamma(s) is the intersection of the five. The operations give exactly what Linux's
 * verifier would know, no more and no less: a verdict hangs on it.
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
/* False: the parts contradict each other, no value is possible. */
bool alv_scalar_is_possible(const struct alv_scalar *s);
/* Is every value of `inner` one of `outer`'s? (range containment of state pruning) */
bool alv_scalar_within(const struct alv_scalar *outer, const struct alv_scalar *inner);

/*
 * dst = dst OP src, for `op` one of BPF_ADD .. BPF_ARSH (BPF_OP of the code), `wide`
 * for 64 bits; 32-bit results are zero-extended. `off` is the instruction's (signed
 * division and modulo). dst ends synced. The caller deals with pointers.
 */
void alv_scalar_alu(struct alv_scalar *dst, const struct alv_scalar *src, u8 op, s16 off,
		    bool wide);
/* Would this shift be undefined (amount possibly beyond the width)? Then dst is unknown. */
bool alv_scalar_shift_is_wild(const struct alv_scalar *amount, bool wide);

/* dst = (u32)dst, and the sign and zero extensions of 8, 16 and 32 bits. */
void alv_scalar_zext32(struct alv_scalar *s);
void alv_scalar_zext(struct alv_scalar *s, u8 bytes);
void alv_scalar_sext(struct alv_scalar *s, u8 bytes, bool wide);
/* BPF_END: byte swap or truncation to `bits`. */
void alv_scalar_swap(struct alv_scalar *s, u8 bits);

/*
 * Branches. `op` is BPF_JEQ .. BPF_JSLE or BPF_JSET. taken(): 1 always, 0 never, -1
 * can't tell. refine(): what a and b become where the condition holds (`holds`) or
 * does not. Both look at the lower halves only unless `wide`.
 */
int alv_scalar_branch_taken(const struct alv_scalar *a, const struct alv_scalar *b, u8 op,
			    bool wide);
void alv_scalar_refine(struct alv_scalar *a, struct alv_scalar *b, u8 op, bool holds, bool wide);

/*
 * "smin=0,smax=umax=255,var_off=(0x0; 0xff)" as the kernel's reports have it, nothing
 * for what is unknown; returns what snprintf(3) does.
 */
int alv_scalar_print(char *text, size_t size, const struct alv_scalar *s);

#endif

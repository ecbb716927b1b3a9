/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a processor may do ahead of time, for programs without CAP_PERFMON. Branches are
 * followed the way that they never go, offsets of pointers as if they were zero. What is
 * unsafe there refuses nothing: the instruction gets a barrier, and the path ends.
 */
#ifndef ALV_VERIFIER_SPECULATE_H
#define ALV_VERIFIER_SPECULATE_H

#include "verifier/env.h"

/* Pointer arithmetic on its way: what the first half learned. */
struct alv_masking {
	u8 mask;
	u32 limit;
	bool leftwards;
};

/*
 * The branch's other way, which is only taken ahead of time: `next` begins it. What it
 * compares may be anything there.
 */
int alv_speculate_branch(struct alv_env *env, const struct bpf_insn *insn, u32 next);

/*
 * Before a pointer moves: in_place: it is in the destination register, as in "pointer +=
 * number". -EACCES; -ENOMEM: too many paths.
 */
int alv_mask_pointer(struct alv_env *env, const struct bpf_insn *insn,
		     const struct alv_reg *pointer, const struct alv_reg *offset, bool in_place,
		     struct alv_masking *masking);
/* When it has moved to `moved`. */
int alv_mask_moved(struct alv_env *env, const struct bpf_insn *insn, const struct alv_reg *moved,
		   bool in_place, const struct alv_masking *masking);
/* The same instruction with two numbers. */
int alv_mask_number(struct alv_env *env, const struct bpf_insn *insn);

/*
 * A store of `size` bytes to a slot of the stack, the first at `first`: unless the slot
 * held plain bytes and gets plain bytes, loads must not overtake it.
 */
void alv_speculate_store(struct alv_env *env, const u8 *bytes, u32 first, u32 size,
			 const struct alv_reg *value);

/* May a barrier take the place of this refusal? */
static inline bool alv_speculation_stops(const struct alv_env *env, int err)
{
	return env->state->speculative && (err == -EPERM || err == -EACCES || err == -EINVAL);
}

#endif

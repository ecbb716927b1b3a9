/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Iterators: objects on the stack that the kernel's functions begin, advance and end.
 * An advance is verified both ways: nothing more came, or something did.
 */
#ifndef ALV_VERIFIER_ITER_H
#define ALV_VERIFIER_ITER_H

#include "verifier/env.h"

enum alv_iter_state {
	ALV_ITER_NONE,
	ALV_ITER_ACTIVE,
	ALV_ITER_DRAINED, /* nothing more comes */
};

struct alv_kfunc_call;

/* The iterator argument of a function of the kernel. */
int alv_iter_check_arg(struct alv_env *env, struct alv_kfunc_call *call, u32 number, u32 type_id);
/* Behind a call that advances one. */
int alv_iter_step(struct alv_env *env, const struct alv_kfunc_call *call);
/* " fp-8=iter_num(...)", of a first slot. */
void alv_iter_print(struct alv_env *env, const struct alv_reg *iter, u32 slot);
/* Is an iterator further in the one state than in the other? */
bool alv_iters_differ(const struct alv_state *old, const struct alv_state *cur);
/* Is the iterator in R1 of a state at its next step active? */
bool alv_iter_is_active(const struct alv_state *state);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which scalars of checkpoints must match exactly, since something depends on them. */
#ifndef ALV_VERIFIER_PRECISION_H
#define ALV_VERIFIER_PRECISION_H

#include "verifier/env.h"

/*
 * Mark what env->backtrack holds of `start`, and what it was made of. *changed
 * becomes true when a mark was new. -EFAULT: the history is at odds with the program.
 */
int alv_precision_mark_set(struct alv_env *env, struct alv_state *start, bool *changed);
/* What is precise in `old` must be so in `cur`, which was found equal to it. */
int alv_precision_propagate(struct alv_env *env, const struct alv_state *old,
			    struct alv_state *cur, bool *changed);
/* All scalars of all checkpoints above. */
void alv_precision_force(struct alv_env *env, struct alv_state *state);
void alv_precision_forget(struct alv_state *state);

#endif

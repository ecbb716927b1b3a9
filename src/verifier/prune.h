/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pruning: a state that an older one covers need not be followed. States are
 * remembered at checkpoints; which of them, and how long, decides how many
 * instructions are processed, so the kernel's rules hold to the letter.
 */
#ifndef ALV_VERIFIER_PRUNE_H
#define ALV_VERIFIER_PRUNE_H

#include "verifier/env.h"

enum alv_exactness {
	ALV_NOT_EXACT, /* scalars that are not precise match any other */
	ALV_EXACT,     /* the same in everything but ids */
	ALV_WITHIN,    /* ranges matter for all scalars */
};

int alv_prune_new(struct alv_env *env);
void alv_prune_finish(struct alv_env *env);
/*
 * At a prune point: 1: the path can end here; 0: go on (perhaps below a new
 * checkpoint). -EINVAL: it loops; -ENOMEM.
 */
int alv_prune(struct alv_env *env);
/* A path ended below the state: count it out, up to where others are under way. */
int alv_prune_leave(struct alv_env *env, struct alv_state *state);
void alv_prune_count_peak(struct alv_env *env);
/* The state in which the same callback or loop was begun the time before; NULL: none. */
struct alv_state *alv_prune_previous(struct alv_env *env, const struct alv_state *state,
				     u32 insn);
/* Forget the values of scalars that may have changed since, so that loops converge. */
void alv_prune_widen(struct alv_env *env, struct alv_state *old, struct alv_state *cur);

bool alv_states_equal(struct alv_env *env, const struct alv_state *old,
		      const struct alv_state *cur, enum alv_exactness exactness);

#endif

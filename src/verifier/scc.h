/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loops during exploration. A state inside a cycle of the flow graph that was found
 * equal to an older one ends its path although the older one's precision marks may
 * not be complete yet. Such back edges are kept with the visit of their cycle (by one
 * chain of calls) and their marks are propagated when all paths of the visit ended.
 */
#ifndef ALV_VERIFIER_SCC_H
#define ALV_VERIFIER_SCC_H

#include "verifier/env.h"

int alv_scc_new(struct alv_env *env);
void alv_scc_free(struct alv_scc *scc, u32 n_sccs);
/* A checkpoint was made. -ENOMEM. */
int alv_scc_enter(struct alv_env *env, struct alv_state *state);
/* All paths below a checkpoint ended. */
int alv_scc_exit(struct alv_env *env, struct alv_state *state);
/* Keep a copy of the current state as an edge back to `equal`. -ENOMEM. */
int alv_scc_add_edge(struct alv_env *env, const struct alv_state *equal);
/* Are the state's precision marks incomplete? */
bool alv_scc_is_open(struct alv_env *env, const struct alv_state *state);
/* Back edges that are kept now. */
u32 alv_scc_edges(const struct alv_scc *scc);

#endif

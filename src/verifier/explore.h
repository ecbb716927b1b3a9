/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exploration: every path from a function's first instruction to its exits, depth
 * first. A branch pushes the state of its other side; the end of a path pops one.
 */
#ifndef ALV_VERIFIER_EXPLORE_H
#define ALV_VERIFIER_EXPLORE_H

#include "verifier/env.h"

/* The main program (0), or a global function. */
int alv_explore(struct alv_env *env, u32 subprog);

#endif

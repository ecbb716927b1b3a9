/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * func_info and line_info of a program against its instructions and its BTF. What was
 * checked here is what reports, calls and tools rely on.
 */
#ifndef ALV_VERIFIER_INFO_H
#define ALV_VERIFIER_INFO_H

#include "verifier/env.h"

/* Let the caller fill in what belongs to the phase. */
int alv_collect(struct alv_env *env, enum alv_verifier_phase phase);
/* Functions' records by themselves: ordered, of functions' types. -EINVAL. */
int alv_check_func_types(struct alv_env *env);
/* Records against the subprograms that there are. -EINVAL. */
int alv_check_info(struct alv_env *env);

#endif

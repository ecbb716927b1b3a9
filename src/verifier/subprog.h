/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of the program. */
#ifndef ALV_VERIFIER_SUBPROG_H
#define ALV_VERIFIER_SUBPROG_H

#include "verifier/env.h"

/* Names and linkage, from func_info. */
int alv_subprog_read_info(struct alv_env *env);
/* Find and check the exception callback, if there is one. */
int alv_subprog_find_exception_callback(struct alv_env *env);
int alv_subprog_check_exception_callback(struct alv_env *env, u32 subprog);
/* What a function finds in its argument registers when it is verified by itself. */
int alv_subprog_set_args(struct alv_env *env, u32 subprog);

#endif

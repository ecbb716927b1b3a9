/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a function takes, by its type information. Global functions are verified by
 * their prototypes alone, and so are the calls of them.
 */
#ifndef ALV_VERIFIER_PROTOTYPE_H
#define ALV_VERIFIER_PROTOTYPE_H

#include "verifier/env.h"

/* Read a function's prototype, once. -EINVAL: it is none that can be verified by. */
int alv_prototype_read(struct alv_env *env, u32 subprog);
/* Does the pointer's type stand for the program's context? */
bool alv_prototype_is_ctx(const struct alv_env *env, const struct alv_btf *btf,
			  const struct btf_type *pointer);
/* Do the caller's registers fit? -EINVAL, -EACCES. */
int alv_prototype_check_call(struct alv_env *env, u32 subprog);

#endif

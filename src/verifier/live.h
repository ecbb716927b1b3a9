/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live stack slots: which slots may still be read by what follows an instruction. A
 * slot that is not need not match when states are compared.
 *
 * Reads and writes are noted as exploration meets them, for each function and each
 * chain of calls that leads to it, and flow backwards over the function's
 * instructions when a path ends. What a callee does to its callers' frames becomes a
 * property of the call.
 */
#ifndef ALV_VERIFIER_LIVE_H
#define ALV_VERIFIER_LIVE_H

#include "verifier/env.h"

int alv_live_new(struct alv_live **ret_live);
void alv_live_free(struct alv_live *live);

/* The current instruction may read these slots of a frame. -ENOMEM. */
int alv_live_read(struct alv_env *env, u32 frame, u64 slots);
/* It surely overwrites them. */
void alv_live_write(struct alv_env *env, u32 frame, u64 slots);
/* Around each instruction. -ENOMEM. */
int alv_live_begin(struct alv_env *env);
int alv_live_commit(struct alv_env *env);
/* The chain of calls is about to change: let what was noted flow. -ENOMEM. */
int alv_live_update(struct alv_env *env);

/* Begin to ask about a state's slots. -ENOMEM. */
int alv_live_ask(struct alv_env *env, const struct alv_state *state);
bool alv_live_is_alive(const struct alv_env *env, u32 frame, u32 slot);

#endif

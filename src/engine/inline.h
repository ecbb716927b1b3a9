/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of helpers, and what of them the kernel replaces with instructions. */
#ifndef ALV_ENGINE_INLINE_H
#define ALV_ENGINE_INLINE_H

#include "engine/emit.h"
#include "verifier/verifier.h"

struct alv_inline_request {
	const struct bpf_insn *insn; /* the call */
	const struct alv_insn_verdict *fact;
	u32 prog_type;
};

void alv_emit_helper(struct alv_emitter *to, const struct alv_inline_request *request);

/*
 * bpf_loop() over the function that begins at instruction `callback`; three registers
 * are kept in the stack from `base` on.
 */
void alv_emit_loop(struct alv_emitter *to, u32 callback, s16 base);

#endif

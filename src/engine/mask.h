/* SPDX-License-Identifier: BSD-2-Clause */
/* What keeps processors from using what they guessed wrong: masks and barriers. */
#ifndef ALV_ENGINE_MASK_H
#define ALV_ENGINE_MASK_H

#include "engine/emit.h"
#include "verifier/verifier.h"

/*
 * Pointer arithmetic by a register: what lies outside of the limit that the verifier
 * found becomes 0, without a branch.
 */
void alv_emit_masked(struct alv_emitter *to, const struct bpf_insn *insn,
		     const struct alv_insn_verdict *fact);

/* Nothing behind it is executed ahead of time. */
void alv_emit_barrier(struct alv_emitter *to);

#endif

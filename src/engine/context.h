/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses to contexts. Most are laid out here as the UAPI says; packets' pointers, for
 * which it has 32 bits, and what stands around the UAPI's struct make the difference. The
 * kernel has its own structures, and shows how it reaches into them.
 */
#ifndef ALV_ENGINE_CONTEXT_H
#define ALV_ENGINE_CONTEXT_H

#include "engine/emit.h"
#include "helper/type.h"

/* A load or store through a pointer of type `pointer`. */
void alv_emit_context(struct alv_emitter *to, u32 prog_type, const struct alv_type *pointer,
		      const struct bpf_insn *insn);

/*
 * What comes before the first instruction of a program that writes into the packet: 0 or
 * more instructions, shown and skipped.
 */
void alv_emit_prologue(struct alv_emitter *to, u32 prog_type);

#endif

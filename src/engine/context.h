/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a run's context has what programs address. Most contexts are laid out as the
 * UAPI says; packets' pointers, for which it has 32 bits, and what stands around the
 * UAPI's struct make the difference.
 */
#ifndef ALV_ENGINE_CONTEXT_H
#define ALV_ENGINE_CONTEXT_H

#include "abi/uapi.h"
#include "base/types.h"

/* The access to the host's context that stands for this one to the UAPI's. */
void alv_context_access(u32 prog_type, struct bpf_insn *insn);

#endif

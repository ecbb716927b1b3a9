/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic instructions of a program, one function for each width: `imm` says which.
 * Bytes and half-words can only be loaded with acquire and stored with release.
 */
#ifndef ALV_ENGINE_ATOMIC_H
#define ALV_ENGINE_ATOMIC_H

#include "abi/uapi.h"
#include "base/types.h"

void alv_atomic_u8(u64 *regs, const struct bpf_insn *insn);
void alv_atomic_u16(u64 *regs, const struct bpf_insn *insn);
void alv_atomic_u32(u64 *regs, const struct bpf_insn *insn);
void alv_atomic_u64(u64 *regs, const struct bpf_insn *insn);

#endif

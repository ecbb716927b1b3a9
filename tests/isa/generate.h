/* SPDX-License-Identifier: BSD-2-Clause */
/* Random programs: a seed makes one. */
#ifndef TESTS_ISA_GENERATE_H
#define TESTS_ISA_GENERATE_H

#include "isa/insn.h"

#define ISA_MAX_INSNS 48

/*
 * Answers its length. They need not be valid: control flow and registers' lives are
 * analysed before it matters whether they are.
 */
u32 isa_generate(u64 seed, struct bpf_insn insns[ISA_MAX_INSNS]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions on registers of which the domain knows something. */
#ifndef TESTS_DOMAIN_ABSTRACT_H
#define TESTS_DOMAIN_ABSTRACT_H

#include "program.h"

/* Arithmetic, moves, byte order. */
void abstract_alu(struct alv_scalar *regs, const struct bpf_insn *insn);
/* As alv_scalar_branch_taken(). */
int abstract_taken(const struct alv_scalar *regs, const struct bpf_insn *insn);
/* The registers where the branch is taken, or is not. */
void abstract_assume(struct alv_scalar *regs, const struct bpf_insn *insn, bool taken);
/* Would the kernel walk on with two states, the value 0 and all ones? */
bool abstract_forks(const struct alv_scalar *regs, const struct bpf_insn *insn);

#endif

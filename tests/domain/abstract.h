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
/* Is the instruction walked with both of these as destination, and not as it is? */
bool abstract_forks(const struct alv_scalar *regs, const struct bpf_insn *insn,
		    struct alv_scalar *ret_zero, struct alv_scalar *ret_ones);

#endif

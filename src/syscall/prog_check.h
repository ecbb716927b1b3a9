/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier's part of PROG_LOAD: what the caller named is found, judged, rewritten. */
#ifndef ALV_SYSCALL_PROG_CHECK_H
#define ALV_SYSCALL_PROG_CHECK_H

#include "program/program.h"
#include "program/type.h"
#include "syscall/call.h"

/*
 * Fills in the program's code, maps, types and records when it is safe. The answers
 * of PROG_LOAD; the caller's log has the reasons.
 */
int alv_prog_check(struct alv_call *call, const struct alv_prog_traits *traits,
		   const struct bpf_insn *insns, struct alv_program *prog);

#endif

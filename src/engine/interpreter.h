/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter: runs verified, rewritten programs. It trusts them as the kernel's
 * does: memory is reached by plain pointers, jumps are not checked.
 */
#ifndef ALV_ENGINE_INTERPRETER_H
#define ALV_ENGINE_INTERPRETER_H

#include "helper/run.h"

/* Opcodes and modes that only rewritten programs have. */
#define ALV_BPF_TAIL_CALL   (BPF_JMP | 0xf0)
/* The register has an offset in the stack, and gets the turns that are left from now on. */
#define ALV_BPF_MORE_TURNS  (BPF_JMP32 | 0xf0)
#define ALV_BPF_PROBE_MEM   0x20
#define ALV_BPF_PROBE_MEMSX 0x40

/* How often may_goto lets a function pass before it looks at the clock. */
#define ALV_MAY_GOTO_TURNS 0xffff

/* What rewriting puts on a function's stack besides what the program has there. */
#define ALV_EXTRA_STACK 48

/* R0 of the program at the end. `run` says what it runs on; run->call is set. */
u64 alv_interpret(struct alv_run *run, const struct bpf_insn *code, void *ctx);

#endif

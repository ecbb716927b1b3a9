/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions by hand, for tests. */
#ifndef ALV_TESTS_INSNS_H
#define ALV_TESTS_INSNS_H

#include "abi/uapi.h"

#define INSN(op, dst, src, offset, immediate)                                                      \
	((struct bpf_insn){ .code = (op),                                                          \
			    .dst_reg = (dst),                                                      \
			    .src_reg = (src),                                                      \
			    .off = (offset),                                                       \
			    .imm = (immediate) })
#define LD_IMM64_SRC(dst, src, value)                                                              \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, src, 0, (int)(value)),                                \
		INSN(0, 0, 0, 0, (int)((unsigned long long)(value) >> 32))
#define LD_IMM64(dst, value) LD_IMM64_SRC(dst, 0, value)
#define MOV(dst, src)        INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_IMM(dst, value)  INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define EXIT()               INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif

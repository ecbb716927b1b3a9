/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions by name, for tables of programs. Operands come as in the log:
 * destination first. Sizes are B, H, W and DW; operations those of <linux/bpf.h>
 * without their prefix.
 */
#ifndef CONFORM_INSN_H
#define CONFORM_INSN_H

#include <linux/bpf.h>

enum { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11 };

/* In headers of newer kernels. */
#define INSN_MEMSX     0x80
#define INSN_LOAD_ACQ  0x100
#define INSN_STORE_REL 0x110

#define RAW(code, dst, src, off, imm)              \
	{                                          \
		(code), (dst), (src), (off), (imm) \
	}

#define ALU(op, d, s)	 RAW(BPF_ALU64 | BPF_##op | BPF_X, d, s, 0, 0)
#define ALUI(op, d, i)	 RAW(BPF_ALU64 | BPF_##op | BPF_K, d, 0, 0, i)
#define ALU32(op, d, s)	 RAW(BPF_ALU | BPF_##op | BPF_X, d, s, 0, 0)
#define ALU32I(op, d, i) RAW(BPF_ALU | BPF_##op | BPF_K, d, 0, 0, i)

#define MOV(d, s)    ALU(MOV, d, s)
#define MOVI(d, i)   ALUI(MOV, d, i)
#define MOV32(d, s)  ALU32(MOV, d, s)
#define MOV32I(d, i) ALU32I(MOV, d, i)
#define NEG(d)	     ALUI(NEG, d, 0)
#define NEG32(d)     ALU32I(NEG, d, 0)

/* Sign extension of the low 8, 16 or 32 bits. */
#define MOVSX(bits, d, s)   RAW(BPF_ALU64 | BPF_MOV | BPF_X, d, s, bits, 0)
#define MOVSX32(bits, d, s) RAW(BPF_ALU | BPF_MOV | BPF_X, d, s, bits, 0)

/* Signed division and remainder. */
#define SIGNED(op, d, s)    RAW(BPF_ALU64 | BPF_##op | BPF_X, d, s, 1, 0)
#define SIGNEDI(op, d, i)   RAW(BPF_ALU64 | BPF_##op | BPF_K, d, 0, 1, i)
#define SIGNED32(op, d, s)  RAW(BPF_ALU | BPF_##op | BPF_X, d, s, 1, 0)
#define SIGNED32I(op, d, i) RAW(BPF_ALU | BPF_##op | BPF_K, d, 0, 1, i)

#define TO_BE(bits, d) RAW(BPF_ALU | BPF_END | BPF_TO_BE, d, 0, 0, bits)
#define TO_LE(bits, d) RAW(BPF_ALU | BPF_END | BPF_TO_LE, d, 0, 0, bits)
#define BSWAP(bits, d) RAW(BPF_ALU64 | BPF_END, d, 0, 0, bits)

#define LOAD(size, d, s, off)	RAW(BPF_LDX | BPF_MEM | BPF_##size, d, s, off, 0)
#define LOADSX(size, d, s, off) RAW(BPF_LDX | INSN_MEMSX | BPF_##size, d, s, off, 0)
#define STORE(size, d, off, s)	RAW(BPF_STX | BPF_MEM | BPF_##size, d, s, off, 0)
#define STOREI(size, d, off, i) RAW(BPF_ST | BPF_MEM | BPF_##size, d, 0, off, i)

#define ATOMIC(size, op, d, off, s) RAW(BPF_STX | BPF_ATOMIC | BPF_##size, d, s, off, op)

#define JMP(op, d, s, off)    RAW(BPF_JMP | BPF_##op | BPF_X, d, s, off, 0)
#define JMPI(op, d, i, off)   RAW(BPF_JMP | BPF_##op | BPF_K, d, 0, off, i)
#define JMP32(op, d, s, off)  RAW(BPF_JMP32 | BPF_##op | BPF_X, d, s, off, 0)
#define JMP32I(op, d, i, off) RAW(BPF_JMP32 | BPF_##op | BPF_K, d, 0, off, i)
#define GOTO(off)	      RAW(BPF_JMP | BPF_JA, 0, 0, off, 0)
#define GOTOL(off)	      RAW(BPF_JMP32 | BPF_JA, 0, 0, 0, off)

#define CALL(name)    RAW(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##name)
#define CALL_ID(id)   RAW(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define CALL_SUB(off) RAW(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off)
#define EXIT	      RAW(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* 64-bit immediates; maps are those of program.h and become descriptors. */
#define LD64_OF(d, src, low, high)                    \
	RAW(BPF_LD | BPF_DW | BPF_IMM, d, src, 0, low), \
		RAW(0, 0, 0, 0, high)
#define LD64(d, value) \
	LD64_OF(d, 0, (int)(unsigned int)(value), (int)((unsigned long long)(value) >> 32))
#define LDMAP(d, map)	     LD64_OF(d, BPF_PSEUDO_MAP_FD, map, 0)
#define LDVALUE(d, map, off) LD64_OF(d, BPF_PSEUDO_MAP_VALUE, map, off)
#define LDFUNC(d, off)	     LD64_OF(d, BPF_PSEUDO_FUNC, off, 0)

/* The packet access of old. */
#define LDABS(size, i)	  RAW(BPF_LD | BPF_ABS | BPF_##size, 0, 0, 0, i)
#define LDIND(size, s, i) RAW(BPF_LD | BPF_IND | BPF_##size, 0, s, 0, i)

/* Sequences that many programs have. */
#define RETURN(value)	MOVI(R0, value), EXIT
#define LOOKUP(map, off)                                                       \
	MOV(R2, R10), ALUI(ADD, R2, off), LDMAP(R1, map), CALL(map_lookup_elem)
/* r0 = value of element 0 of an array-like map, NULL still possible: 8 instructions. */
#define ELEMENT(map)	STOREI(DW, R10, -8, 0), LOOKUP(map, -8)
/* ... and not NULL any more: 10. */
#define VALUE(map)	ELEMENT(map), JMPI(JNE, R0, 0, 1), EXIT

#endif

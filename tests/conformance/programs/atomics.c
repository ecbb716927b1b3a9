/* SPDX-License-Identifier: BSD-2-Clause */
/* Atomic operations: each of them, on each kind of memory. */
#include "program.h"

/* On a stack slot of 0xf0 with operand 0x1f: memory and source come together. */
#define EACH(title, op)                                                                   \
	PROGRAM(title ", 64 bits", STOREI(DW, R10, -8, 0xf0), MOVI(R1, 0x1f), MOVI(R0, 0xf0), \
		ATOMIC(DW, op, R10, -8, R1), LOAD(DW, R0, R10, -8), ALUI(LSH, R1, 12),     \
		ALU(ADD, R0, R1), EXIT),                                                   \
		PROGRAM(title ", 32 bits", STOREI(DW, R10, -8, -1), LD64(R1, 0x10000001full), \
			MOVI(R0, -1), ATOMIC(W, op, R10, -8, R1), LOAD(DW, R0, R10, -8),   \
			ALU(XOR, R0, R1), ALUI(RSH, R0, 16), EXIT)
#define ON_VALUE(text, ...) PROGRAM(text, VALUE(MAP_ARRAY), MOVI(R1, 3), __VA_ARGS__)

const struct program programs[] = {
	EACH("add", BPF_ADD),
	EACH("or", BPF_OR),
	EACH("and", BPF_AND),
	EACH("xor", BPF_XOR),
	EACH("add and fetch", BPF_ADD | BPF_FETCH),
	EACH("or and fetch", BPF_OR | BPF_FETCH),
	EACH("and and fetch", BPF_AND | BPF_FETCH),
	EACH("xor and fetch", BPF_XOR | BPF_FETCH),
	EACH("exchange", BPF_XCHG),
	EACH("compare and exchange", BPF_CMPXCHG),
	PROGRAM("compare and exchange, another value", STOREI(DW, R10, -8, 5), MOVI(R0, 4),
		MOVI(R1, 9), ATOMIC(DW, BPF_CMPXCHG, R10, -8, R1), LOAD(DW, R2, R10, -8),
		ALUI(LSH, R2, 8), ALU(ADD, R0, R2), EXIT),
	PROGRAM("compare and exchange needs r0", STOREI(DW, R10, -8, 5), MOVI(R1, 9),
		ATOMIC(DW, BPF_CMPXCHG, R10, -8, R1), RETURN(0)),
	PROGRAM("load, ordered", STOREI(DW, R10, -8, 77),
		RAW(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 10, -8, INSN_LOAD_ACQ), EXIT),
	PROGRAM("load of a byte, ordered", STOREI(DW, R10, -8, -2),
		RAW(BPF_STX | BPF_ATOMIC | BPF_B, 0, 10, -8, INSN_LOAD_ACQ), EXIT),
	PROGRAM("store, ordered", STOREI(DW, R10, -8, 77), MOVI(R1, 5),
		ATOMIC(W, INSN_STORE_REL, R10, -8, R1), LOAD(DW, R0, R10, -8), EXIT),
	PROGRAM("store of a half, ordered", STOREI(DW, R10, -8, 77), MOVI(R1, 0x1234),
		ATOMIC(H, INSN_STORE_REL, R10, -8, R1), LOAD(DW, R0, R10, -8), EXIT),
	PROGRAM("subtract", STOREI(DW, R10, -8, 5), MOVI(R1, 9), ATOMIC(DW, BPF_SUB, R10, -8, R1),
		RETURN(0)),
	PROGRAM("exchange without fetch", STOREI(DW, R10, -8, 5), MOVI(R1, 9),
		ATOMIC(DW, BPF_XCHG & ~BPF_FETCH, R10, -8, R1), RETURN(0)),
	PROGRAM("16 bits", STOREI(DW, R10, -8, 5), MOVI(R1, 9), ATOMIC(H, BPF_ADD, R10, -8, R1),
		RETURN(0)),
	PROGRAM("8 bits", STOREI(DW, R10, -8, 5), MOVI(R1, 9), ATOMIC(B, BPF_ADD, R10, -8, R1),
		RETURN(0)),
	PROGRAM("what was not written", MOVI(R1, 9), ATOMIC(DW, BPF_ADD, R10, -8, R1), RETURN(0)),
	PROGRAM("not aligned", STOREI(DW, R10, -8, 5), STOREI(DW, R10, -16, 5), MOVI(R1, 9),
		ATOMIC(DW, BPF_ADD, R10, -12, R1), RETURN(0)),
	PROGRAM("a source that was never set", STOREI(DW, R10, -8, 5),
		ATOMIC(DW, BPF_ADD, R10, -8, R3), RETURN(0)),
	PROGRAM("a pointer as the source", STOREI(DW, R10, -8, 5),
		ATOMIC(DW, BPF_ADD, R10, -8, R10), RETURN(0)),
	PROGRAM("over a spilled pointer", STORE(DW, R10, -8, R1), MOVI(R2, 8),
		ATOMIC(DW, BPF_ADD, R10, -8, R2), LOAD(DW, R3, R10, -8), RETURN(0)),
	PROGRAM("a pointer is exchanged", STOREI(DW, R10, -8, 0),
		ATOMIC(DW, BPF_XCHG, R10, -8, R1), RETURN(0)),
	PROGRAM("through a number", MOVI(R2, 0), MOVI(R1, 1), ATOMIC(DW, BPF_ADD, R2, 0, R1),
		RETURN(0)),
	ON_VALUE("add in a value", ATOMIC(DW, BPF_ADD | BPF_FETCH, R0, 8, R1), MOV(R2, R1),
		 RETURN(0)),
	ON_VALUE("behind a value", ATOMIC(DW, BPF_ADD, R0, 16, R1), RETURN(0)),
	ON_VALUE("not aligned in a value", ATOMIC(DW, BPF_ADD, R0, 4, R1), RETURN(0)),
	ON_VALUE("exchange in a value", STOREI(DW, R0, 0, 44), ATOMIC(DW, BPF_XCHG, R0, 0, R1),
		 MOV(R0, R1), EXIT),
	ON_VALUE("a pointer into a value", ATOMIC(DW, BPF_XCHG, R0, 0, R10), RETURN(0)),
	ON_VALUE("the result's bounds", ATOMIC(W, BPF_ADD | BPF_FETCH, R0, 0, R1), MOV(R3, R1),
		 RETURN(0)),
	PROGRAM("in a read-only value", LDVALUE(R2, MAP_RDONLY, 0), MOVI(R1, 1),
		ATOMIC(DW, BPF_ADD, R2, 0, R1), RETURN(0)),
	PROGRAM("in a write-only value", LDVALUE(R2, MAP_WRONLY, 0), MOVI(R1, 1),
		ATOMIC(DW, BPF_ADD, R2, 0, R1), RETURN(0)),
	PROGRAM("in the context", MOVI(R2, 1), ATOMIC(W, BPF_ADD, R1, 8, R2), RETURN(0)),
	TYPED("in the packet", SCHED_CLS, LOAD(W, R2, R1, 76), LOAD(W, R3, R1, 80), MOV(R4, R2),
	      ALUI(ADD, R4, 8), JMP(JGT, R4, R3, 2), MOVI(R5, 1), ATOMIC(W, BPF_ADD, R2, 0, R5),
	      RETURN(0)),
	PROGRAM("source is the frame pointer", STOREI(DW, R10, -8, 1),
		ATOMIC(DW, BPF_XCHG, R10, -8, R10), RETURN(0)),
};
PROGRAMS_END;

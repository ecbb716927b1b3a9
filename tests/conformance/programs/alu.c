/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic of known and unknown numbers, in 64 and 32 bits. */
#include "program.h"

/* An operation on two constants, by register and by immediate, in both widths. */
#define KNOWN(op, a, b)                                                                \
	PROGRAM(#op " of known numbers, 64 bits", LD64(R0, a), LD64(R1, b), ALU(op, R0, R1), \
		EXIT),                                                                 \
		PROGRAM(#op " with an immediate, 64 bits", LD64(R0, a),                \
			ALUI(op, R0, (int)(b)), EXIT),                                 \
		PROGRAM(#op " of known numbers, 32 bits", LD64(R0, a), LD64(R1, b),     \
			ALU32(op, R0, R1), EXIT),                                      \
		PROGRAM(#op " with an immediate, 32 bits", LD64(R0, a),                \
			ALU32I(op, R0, (int)(b)), EXIT)

/* An operation on a byte and a word that nobody knows. */
#define UNKNOWN(op)                                                                    \
	PROGRAM(#op " of unknown numbers, 64 bits", LOAD(W, R0, R1, 0),                \
		LOAD(W, R2, R1, 8), ALUI(AND, R0, 0xff), ALUI(OR, R2, 3),              \
		ALU(op, R0, R2), MOV(R3, R0), RETURN(0)),                              \
		PROGRAM(#op " of unknown numbers, 32 bits", LOAD(W, R0, R1, 0),        \
			LOAD(W, R2, R1, 8), ALUI(AND, R0, 0xff), ALUI(OR, R2, 3),      \
			ALU32(op, R0, R2), MOV(R3, R0), RETURN(0))

/* ... and a shift by an unknown, bounded number. */
#define SHIFTED(op)                                                                    \
	PROGRAM(#op " by an unknown number, 64 bits", LOAD(W, R0, R1, 0),              \
		LOAD(W, R2, R1, 8), ALUI(AND, R2, 7), ALUI(ADD, R0, -100),             \
		ALU(op, R0, R2), MOV(R3, R0), RETURN(0)),                              \
		PROGRAM(#op " by an unknown number, 32 bits", LOAD(W, R0, R1, 0),      \
			LOAD(W, R2, R1, 8), ALUI(AND, R2, 7), ALU32I(ADD, R0, -100),   \
			ALU32(op, R0, R2), MOV(R3, R0), RETURN(0)),                    \
		PROGRAM(#op " by anything", LOAD(W, R0, R1, 0), LOAD(W, R2, R1, 8),    \
			ALUI(AND, R0, 0xf0f), ALU(op, R0, R2), RETURN(0))

const struct program programs[] = {
	KNOWN(ADD, 0x7fffffffffffffffull, 0x7fffffff),
	KNOWN(SUB, 0x100000000ull, 0x7fffffff),
	KNOWN(MUL, 0x123456789abcdef0ull, -3),
	KNOWN(OR, 0xf0f0f0f000000000ull, 0x80000001),
	KNOWN(AND, 0xf0f0f0f0f0f0f0f0ull, 0x8fffffff),
	KNOWN(XOR, 0xf0f0f0f0f0f0f0f0ull, -1),
	KNOWN(LSH, 0x8000000180000001ull, 31),
	KNOWN(RSH, 0x8000000180000001ull, 31),
	KNOWN(ARSH, 0x8000000180000001ull, 31),
	UNKNOWN(ADD),
	UNKNOWN(SUB),
	UNKNOWN(MUL),
	UNKNOWN(OR),
	UNKNOWN(AND),
	UNKNOWN(XOR),
	SHIFTED(LSH),
	SHIFTED(RSH),
	SHIFTED(ARSH),
	PROGRAM("negation of a known number", LD64(R0, 0x8000000000000001ull), NEG(R0), EXIT),
	PROGRAM("negation in 32 bits", LD64(R0, 0x8000000080000001ull), NEG32(R0), EXIT),
	PROGRAM("negation of an unknown number", LOAD(B, R0, R1, 0), ALUI(AND, R0, 15),
		NEG(R0), MOV(R2, R0), RETURN(0)),
	PROGRAM("shift left by 63", MOVI(R0, 3), ALUI(LSH, R0, 63), EXIT),
	PROGRAM("shift left by 64", MOVI(R0, 3), ALUI(LSH, R0, 64), EXIT),
	PROGRAM("shift right by -1", MOVI(R0, 3), ALUI(RSH, R0, -1), EXIT),
	PROGRAM("32-bit shift by 31", MOVI(R0, 3), ALU32I(LSH, R0, 31), EXIT),
	PROGRAM("32-bit shift by 32", MOVI(R0, 3), ALU32I(LSH, R0, 32), EXIT),
	PROGRAM("64-bit shift by a known 64", MOVI(R1, 64), MOVI(R0, 3), ALU(LSH, R0, R1),
		RETURN(0)),
	PROGRAM("x - x", LOAD(W, R0, R1, 0), ALU(SUB, R0, R0), MOV(R2, R0), RETURN(0)),
	PROGRAM("x ^ x", LOAD(W, R0, R1, 0), ALU(XOR, R0, R0), EXIT),
	PROGRAM("x * 0", LOAD(W, R0, R1, 0), ALUI(MUL, R0, 0), EXIT),
	PROGRAM("x & 0", LOAD(W, R0, R1, 0), ALUI(AND, R0, 0), EXIT),
	PROGRAM("sum of bytes keeps its bounds", LOAD(B, R0, R1, 0), RETURN(1)),
	PROGRAM("bits are put together", LOAD(W, R0, R1, 0), ALUI(AND, R0, 0xf0),
		LOAD(W, R2, R1, 8), ALUI(AND, R2, 0x0f), ALU(OR, R0, R2), MOV(R3, R0),
		RETURN(0)),
	PROGRAM("upper half survives no 32-bit operation", LD64(R0, 0xffffffff00000001ull),
		ALU32I(ADD, R0, 0), EXIT),
	PROGRAM("carry out of the lower half", LD64(R0, 0xffffffffull), ALUI(ADD, R0, 1),
		EXIT),
	PROGRAM("carry is lost in 32 bits", LD64(R0, 0xffffffffull), ALU32I(ADD, R0, 1), EXIT),
	PROGRAM("overflow makes a number unknown", LD64(R0, 0x7fffffffffffffffull),
		LOAD(W, R2, R1, 0), ALU(ADD, R0, R2), MOV(R3, R0), RETURN(0)),
	PROGRAM("read of a register that was never written", MOV(R0, R3), EXIT),
	PROGRAM("operand that was never written", MOVI(R0, 1), ALU(ADD, R0, R4), EXIT),
	PROGRAM("arithmetic on the frame pointer", ALUI(ADD, R10, -8), RETURN(0)),
	PROGRAM("the frame pointer overwritten", MOVI(R10, 0), RETURN(0)),
	PROGRAM("negation of a pointer", MOV(R0, R1), NEG(R0), RETURN(0)),
	PROGRAM("multiplication of a pointer", MOV(R2, R1), ALUI(MUL, R2, 2), RETURN(0)),
	PROGRAM("32-bit addition to a pointer", ALU32I(ADD, R1, 4), RETURN(0)),
};
PROGRAMS_END;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Division and remainder, with and without sign, by zero, and where it overflows. */
#include "program.h"

/* One pair of numbers by every form. */
#define EACH(text, a, b)                                                               \
	PROGRAM(text ": DIV", LD64(R0, a), LD64(R1, b), ALU(DIV, R0, R1), EXIT),       \
		PROGRAM(text ": MOD", LD64(R0, a), LD64(R1, b), ALU(MOD, R0, R1), EXIT), \
		PROGRAM(text ": DIV32", LD64(R0, a), LD64(R1, b), ALU32(DIV, R0, R1), EXIT), \
		PROGRAM(text ": MOD32", LD64(R0, a), LD64(R1, b), ALU32(MOD, R0, R1), EXIT), \
		PROGRAM(text ": SDIV", LD64(R0, a), LD64(R1, b), SIGNED(DIV, R0, R1), EXIT), \
		PROGRAM(text ": SMOD", LD64(R0, a), LD64(R1, b), SIGNED(MOD, R0, R1), EXIT), \
		PROGRAM(text ": SDIV32", LD64(R0, a), LD64(R1, b), SIGNED32(DIV, R0, R1), EXIT), \
		PROGRAM(text ": SMOD32", LD64(R0, a), LD64(R1, b), SIGNED32(MOD, R0, R1), EXIT)

const struct program programs[] = {
	EACH("-7 by 2", -7ll, 2ll),
	EACH("7 by -2", 7ll, -2ll),
	EACH("anything by zero", 0x8000000700000007ull, 0ll),
	EACH("the smallest by -1", 0x8000000080000000ull, -1ll),
	PROGRAM("by immediate 0", MOVI(R0, 1), ALUI(DIV, R0, 0), EXIT),
	PROGRAM("remainder by immediate 0", MOVI(R0, 1), ALUI(MOD, R0, 0), EXIT),
	PROGRAM("32 bits by immediate 0", MOVI(R0, 1), ALU32I(DIV, R0, 0), EXIT),
	PROGRAM("by immediate -1", MOVI(R0, -5), ALUI(DIV, R0, -1), EXIT),
	PROGRAM("signed by immediate -1", MOVI(R0, -5), SIGNEDI(DIV, R0, -1), EXIT),
	PROGRAM("signed remainder by immediate -1", MOVI(R0, -5), SIGNEDI(MOD, R0, -1), EXIT),
	PROGRAM("signed 32 bits by immediate -3", MOVI(R0, -10), SIGNED32I(DIV, R0, -3), EXIT),
	PROGRAM("signed remainder 32 bits by immediate -3", MOVI(R0, -10),
		SIGNED32I(MOD, R0, -3), EXIT),
	PROGRAM("offset 2 is no division", MOVI(R0, 1), RAW(BPF_ALU64 | BPF_DIV, 0, 0, 2, 3),
		EXIT),
	PROGRAM("signed addition is none", MOVI(R0, 1), RAW(BPF_ALU64 | BPF_ADD, 0, 0, 1, 3),
		EXIT),
	PROGRAM("unknown by 10", LOAD(W, R0, R1, 0), ALUI(DIV, R0, 10), MOV(R2, R0), EXIT),
	PROGRAM("unknown remainder by 10", LOAD(W, R0, R1, 0), ALUI(MOD, R0, 10), MOV(R2, R0),
		EXIT),
	PROGRAM("unknown by unknown", LOAD(W, R0, R1, 0), LOAD(W, R2, R1, 8),
		ALU(DIV, R0, R2), RETURN(3)),
	PROGRAM("unknown remainder by a power of two as an index", LOAD(W, R6, R1, 0),
		ALUI(MOD, R6, 8), VALUE(MAP_ARRAY), ALU(ADD, R0, R6), LOAD(B, R0, R0, 0),
		RETURN(0)),
	PROGRAM("pointer by 2", MOV(R0, R1), ALUI(DIV, R0, 2), RETURN(0)),
	PROGRAM("unknown signed by 3 in 32 bits", LOAD(W, R0, R1, 0), SIGNED32I(DIV, R0, 3),
		MOV(R2, R0), RETURN(0)),
	PROGRAM("dividend and divisor are one", LOAD(W, R0, R1, 8), ALU(DIV, R0, R0), EXIT),
};
PROGRAMS_END;

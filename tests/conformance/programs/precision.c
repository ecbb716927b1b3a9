/* SPDX-License-Identifier: BSD-2-Clause */
/* States that are equal enough, numbers that must be known precisely. */
#include "program.h"

/* R6 is 1 or 2, depending on what nobody knows. */
#define EITHER(a, b) \
	LOAD(W, R2, R1, 0), MOVI(R6, a), JMPI(JEQ, R2, 0, 1), MOVI(R6, b)

const struct program programs[] = {
	PROGRAM("a number that does not matter", EITHER(1, 2), MOVI(R0, 0), MOV(R3, R6), EXIT),
	PROGRAM("a number that is an index", EITHER(1, 2), VALUE(MAP_ARRAY), ALU(ADD, R0, R6),
		LOAD(B, R1, R0, 0), RETURN(0)),
	PROGRAM("a number that is an index, and too large", EITHER(1, 16), VALUE(MAP_ARRAY),
		ALU(ADD, R0, R6), LOAD(B, R1, R0, 0), RETURN(0)),
	PROGRAM("a number that decides a jump", EITHER(1, 2), MOVI(R0, 0), JMPI(JEQ, R6, 1, 1),
		MOVI(R0, 5), EXIT),
	PROGRAM("a number through the stack", EITHER(1, 2), STORE(DW, R10, -16, R6),
		VALUE(MAP_ARRAY), LOAD(DW, R7, R10, -16), ALU(ADD, R0, R7), LOAD(B, R1, R0, 0),
		RETURN(0)),
	PROGRAM("a number through arithmetic", EITHER(1, 2), MOV(R7, R6), ALUI(ADD, R7, 3),
		ALU(ADD, R7, R6), VALUE(MAP_ARRAY), ALU(ADD, R0, R7), LOAD(B, R1, R0, 0), RETURN(0)),
	PROGRAM("a number through a function", EITHER(1, 2), MOV(R1, R6), CALL_SUB(13), MOV(R7, R0),
		VALUE(MAP_ARRAY), ALU(ADD, R0, R7), EXIT, MOV(R0, R1), ALUI(ADD, R0, 1), EXIT),
	PROGRAM("a number that is a size", EITHER(4, 8), STOREI(DW, R10, -8, 0), LDMAP(R1, MAP_RING),
		MOV(R2, R10), ALUI(ADD, R2, -8), MOV(R3, R6), MOVI(R4, 0), CALL(ringbuf_output),
		RETURN(0)),
	PROGRAM("a size that is too large on one way", EITHER(4, 16), STOREI(DW, R10, -8, 0),
		LDMAP(R1, MAP_RING), MOV(R2, R10), ALUI(ADD, R2, -8), MOV(R3, R6), MOVI(R4, 0),
		CALL(ringbuf_output), RETURN(0)),
	PROGRAM("pointers of two kinds", LOAD(W, R2, R1, 0), MOV(R6, R1), JMPI(JEQ, R2, 0, 1),
		MOV(R6, R10), MOVI(R0, 0), EXIT),
	PROGRAM("pointers of two kinds, used", LOAD(W, R2, R1, 0), STOREI(DW, R10, -8, 1), MOV(R6, R1),
		JMPI(JEQ, R2, 0, 2), MOV(R6, R10), ALUI(ADD, R6, -8), STOREI(W, R6, 0, 0), RETURN(0)),
	PROGRAM("one way is wider", LOAD(W, R6, R1, 0), JMPI(JGT, R6, 100, 1), GOTO(1),
		ALUI(AND, R6, 15), MOVI(R0, 0), MOV(R3, R6), EXIT),
	PROGRAM("three ways meet", LOAD(W, R2, R1, 0), MOVI(R6, 0), JMPI(JEQ, R2, 0, 3), MOVI(R6, 1),
		JMPI(JEQ, R2, 1, 1), MOVI(R6, 2), VALUE(MAP_ARRAY), ALU(ADD, R0, R6),
		LOAD(B, R1, R0, 13), RETURN(0)),
	PROGRAM("a loop that must know its counter", MOVI(R6, 0), MOVI(R7, 0), VALUE(MAP_ARRAY),
		MOV(R8, R0), MOV(R1, R8), ALU(ADD, R1, R6), LOAD(B, R2, R1, 0), ALU(ADD, R7, R2),
		ALUI(ADD, R6, 4), JMPI(JLT, R6, 16, -6), MOV(R0, R7), RETURN(0)),
	FLAGGED("states at every jump", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ, EITHER(1, 2),
		VALUE(MAP_ARRAY), ALU(ADD, R0, R6), LOAD(B, R1, R0, 0), RETURN(0)),
	FLAGGED("states in a loop", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ, MOVI(R0, 0),
		ALUI(ADD, R0, 1), JMPI(JLT, R0, 5, -2), EXIT),
	FLAGGED("two numbers that were equal", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ,
		LOAD(W, R6, R1, 0), MOV(R7, R6), JMPI(JGT, R6, 15, 13), VALUE(MAP_ARRAY),
		ALU(ADD, R0, R7), LOAD(B, R1, R0, 0), MOVI(R0, 0), RETURN(0)),
	FLAGGED("32 bits of a copy", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ, CALL(get_prandom_u32),
		MOV(R6, R0), MOV32(R7, R6), JMPI(JGT, R7, 15, 12), VALUE(MAP_ARRAY),
		ALU(ADD, R0, R6), LOAD(B, R1, R0, 0), RETURN(0)),
	FLAGGED("checked after the states met", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ, EITHER(1, 100),
		MOVI(R0, 0), JMPI(JGT, R6, 15, 12), VALUE(MAP_ARRAY), ALU(ADD, R0, R6),
		LOAD(B, R1, R0, 0), RETURN(0)),
	FLAGGED("a slot that only one way needs", SOCKET_FILTER, BPF_F_TEST_STATE_FREQ,
		EITHER(1, 2), STORE(DW, R10, -8, R6), MOVI(R0, 0), JMPI(JEQ, R6, 1, 1),
		LOAD(DW, R0, R10, -8), EXIT),
};
PROGRAMS_END;

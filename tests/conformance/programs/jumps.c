/* SPDX-License-Identifier: BSD-2-Clause */
/* Jumps: which way constants go, what both ways learn, and where one may jump to. */
#include "program.h"

/* 1 when the jump is taken. */
#define TAKEN(op, a, b)                                                                \
	PROGRAM(#op " " #a ", " #b, LD64(R1, a), LD64(R2, b), MOVI(R0, 1),              \
		JMP(op, R1, R2, 1), MOVI(R0, 0), EXIT),                                \
		PROGRAM(#op "32 " #a ", " #b, LD64(R1, a), LD64(R2, b), MOVI(R0, 1),    \
			JMP32(op, R1, R2, 1), MOVI(R0, 0), EXIT)

/* What an unknown number is known to be on either way. */
#define LEARNT(op, i)                                                                  \
	PROGRAM("unknown " #op " " #i, LOAD(W, R2, R1, 0), MOVI(R0, 0), JMPI(op, R2, i, 2), \
		MOV(R3, R2), EXIT, MOV(R4, R2), EXIT),                                 \
		PROGRAM("unknown " #op "32 " #i, LOAD(W, R2, R1, 0), ALUI(ADD, R2, -2), \
			MOVI(R0, 0), JMP32I(op, R2, i, 2), MOV(R3, R2), EXIT, MOV(R4, R2), \
			EXIT)

/* ... and of two unknown numbers, the second below 16. */
#define COMPARED(op)                                                                   \
	PROGRAM("unknown " #op " unknown", LOAD(W, R2, R1, 0), LOAD(W, R3, R1, 8),      \
		ALUI(AND, R3, 15), MOVI(R0, 0), JMP(op, R2, R3, 2), MOV(R4, R2), EXIT, \
		MOV(R5, R3), MOV(R4, R2), EXIT)

const struct program programs[] = {
	TAKEN(JEQ, 5ll, 5ll),
	TAKEN(JNE, 0x100000005ll, 5ll),
	TAKEN(JGT, -1ll, 1ll),
	TAKEN(JSGT, -1ll, 1ll),
	TAKEN(JGE, 0x100000000ll, 1ll),
	TAKEN(JSGE, -1ll, -1ll),
	TAKEN(JLT, 0xffffffffll, 0x100000000ll),
	TAKEN(JSLT, 0x80000000ll, 1ll),
	TAKEN(JLE, 2ll, 2ll),
	TAKEN(JSLE, 0x7fffffffll, -1ll),
	TAKEN(JSET, 0x100000000ll, 0x100000001ll),
	LEARNT(JEQ, 7),
	LEARNT(JNE, 7),
	LEARNT(JGT, 7),
	LEARNT(JSGT, -1),
	LEARNT(JGE, 0x7fffffff),
	LEARNT(JSGE, 0),
	LEARNT(JLT, 100),
	LEARNT(JSLT, 0),
	LEARNT(JLE, 1),
	LEARNT(JSLE, -5),
	LEARNT(JSET, 0x80),
	COMPARED(JEQ),
	COMPARED(JNE),
	COMPARED(JGT),
	COMPARED(JSGE),
	COMPARED(JLT),
	COMPARED(JSLE),
	COMPARED(JSET),
	PROGRAM("a way that can't be taken is not looked at", MOVI(R0, 0), JMPI(JEQ, R0, 0, 1),
		LOAD(W, R9, R9, 0), EXIT),
	PROGRAM("impossible by ranges", LOAD(B, R2, R10, -1), MOVI(R0, 0), JMPI(JGT, R2, 255, 1),
		EXIT, LOAD(W, R9, R9, 0), EXIT),
	PROGRAM("impossible by an earlier jump", LOAD(W, R2, R1, 0), MOVI(R0, 0),
		JMPI(JGT, R2, 10, 2), JMPI(JGT, R2, 20, 2), EXIT, EXIT, LOAD(W, R9, R9, 0), EXIT),
	PROGRAM("impossible by set bits", LOAD(W, R2, R1, 0), ALUI(OR, R2, 1), MOVI(R0, 0),
		JMPI(JSET, R2, 1, 1), LOAD(W, R9, R9, 0), EXIT),
	PROGRAM("to itself", MOVI(R0, 0), GOTO(-1), EXIT),
	PROGRAM("over the end", MOVI(R0, 0), GOTO(1), EXIT),
	PROGRAM("before the beginning", MOVI(R0, 0), GOTO(-3), EXIT),
	PROGRAM("conditional over the end", MOVI(R0, 0), JMPI(JEQ, R0, 1, 5), EXIT),
	PROGRAM("into a 64-bit immediate", MOVI(R0, 0), GOTO(1), LD64(R1, 5), EXIT),
	PROGRAM("no exit", MOVI(R0, 0)),
	PROGRAM("no exit after a jump", MOVI(R0, 0), JMPI(JEQ, R0, 0, 1), EXIT, MOVI(R0, 1)),
	PROGRAM("long jump", MOVI(R0, 1), GOTOL(1), MOVI(R0, 2), EXIT),
	PROGRAM("long jump over the end", MOVI(R0, 1), GOTOL(100000), EXIT),
	PROGRAM("long jump with an offset", MOVI(R0, 1),
		RAW(BPF_JMP32 | BPF_JA, 0, 0, 1, 1), MOVI(R0, 2), EXIT),
	PROGRAM("jump on a register that was never written", JMPI(JEQ, R3, 0, 0), RETURN(0)),
	PROGRAM("jump between pointers", MOV(R2, R1), JMP(JEQ, R1, R2, 0), RETURN(0)),
	PROGRAM("jump on a pointer against a number", MOVI(R0, 0), JMPI(JGT, R10, 5, 1), EXIT,
		EXIT),
	PROGRAM("jump on a pointer against zero", MOVI(R0, 1), JMPI(JEQ, R1, 0, 1), EXIT,
		LOAD(W, R9, R9, 0), EXIT),
	PROGRAM("32-bit jump on a pointer", MOVI(R0, 1), JMP32I(JEQ, R1, 0, 1), EXIT, EXIT),
	PROGRAM("jump to the next instruction", MOVI(R0, 3), GOTO(0), EXIT),
	PROGRAM("conditional jump to the next instruction", LOAD(W, R2, R1, 0), MOVI(R0, 3),
		JMPI(JEQ, R2, 3, 0), EXIT),
	PROGRAM("equal numbers share what is known", LOAD(W, R2, R1, 0), LOAD(W, R3, R1, 8),
		JMPI(JGT, R2, 9, 2), JMP(JNE, R2, R3, 1), MOV(R4, R3), RETURN(0)),
	PROGRAM("difference of 32 bits decides 64", LOAD(W, R2, R1, 0), MOVI(R0, 0),
		JMP32I(JGT, R2, 9, 1), MOV(R4, R2), EXIT),
	PROGRAM("not equal to the bound moves it", LOAD(B, R2, R10, -1), MOVI(R0, 0),
		JMPI(JNE, R2, 0, 1), EXIT, MOV(R3, R2), EXIT),
	PROGRAM("unknown opcode of a jump", MOVI(R0, 0), RAW(BPF_JMP | 0xe0, 0, 0, 0, 0), EXIT),
	PROGRAM("may goto", MOVI(R0, 0), RAW(BPF_JMP | 0xe0, 0, 0, 1, 0), ALUI(ADD, R0, 1), EXIT),
	PROGRAM("unreachable behind a jump", MOVI(R0, 0), GOTO(1), MOVI(R0, 1), EXIT),
};
PROGRAMS_END;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Code that is never reached: what may be in it, and what is left of the program. */
#include "program.h"

/* What loaders put where a program must not go. */
#define POISON CALL_ID(0xbad2310)

const struct program programs[] = {
	PROGRAM("poison that is reached", POISON, RETURN(0)),
	PROGRAM("poison behind a constant", MOVI(R1, 1), JMPI(JEQ, R1, 1, 1), POISON, RETURN(3)),
	PROGRAM("poison behind a frozen constant", LDVALUE(R1, MAP_RODATA, 0), LOAD(W, R2, R1, 0),
		JMPI(JEQ, R2, 7, 1), POISON, RETURN(3)),
	PROGRAM("poison behind a constant that is none", LDVALUE(R1, MAP_RDONLY, 0),
		LOAD(W, R2, R1, 0), JMPI(JEQ, R2, 7, 1), POISON, RETURN(3)),
	PROGRAM("poison on an unknown way", LOAD(W, R2, R1, 0), JMPI(JEQ, R2, 7, 1), POISON,
		RETURN(3)),
	PROGRAM("poisoned kernel function", MOVI(R1, 1), JMPI(JEQ, R1, 1, 1),
		RAW(BPF_JMP | BPF_CALL, 0, 2, 0, 0xbad2310), RETURN(3)),
	PROGRAM("kernel function 0, dead", MOVI(R1, 1), JMPI(JEQ, R1, 1, 1),
		RAW(BPF_JMP | BPF_CALL, 0, 2, 0, 0), RETURN(3)),
	PROGRAM("kernel function 0, alive", RAW(BPF_JMP | BPF_CALL, 0, 2, 0, 0), RETURN(3)),
	{ .name = "kernel function, another license", .type = BPF_PROG_TYPE_SOCKET_FILTER,
	  .unlicensed = 1, INSNS(RAW(BPF_JMP | BPF_CALL, 0, 2, 0, 5), RETURN(3)) },
	PROGRAM("a way that ranges exclude", LOAD(B, R2, R10, -1), JMPI(JLT, R2, 256, 1), POISON,
		RETURN(4)),
	PROGRAM("a way that bits exclude", LOAD(W, R2, R1, 0), ALUI(AND, R2, 0xf0),
		JMPI(JNE, R2, 1, 1), POISON, RETURN(4)),
	PROGRAM("much dead code", MOVI(R0, 9), MOVI(R1, 0), JMPI(JEQ, R1, 0, 6), MOVI(R0, 1),
		MOVI(R0, 2), LDMAP(R1, MAP_ARRAY), MOVI(R0, 4), MOVI(R0, 5), EXIT),
	PROGRAM("a dead map", MOVI(R0, 9), MOVI(R1, 0), JMPI(JEQ, R1, 0, 2), LDMAP(R1, MAP_HASH),
		EXIT),
	PROGRAM("a dead loop", MOVI(R0, 9), MOVI(R1, 0), JMPI(JEQ, R1, 0, 1), GOTO(-1), EXIT),
	PROGRAM("a dead end", MOVI(R0, 9), MOVI(R1, 0), JMPI(JNE, R1, 0, 1), EXIT, LOAD(W, R0, R9, 0),
		EXIT),
	PROGRAM("a dead function", MOVI(R0, 9), MOVI(R1, 0), JMPI(JEQ, R1, 0, 1), CALL_SUB(1), EXIT,
		RETURN(1)),
	PROGRAM("a dead function between others", MOVI(R1, 0), JMPI(JEQ, R1, 0, 1), CALL_SUB(3),
		MOVI(R1, 6), CALL_SUB(3), EXIT, RETURN(1), MOVI(R0, 0), MOV(R0, R1), EXIT),
	PROGRAM("jumps over nothing", MOVI(R0, 3), GOTO(0), GOTO(0), JMPI(JEQ, R0, 3, 0), EXIT),
	PROGRAM("the live side of a jump falls through", MOVI(R0, 1), MOVI(R1, 5),
		JMPI(JEQ, R1, 6, 2), MOVI(R0, 2), EXIT, MOVI(R0, 3), EXIT),
	PROGRAM("a constant through a function", MOVI(R1, 3), CALL_SUB(1), EXIT, MOVI(R0, 1),
		JMPI(JEQ, R1, 3, 1), POISON, EXIT),
	PROGRAM("a function with two constants", MOVI(R1, 3), CALL_SUB(3), MOVI(R1, 4), CALL_SUB(1),
		EXIT, MOVI(R0, 1), JMPI(JEQ, R1, 3, 1), MOVI(R0, 2), EXIT),
};
PROGRAMS_END;

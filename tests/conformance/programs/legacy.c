/* SPDX-License-Identifier: BSD-2-Clause */
/* LD_ABS and LD_IND: the packet access of classic filters. */
#include "program.h"

const struct program programs[] = {
	PROGRAM("a byte", MOV(R6, R1), LDABS(B, 0), EXIT),
	PROGRAM("a half", MOV(R6, R1), LDABS(H, 2), EXIT),
	PROGRAM("a word", MOV(R6, R1), LDABS(W, 12), EXIT),
	PROGRAM("the packet's end", MOV(R6, R1), LDABS(W, 46), EXIT),
	PROGRAM("behind it: the program ends with 0", MOV(R6, R1), LDABS(W, 62), RETURN(9)),
	PROGRAM("before it", MOV(R6, R1), LDABS(B, -1), RETURN(9)),
	PROGRAM("the network header", MOV(R6, R1), LDABS(B, -0x100000), EXIT),
	PROGRAM("the link layer's header", MOV(R6, R1), LDABS(B, -0x200000 + 12), EXIT),
	PROGRAM("at a register", MOV(R6, R1), MOVI(R7, 4), LDIND(H, R7, 2), EXIT),
	PROGRAM("at an unknown register", MOV(R6, R1), LOAD(W, R7, R1, 0), LDIND(B, R7, -1), EXIT),
	PROGRAM("at a register that was never set", MOV(R6, R1), LDIND(H, R7, 2), EXIT),
	PROGRAM("at a pointer", MOV(R6, R1), LDIND(H, R10, 2), EXIT),
	PROGRAM("r6 is not the context", MOV(R6, R10), LDABS(B, 0), EXIT),
	PROGRAM("r6 was never set", LDABS(B, 0), EXIT),
	PROGRAM("r6 is a changed context", MOV(R6, R1), ALUI(ADD, R6, 4), LDABS(B, 0), EXIT),
	PROGRAM("r1 to r5 are gone", MOV(R6, R1), MOVI(R5, 1), LDABS(B, 0), MOV(R0, R5), EXIT),
	PROGRAM("r7 is not", MOV(R6, R1), MOVI(R7, 1), LDABS(B, 0), MOV(R0, R7), EXIT),
	PROGRAM("in a function", MOV(R6, R1), CALL_SUB(1), EXIT, MOV(R6, R1), LDABS(B, 0), EXIT),
	PROGRAM("in a function, the context passed", CALL_SUB(1), EXIT, MOV(R6, R1), LDABS(B, 0),
		EXIT),
	TYPED("in a classifier", SCHED_CLS, MOV(R6, R1), LDABS(H, 12), EXIT),
	TYPED("in XDP", XDP, MOV(R6, R1), LDABS(H, 12), EXIT),
	TYPED("in a cgroup's filter", CGROUP_SKB, MOV(R6, R1), LDABS(B, 0), RETURN(1)),
	TYPED("in a kprobe", KPROBE, MOV(R6, R1), LDABS(B, 0), RETURN(1)),
	TYPED("packet pointers stay", SCHED_CLS, MOV(R6, R1), LOAD(W, R7, R1, 76), LOAD(W, R8, R1, 80),
	      LDABS(B, 0), MOV(R2, R7), ALUI(ADD, R2, 1), JMP(JGT, R2, R8, 1), LOAD(B, R0, R7, 0),
	      EXIT),
};
PROGRAMS_END;

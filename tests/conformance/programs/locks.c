/* SPDX-License-Identifier: BSD-2-Clause */
/* Spin locks in values: taken, left, forgotten. */
#include "program.h"

/* R6: a value with its lock at 4; R1: the lock. */
#define LOCKED(text, ...)                                                         \
	TYPED(text, SCHED_CLS, VALUE(MAP_LOCKED), MOV(R6, R0), MOV(R1, R6), \
	      ALUI(ADD, R1, 4), __VA_ARGS__)
#define LOCK CALL(spin_lock)
#define UNLOCK MOV(R1, R6), ALUI(ADD, R1, 4), CALL(spin_unlock)

const struct program programs[] = {
	LOCKED("taken and left", LOCK, STOREI(W, R6, 0, 7), UNLOCK, LOAD(W, R0, R6, 0), EXIT),
	LOCKED("taken and not left", LOCK, RETURN(0)),
	LOCKED("left without having it", CALL(spin_unlock), RETURN(0)),
	LOCKED("taken twice", LOCK, MOV(R1, R6), ALUI(ADD, R1, 4), LOCK, UNLOCK, RETURN(0)),
	LOCKED("left on one way only", LOCK, LOAD(W, R2, R6, 0), JMPI(JEQ, R2, 0, 3), UNLOCK,
	       RETURN(0)),
	LOCKED("left on both ways", LOCK, LOAD(W, R2, R6, 0), JMPI(JEQ, R2, 0, 5), UNLOCK,
	       RETURN(0), UNLOCK, RETURN(1)),
	LOCKED("a helper with a lock held", LOCK, CALL(get_prandom_u32), UNLOCK, RETURN(0)),
	LOCKED("a function with a lock held", LOCK, CALL_SUB(5), UNLOCK, RETURN(0), RETURN(0)),
	LOCKED("a function leaves it", LOCK, MOV(R1, R6), ALUI(ADD, R1, 4), CALL_SUB(2), RETURN(0),
	       CALL(spin_unlock), RETURN(0)),
	LOCKED("the lock is read", LOAD(W, R0, R6, 4), EXIT),
	LOCKED("the lock is written", STOREI(W, R6, 4, 0), RETURN(0)),
	LOCKED("a byte of it", LOAD(B, R0, R6, 7), EXIT),
	LOCKED("around it", LOAD(W, R0, R6, 0), LOAD(W, R2, R6, 8), RETURN(0)),
	LOCKED("across it", LOAD(DW, R0, R6, 0), RETURN(0)),
	LOCKED("at another offset", ALUI(ADD, R1, 4), LOCK, UNLOCK, RETURN(0)),
	LOCKED("at an unknown offset", LOAD(W, R2, R6, 0), ALUI(AND, R2, 4), ALU(ADD, R1, R2),
	       LOCK, UNLOCK, RETURN(0)),
	LOCKED("another lookup's lock is left", LOCK, MOV(R7, R6), MOV(R8, R6), UNLOCK,
	       MOV(R1, R8), ALUI(ADD, R1, 4), LOCK, MOV(R1, R7), ALUI(ADD, R1, 4),
	       CALL(spin_unlock), RETURN(0)),
	LOCKED("a second lookup's lock is left", MOV(R7, R1), ELEMENT(MAP_LOCKED),
	       JMPI(JNE, R0, 0, 1), EXIT, MOV(R8, R0), MOV(R1, R7), LOCK, MOV(R1, R8),
	       ALUI(ADD, R1, 4), CALL(spin_unlock), RETURN(0)),
	LOCKED("a tail call with a lock held", LOCK, LDMAP(R2, MAP_PROGS), MOVI(R3, 0),
	       CALL(tail_call), UNLOCK, RETURN(0)),
	LOCKED("LD_ABS with a lock held", MOV(R7, R6), LOCK, LDABS(B, 0), UNLOCK, RETURN(0)),
	LOCKED("a lock in a loop", MOVI(R7, 0), MOV(R1, R6), ALUI(ADD, R1, 4), LOCK,
	       LOAD(W, R2, R6, 0), ALUI(ADD, R2, 1), STORE(W, R6, 0, R2), UNLOCK, ALUI(ADD, R7, 1),
	       JMPI(JLT, R7, 3, -11), LOAD(W, R0, R6, 0), EXIT),
	TYPED("a value without a lock", SCHED_CLS, VALUE(MAP_ARRAY), MOV(R1, R0), LOCK, RETURN(0)),
	TYPED("the stack", SCHED_CLS, MOV(R1, R10), ALUI(ADD, R1, -4), LOCK, RETURN(0)),
	TYPED("by a direct address", SCHED_CLS, LDVALUE(R1, MAP_LOCKED, 4), LOCK,
	      LDVALUE(R1, MAP_LOCKED, 4), CALL(spin_unlock), RETURN(0)),
	TYPED("in a kprobe", KPROBE, VALUE(MAP_LOCKED), MOV(R1, R0), ALUI(ADD, R1, 4), LOCK,
	      RETURN(0)),
	PROGRAM("in a socket filter", VALUE(MAP_LOCKED), MOV(R6, R0), MOV(R1, R0),
		ALUI(ADD, R1, 4), LOCK, UNLOCK, RETURN(0)),
};
PROGRAMS_END;

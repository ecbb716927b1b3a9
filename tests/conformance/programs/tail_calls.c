/* SPDX-License-Identifier: BSD-2-Clause */
/* Tail calls: arguments, and what must not be held. The array is empty. */
#include "program.h"

#define TAIL(index) LDMAP(R2, MAP_PROGS), MOVI(R3, index), CALL(tail_call)

const struct program programs[] = {
	PROGRAM("to an empty slot", TAIL(0), RETURN(7)),
	PROGRAM("behind the array", TAIL(4), RETURN(7)),
	PROGRAM("a negative index", TAIL(-1), RETURN(7)),
	PROGRAM("an unknown index", LOAD(W, R3, R1, 0), LDMAP(R2, MAP_PROGS), CALL(tail_call),
		RETURN(7)),
	PROGRAM("r0 is not set behind it", TAIL(0), EXIT),
	PROGRAM("r1 is gone behind it", TAIL(0), LOAD(W, R0, R1, 0), EXIT),
	PROGRAM("the context is not the first argument", MOV(R1, R10), TAIL(0), RETURN(7)),
	PROGRAM("the context was changed", ALUI(ADD, R1, 4), TAIL(0), RETURN(7)),
	PROGRAM("another map", LDMAP(R2, MAP_ARRAY), MOVI(R3, 0), CALL(tail_call), RETURN(7)),
	PROGRAM("no map", MOVI(R2, 0), MOVI(R3, 0), CALL(tail_call), RETURN(7)),
	PROGRAM("an index that was never set", LDMAP(R2, MAP_PROGS), CALL(tail_call), RETURN(7)),
	PROGRAM("a pointer as the index", MOV(R3, R10), LDMAP(R2, MAP_PROGS), CALL(tail_call),
		RETURN(7)),
	PROGRAM("a lookup in the array", STOREI(DW, R10, -8, 0), LOOKUP(MAP_PROGS, -8), RETURN(0)),
	PROGRAM("an update of the array", STOREI(DW, R10, -8, 0), LDMAP(R1, MAP_PROGS),
		MOV(R2, R10), ALUI(ADD, R2, -8), MOV(R3, R2), MOVI(R4, 0), CALL(map_update_elem),
		RETURN(0)),
	PROGRAM("from a function", CALL_SUB(1), EXIT, MOVI(R1, 0), TAIL(0), RETURN(7)),
	PROGRAM("from a function, with the context", CALL_SUB(1), EXIT, TAIL(0), RETURN(7)),
	PROGRAM("from a function below much stack", STOREI(DW, R10, -256, 0), CALL_SUB(1), EXIT,
		TAIL(0), RETURN(7)),
	PROGRAM("from a function below less stack", STOREI(DW, R10, -240, 0), CALL_SUB(1), EXIT,
		TAIL(0), RETURN(7)),
	PROGRAM("two arrays' worth", MOV(R6, R1), TAIL(1), MOV(R1, R6), TAIL(2), RETURN(9)),
	PROGRAM("a known index on two ways", MOV(R6, R1), LOAD(W, R4, R1, 0), MOVI(R3, 1),
		JMPI(JEQ, R4, 0, 1), MOVI(R3, 2), LDMAP(R2, MAP_PROGS), CALL(tail_call), RETURN(7)),
};
PROGRAMS_END;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of maps, which the kernel's own types describe. */
#include "program.h"

const struct program programs[] = {
	PROGRAM("map pointer is read", LDMAP(R1, MAP_ARRAY), LOAD(W, R0, R1, 0), RETURN(0)),
	PROGRAM("map pointer is written", LDMAP(R1, MAP_ARRAY), STOREI(W, R1, 0, 0), RETURN(0)),
	PROGRAM("the map in a map of maps is read", ELEMENT(MAP_OUTER), JMPI(JNE, R0, 0, 1), EXIT,
		LOAD(W, R1, R0, 0), RETURN(0)),
};
PROGRAMS_END;

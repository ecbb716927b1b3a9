/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of numbers: 32-bit moves, sign extension, loads that extend, byte swaps. */
#include "program.h"

#define EXTENDED(bits, a)                                                              \
	PROGRAM("sign extension from " #bits " bits of " #a, LD64(R1, a),              \
		MOVSX(bits, R0, R1), ALUI(RSH, R0, 16), EXIT),                         \
		PROGRAM("... in 32 bits of " #a, LD64(R1, a), MOVSX32(bits, R0, R1), EXIT)

/* What a number in memory looks like when parts of it are read. */
#define LOADED(size)                                                                   \
	PROGRAM("load of " #size, LD64(R2, 0x8182838485868788ull), STORE(DW, R10, -8, R2), \
		LOAD(size, R0, R10, -8), EXIT),                                        \
		PROGRAM("load of " #size ", upper half", LD64(R2, 0x8182838485868788ull), \
			STORE(DW, R10, -8, R2), LOAD(size, R0, R10, -8),               \
			ALUI(RSH, R0, 32), EXIT)

#define LOADED_SIGNED(size)                                                            \
	PROGRAM("load of " #size " with its sign", LD64(R2, 0x8182838485868788ull),    \
		STORE(DW, R10, -8, R2), LOADSX(size, R0, R10, -8), EXIT),              \
		PROGRAM("load of " #size " with its sign, upper half",                 \
			LD64(R2, 0x8182838485868788ull), STORE(DW, R10, -8, R2),       \
			LOADSX(size, R0, R10, -8), ALUI(RSH, R0, 32), EXIT),           \
		PROGRAM("unknown " #size " with its sign", LOAD(W, R2, R1, 0),         \
			STORE(DW, R10, -8, R2), LOADSX(size, R3, R10, -8), MOV(R4, R3), \
			RETURN(0))

#define SWAPPED(how, bits)                                                             \
	PROGRAM(#how " of " #bits " bits", LD64(R0, 0x0102030405060708ull), how(bits, R0), \
		EXIT),                                                                 \
		PROGRAM(#how " of " #bits " bits, upper half", LD64(R0, 0x0102030405060708ull), \
			how(bits, R0), ALUI(RSH, R0, 32), EXIT),                       \
		PROGRAM(#how " of " #bits " unknown bits", LOAD(W, R2, R1, 0), how(bits, R2), \
			MOV(R3, R2), RETURN(0))

const struct program programs[] = {
	EXTENDED(8, 0x1280ull),
	EXTENDED(8, 0xffffff7full),
	EXTENDED(16, 0x128000ull),
	EXTENDED(16, 0xff7fffull),
	PROGRAM("sign extension from 32 bits", LD64(R1, 0x1280000000ull), MOVSX(32, R0, R1),
		ALUI(RSH, R0, 32), EXIT),
	PROGRAM("... of a positive number", LD64(R1, 0xff7fffffffull), MOVSX(32, R0, R1),
		ALUI(RSH, R0, 16), EXIT),
	PROGRAM("32-bit sign extension from 32 bits", MOVI(R1, 1), MOVSX32(32, R0, R1), EXIT),
	PROGRAM("sign extension from 7 bits", MOVI(R1, 1), MOVSX(7, R0, R1), EXIT),
	PROGRAM("sign extension with an immediate", RAW(BPF_ALU64 | BPF_MOV, 0, 0, 8, 1), EXIT),
	PROGRAM("sign extension of an unknown byte", LOAD(W, R2, R1, 0), MOVSX(8, R3, R2),
		MOV(R4, R3), RETURN(0)),
	PROGRAM("sign extension of an unknown, positive byte", LOAD(W, R2, R1, 0),
		ALUI(AND, R2, 0x7f), MOVSX(8, R3, R2), MOV(R4, R3), RETURN(0)),
	PROGRAM("32-bit sign extension of an unknown half", LOAD(W, R2, R1, 0),
		MOVSX32(16, R3, R2), MOV(R4, R3), RETURN(0)),
	PROGRAM("sign extension of an unknown word", LOAD(W, R2, R1, 0), MOVSX(32, R3, R2),
		MOV(R4, R3), RETURN(0)),
	PROGRAM("sign extension of a pointer", MOVSX(32, R3, R1), RETURN(0)),
	PROGRAM("sign extension of a pointer from 8 bits", MOVSX(8, R3, R10), RETURN(0)),
	PROGRAM("32-bit move of a pointer", MOV32(R3, R1), RETURN(0)),
	PROGRAM("32-bit move clears", LD64(R1, 0xffffffff00000005ull), MOV32(R0, R1),
		ALUI(RSH, R0, 32), EXIT),
	PROGRAM("32-bit immediate does not extend", MOV32I(R0, -1), ALUI(RSH, R0, 32), EXIT),
	PROGRAM("64-bit immediate extends", MOVI(R0, -1), ALUI(RSH, R0, 32), EXIT),
	PROGRAM("32-bit move keeps a small number's identity", LOAD(W, R2, R1, 0),
		MOV32(R3, R2), JMPI(JGT, R3, 9, 1), MOV(R4, R2), RETURN(0)),
	PROGRAM("64-bit move keeps identity", LOAD(W, R2, R1, 0), MOV(R3, R2),
		JMPI(JGT, R2, 9, 1), MOV(R4, R3), RETURN(0)),
	LOADED(B),
	LOADED(H),
	LOADED(W),
	LOADED(DW),
	LOADED_SIGNED(B),
	LOADED_SIGNED(H),
	LOADED_SIGNED(W),
	PROGRAM("load of DW with its sign", STOREI(DW, R10, -8, -1), LOADSX(DW, R0, R10, -8),
		EXIT),
	PROGRAM("context with its sign", LOADSX(W, R2, R1, 0), RETURN(0)),
	SWAPPED(TO_BE, 16),
	SWAPPED(TO_BE, 32),
	SWAPPED(TO_BE, 64),
	SWAPPED(TO_LE, 16),
	SWAPPED(TO_LE, 32),
	SWAPPED(TO_LE, 64),
	SWAPPED(BSWAP, 16),
	SWAPPED(BSWAP, 32),
	SWAPPED(BSWAP, 64),
	PROGRAM("swap of 8 bits", MOVI(R0, 1), TO_BE(8, R0), EXIT),
	PROGRAM("swap of 0 bits", MOVI(R0, 1), BSWAP(0, R0), EXIT),
	PROGRAM("swap of a pointer", MOV(R2, R10), TO_BE(64, R2), RETURN(0)),
	PROGRAM("unconditional swap to big endian", MOVI(R0, 1),
		RAW(BPF_ALU64 | BPF_END | BPF_TO_BE, 0, 0, 0, 16), EXIT),
	PROGRAM("swap twice", LOAD(W, R0, R1, 0), ALUI(AND, R0, 0xff), TO_BE(32, R0),
		TO_BE(32, R0), MOV(R2, R0), EXIT),
};
PROGRAMS_END;

/* SPDX-License-Identifier: BSD-2-Clause */
/* How large and how intricate a program may be. */
#include "program.h"

static u32 put(struct bpf_insn *insns, u32 n, const struct bpf_insn *from, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		insns[n + i] = from[i];
	return n + count;
}

#define PUT(n, ...)                                                        \
	put(insns, n, (const struct bpf_insn[]){ __VA_ARGS__ },              \
	    sizeof((struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn))

static u32 long_line(struct bpf_insn *insns)
{
	u32 n = PUT(0, MOVI(R0, 0));

	while (n < 8000)
		n = PUT(n, ALUI(ADD, R0, 1));
	return PUT(n, EXIT);
}

/* Each way of these jumps is another state: 2 to the power of `jumps`. */
static u32 branches(struct bpf_insn *insns, u32 jumps)
{
	u32 n = PUT(0, MOV(R6, R1), MOVI(R7, 0)), i;

	for (i = 0; i < jumps; i++)
		n = PUT(n, LOAD(W, R2, R6, 0), ALUI(LSH, R7, 1), JMPI(JEQ, R2, i, 1),
			ALUI(ADD, R7, 1));
	return PUT(n, MOV(R0, R7), JMPI(JEQ, R0, 0x5555, 0), EXIT);
}

static u32 few_branches(struct bpf_insn *insns)
{
	return branches(insns, 6);
}

/* All ways are different, and the number at the end must be known. */
static u32 many_branches(struct bpf_insn *insns)
{
	u32 n = branches(insns, 24) - 3;

	return PUT(n, MOV(R1, R10), ALU(SUB, R1, R7), STOREI(B, R1, -1, 0), RETURN(0));
}

/* As many ways wait as there are jumps forward. */
static u32 waiting(struct bpf_insn *insns, u32 jumps)
{
	u32 n = PUT(0, MOV(R6, R1), LOAD(W, R2, R6, 0)), i;

	for (i = 0; i < jumps; i++)
		n = PUT(n, JMPI(JEQ, R2, i, 0));
	return PUT(n, RETURN(0));
}

static u32 many_waiting(struct bpf_insn *insns)
{
	return waiting(insns, 8000);
}

static u32 too_many_waiting(struct bpf_insn *insns)
{
	u32 n = PUT(0, MOV(R6, R1), LOAD(W, R2, R6, 0)), i;

	for (i = 0; i < 8190 - 4; i++)
		n = PUT(n, JMPI(JEQ, R2, i, 8190 - 4 - (int)i - 1));
	return PUT(n, RETURN(0));
}

static u32 functions(struct bpf_insn *insns, u32 count)
{
	u32 n = 0, i;

	for (i = 0; i < count; i++)
		n = PUT(n, CALL_SUB((int)(count + 1 - i + i * 2)));
	n = PUT(n, RETURN(0));
	for (i = 0; i < count; i++)
		n = PUT(n, RETURN(0));
	return n;
}

static u32 many_functions(struct bpf_insn *insns)
{
	return functions(insns, 255);
}

static u32 too_many_functions(struct bpf_insn *insns)
{
	return functions(insns, 256);
}

static u32 far_jump(struct bpf_insn *insns)
{
	u32 n = PUT(0, MOVI(R0, 0), GOTOL(8000));

	while (n < 8002)
		n = PUT(n, ALUI(ADD, R0, 1));
	return PUT(n, EXIT);
}

/* 63 maps are the most that a program may name; here it is one, often. */
static u32 one_map_often(struct bpf_insn *insns)
{
	u32 n = 0, i;

	for (i = 0; i < 200; i++)
		n = PUT(n, LDMAP(R1, MAP_ARRAY));
	return PUT(n, RETURN(0));
}

/* A value that is read as often as the loop goes round: some 5 * 2^15 instructions. */
static u32 long_loop(struct bpf_insn *insns)
{
	u32 n = PUT(0, MOVI(R6, 0), MOVI(R7, 0));

	return PUT(n, ALUI(ADD, R7, 3), ALUI(XOR, R7, 0x55), ALUI(ADD, R6, 1),
		   JMPI(JLT, R6, 1 << 15, -4), RETURN(0));
}

const struct program programs[] = {
	MADE("eight thousand instructions in a line", long_line),
	MADE("a few branches", few_branches),
	MADE("more ways than can be walked", many_branches),
	MADE("many jumps to the next instruction", many_waiting),
	MADE("many jumps to the end", too_many_waiting),
	MADE("256 functions with main", many_functions),
	MADE("257 functions with main", too_many_functions),
	MADE("a jump over eight thousand instructions", far_jump),
	MADE("one map two hundred times", one_map_often),
	MADE("a long loop", long_loop),
};
PROGRAMS_END;

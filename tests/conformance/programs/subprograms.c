/* SPDX-License-Identifier: BSD-2-Clause */
/* Static functions without types: arguments, frames, recursion, depth. */
#include "program.h"

/* Writes 1 + depth functions that call one another, each with so much stack. */
static u32 chain(struct bpf_insn *insns, u32 depth, int stack)
{
	const struct bpf_insn call = CALL_SUB(2), leave = EXIT, value = MOVI(R0, 1),
			      store = STOREI(DW, R10, -stack, 0);
	u32 i, n = 0;

	for (i = 0; i <= depth; i++) {
		insns[n++] = store;
		insns[n++] = i < depth ? call : value;
		insns[n++] = leave;
		/* calls lead over the exit to the next one's first instruction */
		if (i < depth)
			insns[n - 2].imm = 1;
	}
	return n;
}

static u32 eight_frames(struct bpf_insn *insns)
{
	return chain(insns, 7, 8);
}

static u32 nine_frames(struct bpf_insn *insns)
{
	return chain(insns, 8, 8);
}

static u32 full_stack(struct bpf_insn *insns)
{
	return chain(insns, 3, 128);
}

static u32 too_much_stack(struct bpf_insn *insns)
{
	return chain(insns, 3, 136);
}

const struct program programs[] = {
	PROGRAM("a sum", MOVI(R1, 3), MOVI(R2, 4), CALL_SUB(1), EXIT, MOV(R0, R1), ALU(ADD, R0, R2),
		EXIT),
	PROGRAM("called twice", MOVI(R1, 3), CALL_SUB(4), MOV(R6, R0), MOVI(R1, 5), CALL_SUB(1),
		GOTO(2), MOV(R0, R1), EXIT, ALU(ADD, R0, R6), EXIT),
	PROGRAM("saved registers stay", MOVI(R6, 7), CALL_SUB(2), MOV(R0, R6), EXIT, MOVI(R6, 1),
		MOVI(R0, 0), EXIT),
	PROGRAM("argument registers go", MOVI(R3, 7), CALL_SUB(2), MOV(R0, R3), EXIT,
		MOVI(R0, 0), EXIT),
	PROGRAM("the caller's registers are not seen", MOVI(R6, 7), CALL_SUB(1), EXIT, MOV(R0, R6),
		EXIT),
	PROGRAM("an argument that was never set", CALL_SUB(1), EXIT, MOV(R0, R3), EXIT),
	PROGRAM("nothing is returned and it is used", CALL_SUB(1), EXIT, EXIT),
	PROGRAM("nothing is returned and it is not used", CALL_SUB(2), MOVI(R0, 0), EXIT, EXIT),
	PROGRAM("the context is passed", CALL_SUB(1), EXIT, LOAD(W, R0, R1, 0), EXIT),
	PROGRAM("the caller's stack", MOV(R1, R10), ALUI(ADD, R1, -8), STOREI(DW, R10, -8, 6),
		CALL_SUB(2), LOAD(DW, R0, R10, -8), EXIT, LOAD(DW, R2, R1, 0), ALUI(ADD, R2, 1),
		STORE(DW, R1, 0, R2), MOVI(R0, 0), EXIT),
	PROGRAM("the caller's stack, out of bounds", MOV(R1, R10), ALUI(ADD, R1, -8), CALL_SUB(2),
		MOVI(R0, 0), EXIT, STOREI(DW, R1, 8, 0), MOVI(R0, 0), EXIT),
	PROGRAM("a pointer to its own stack is returned", CALL_SUB(2), LOAD(DW, R0, R0, 0), EXIT,
		MOV(R0, R10), ALUI(ADD, R0, -8), STOREI(DW, R10, -8, 1), EXIT),
	PROGRAM("a pointer to its own stack is left in the caller's", MOV(R1, R10),
		ALUI(ADD, R1, -8), STOREI(DW, R10, -8, 1), CALL_SUB(2), MOVI(R0, 0), EXIT,
		STORE(DW, R1, 0, R10), MOVI(R0, 0), EXIT),
	PROGRAM("a value's pointer is returned", CALL_SUB(3), JMPI(JEQ, R0, 0, 1),
		LOAD(DW, R0, R0, 0), EXIT, ELEMENT(MAP_ARRAY), EXIT),
	PROGRAM("a lookup is checked in the callee", ELEMENT(MAP_ARRAY), MOV(R1, R0), CALL_SUB(1),
		EXIT, MOVI(R0, 0), JMPI(JEQ, R1, 0, 1), LOAD(DW, R0, R1, 0), EXIT),
	PROGRAM("recursion", CALL_SUB(1), EXIT, CALL_SUB(-1), EXIT),
	PROGRAM("recursion that would end", MOVI(R1, 3), CALL_SUB(1), EXIT, MOVI(R0, 0),
		JMPI(JEQ, R1, 0, 2), ALUI(SUB, R1, 1), CALL_SUB(-4), EXIT),
	PROGRAM("main calls itself", CALL_SUB(-1), EXIT),
	PROGRAM("a function that nobody calls", MOVI(R0, 0), EXIT, MOVI(R0, 1), EXIT),
	PROGRAM("a call behind the end", CALL_SUB(5), EXIT),
	PROGRAM("a call before the beginning", CALL_SUB(-5), EXIT),
	PROGRAM("a jump into another function", MOVI(R1, 0), CALL_SUB(2), GOTO(2), EXIT,
		MOVI(R0, 1), MOVI(R0, 2), EXIT),
	PROGRAM("a function falls into the next", MOVI(R1, 0), CALL_SUB(1), EXIT, MOVI(R0, 1)),
	PROGRAM("the caller falls into the callee", MOVI(R0, 0), CALL_SUB(0), EXIT),
	PROGRAM("a loop of calls", MOVI(R6, 0), MOV(R1, R6), CALL_SUB(4), ALUI(ADD, R6, 1),
		JMPI(JLT, R6, 4, -4), MOV(R0, R6), EXIT, MOV(R0, R1), EXIT),
	PROGRAM("bounds of what is returned", LOAD(W, R1, R1, 0), CALL_SUB(13), MOV(R6, R0),
		VALUE(MAP_ARRAY), ALU(ADD, R0, R6), EXIT, MOV(R0, R1), ALUI(AND, R0, 15), EXIT),
	PROGRAM("call with a destination", RAW(BPF_JMP | BPF_CALL, 1, BPF_PSEUDO_CALL, 0, 1), EXIT,
		RETURN(0)),
	PROGRAM("call with an offset", RAW(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 1, 1), EXIT,
		RETURN(0)),
	PROGRAM("call of an unknown kind", RAW(BPF_JMP | BPF_CALL, 0, 3, 0, 1), EXIT, RETURN(0)),
	{ .name = "eight frames", .type = BPF_PROG_TYPE_SOCKET_FILTER, .make = eight_frames },
	{ .name = "nine frames", .type = BPF_PROG_TYPE_SOCKET_FILTER, .make = nine_frames },
	{ .name = "a full stack", .type = BPF_PROG_TYPE_SOCKET_FILTER, .make = full_stack },
	{ .name = "too much stack", .type = BPF_PROG_TYPE_SOCKET_FILTER, .make = too_much_stack },
	PROGRAM("the callee changes the packet", MOV(R6, R1), CALL_SUB(2), RETURN(0), MOVI(R2, 10),
		CALL(skb_load_bytes), RETURN(0)),
	TYPED("... and its pointers are gone", SCHED_CLS, MOV(R6, R1), LOAD(W, R7, R1, 76),
	      LOAD(W, R8, R1, 80), MOV(R2, R7), ALUI(ADD, R2, 14), JMP(JGT, R2, R8, 3),
	      CALL_SUB(4), LOAD(B, R0, R7, 0), EXIT, RETURN(0), MOVI(R2, 0), CALL(skb_pull_data),
	      RETURN(0)),
};
PROGRAMS_END;

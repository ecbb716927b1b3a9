/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small programs that do nothing but put two registers, R6 and R7, into states, and
 * what the domain says those states are. Straight lines with branches off to exits:
 *
 *	R6 = R7 = anything; operations and comparisons on R6, R7; exits
 */
#ifndef TESTS_DOMAIN_PROGRAM_H
#define TESTS_DOMAIN_PROGRAM_H

#include <stdio.h>

#include "domain/scalar.h"
#include "isa/insn.h"

#define PROGRAM_MAX 64
#define STATE_TEXT  320
#define STATES_MAX  (4 * PROGRAM_MAX)

struct program {
	struct bpf_insn insns[PROGRAM_MAX];
	u32 length;
};

/* What is known of `reg` after instruction `insn`; where that jumps, if `jumped`. */
struct state {
	u32 insn;
	bool jumped;
	bool optional; /* the kernel need not tell */
	u8 reg;
	char text[STATE_TEXT];
};

struct states {
	struct state at[STATES_MAX];
	u32 count;
	/* The kernel walks parts twice; these are what it says first. */
	bool forked;
};

/* The program that follows from `seed`. */
void program_make(struct program *program, u64 seed);

/* A number near an edge, for a machine to start with. */
u64 program_edge(u64 seed);

/* Of the two-part load of a number. */
u64 program_number(const struct bpf_insn *insn);
bool program_is_branch(const struct bpf_insn *insn);
/* One line of hexadecimal numbers. */
void program_print(FILE *out, const struct program *program);

/* What the domain says. */
void program_walk(const struct program *program, struct states *states);

#endif

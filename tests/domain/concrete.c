/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs run with real numbers beside the domain: at every instruction each number
 * must be among those that the domain holds possible. Branches are never taken, what
 * their outcome tells is learned.
 *
 *	concrete COUNT SEED
 */
#include <stdio.h>
#include <stdlib.h>

#include "abstract.h"
#include "jump.h"

#define RUNS 8 /* of each program, with different numbers */

struct machine {
	u64 values[MAX_BPF_REG];
	struct alv_scalar regs[MAX_BPF_REG];
	u64 random; /* what the next call returns */
};

static bool contains(const struct alv_scalar *s, u64 x)
{
	u32 half = (u32)x;

	return (x & ~s->bits.mask) == s->bits.value && s->umin <= x && x <= s->umax &&
	       s->smin <= (s64)x && (s64)x <= s->smax && s->u32_min <= half &&
	       half <= s->u32_max && s->s32_min <= (s32)half && (s32)half <= s->s32_max;
}

static u64 operand_of(const struct machine *machine, const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X ? machine->values[insn->src_reg]
					    : (u64)(s64)insn->imm;
}

/* Divisions are by 3. */
static u64 divide(u64 x, u64 y, bool wide, bool is_signed)
{
	if (!is_signed)
		return wide ? x / y : (u32)x / (u32)y;
	return wide ? (u64)((s64)x / (s64)y) : (u64)((s32)x / (s32)y);
}

static u64 shift(u64 x, u64 y, u8 op, bool wide)
{
	y &= wide ? 63 : 31;
	if (op == BPF_LSH)
		return x << y;
	if (op == BPF_RSH)
		return wide ? x >> y : (u32)x >> y;
	return wide ? (u64)((s64)x >> y) : (u64)((s32)x >> y);
}

static u64 extend(u64 x, s16 bits)
{
	return bits ? (u64)((s64)(x << (64 - bits)) >> (64 - bits)) : x;
}

static u64 swap(u64 x, u8 bits, bool reverse)
{
	return (reverse ? __builtin_bswap64(x) : x << (64 - bits)) >> (64 - bits);
}

static u64 result_of(const struct bpf_insn *insn, u64 x, u64 y)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;

	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return x + y;
	case BPF_SUB:
		return x - y;
	case BPF_MUL:
		return x * y;
	case BPF_AND:
		return x & y;
	case BPF_OR:
		return x | y;
	case BPF_XOR:
		return x ^ y;
	case BPF_NEG:
		return -x;
	case BPF_DIV:
		return divide(x, y, wide, insn->off);
	case BPF_MOV:
		return extend(y, insn->off);
	default:
		return shift(x, y, BPF_OP(insn->code), wide);
	}
}

static void alu(struct machine *machine, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	u64 *dst = &machine->values[insn->dst_reg];

	if (BPF_OP(insn->code) == BPF_END) {
		*dst = swap(*dst, (u8)insn->imm,
			    wide || BPF_SRC(insn->code) == BPF_TO_BE);
	} else {
		*dst = result_of(insn, *dst, operand_of(machine, insn));
		if (!wide)
			*dst = (u32)*dst;
	}
	abstract_alu(machine->regs, insn);
}

/* Whether the domain had thought it possible. */
static bool branch(struct machine *machine, const struct bpf_insn *insn)
{
	bool taken =
		jump_is_taken(BPF_OP(insn->code), BPF_CLASS(insn->code) == BPF_JMP,
			      machine->values[insn->dst_reg], operand_of(machine, insn));
	int expected = abstract_taken(machine->regs, insn);

	if (expected < 0)
		abstract_assume(machine->regs, insn, taken);
	return expected < 0 || expected == taken;
}

/* One instruction; how many it takes, or 0 at the end. */
static u32 step(struct machine *machine, const struct bpf_insn *insn, bool *ret_possible)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		machine->values[insn->dst_reg] = program_number(insn);
		machine->regs[insn->dst_reg] = alv_scalar_const(program_number(insn));
		return 2;
	case BPF_ALU:
	case BPF_ALU64:
		alu(machine, insn);
		return 1;
	default:
		if (program_is_branch(insn)) {
			*ret_possible = branch(machine, insn);
			return 1;
		}
		if (BPF_OP(insn->code) == BPF_EXIT)
			return 0;
		machine->values[BPF_REG_0] = machine->random;
		machine->random = machine->random * 0xd1342543de82ef95 + 1;
		machine->regs[BPF_REG_0] = alv_scalar_unknown();
		return 1;
	}
}

static bool run(const struct program *program, u64 seed, u64 *ret_checked)
{
	struct machine machine = { .random = program_edge(seed) };
	bool possible = true;
	u32 at = 0, taken;
	u8 reg;

	while ((taken = step(&machine, &program->insns[at], &possible))) {
		reg = BPF_CLASS(program->insns[at].code) == BPF_LD ? BPF_REG_8
								   : BPF_REG_6;
		if (at >= 4 && possible)
			possible = contains(&machine.regs[reg], machine.values[reg]) &&
				   contains(&machine.regs[BPF_REG_7],
					    machine.values[BPF_REG_7]);
		(*ret_checked)++;
		if (!possible) {
			fprintf(stderr, "insn %u: R6=%llx R7=%llx denied\n", at,
				(unsigned long long)machine.values[BPF_REG_6],
				(unsigned long long)machine.values[BPF_REG_7]);
			program_print(stderr, program);
			return false;
		}
		at += taken;
	}
	return true;
}

int main(int argc, char **argv)
{
	u64 i, count, seed, checked = 0;
	u32 failures = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: %s COUNT SEED\n", argv[0]);
		return 2;
	}
	count = strtoull(argv[1], NULL, 0);
	seed = strtoull(argv[2], NULL, 0);
	for (i = 0; i < count * RUNS && failures < 10; i++) {
		struct program program;

		program_make(&program, seed + i / RUNS);
		failures += !run(&program, seed + i, &checked);
	}
	printf("%llu programs, %llu instructions, %u failures\n",
	       (unsigned long long)count, (unsigned long long)checked, failures);
	return failures ? 1 : 0;
}

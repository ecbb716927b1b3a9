/* SPDX-License-Identifier: BSD-2-Clause */
/* Making programs: operands near the edges where carries, signs and halves meet. */
#include "program.h"

#include <string.h>

#define OPERATIONS 10

struct random {
	u64 state;
};

/* splitmix64 */
static u64 next(struct random *random)
{
	u64 z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static u32 below(struct random *random, u32 limit)
{
	return (u32)(next(random) % limit);
}

/* Sums of two powers of two, masks, numbers near 0 and near the edges of the halves. */
static u64 number(struct random *random)
{
	static const u64 edges[] = {
		0,
		0x7f,
		0xff,
		0x7fff,
		0xffff,
		0x7fffffff,
		0xffffffff,
		0x100000000,
		0x7fffffff00000000,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffff80000000,
		0xffffffff00000000,
	};

	switch (below(random, 6)) {
	case 0:
		return (u64)(s64)((s32)below(random, 64) - 32);
	case 1:
		return ((u64)1 << below(random, 64)) - below(random, 2);
	case 2:
		return ((u64)1 << below(random, 64)) + ((u64)1 << below(random, 64));
	case 3:
		return edges[below(random, ALV_COUNT(edges))] + below(random, 5) - 2;
	case 4:
		return next(random) >> below(random, 64);
	default:
		return -(next(random) >> below(random, 64));
	}
}

static void emit(struct program *program, u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	program->insns[program->length++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm
	};
}

static void emit_number(struct program *program, u8 dst, u64 value)
{
	emit(program, BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, (s32)(u32)value);
	emit(program, 0, 0, 0, 0, (s32)(u32)(value >> 32));
}

static void emit_anything(struct program *program, u8 dst)
{
	emit(program, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32);
	emit(program, BPF_ALU64 | BPF_MOV | BPF_X, dst, BPF_REG_0, 0, 0);
}

static void emit_shift(struct program *program, struct random *random, u8 class, u8 dst)
{
	static const u8 ops[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	u8 op = ops[below(random, 3)];
	s32 width = class == BPF_ALU64 ? 64 : 32;
	s32 any = (s32)below(random, (u32)width);
	s32 amounts[] = { any, any, width / 2, width - 1 };

	if (below(random, 8))
		emit(program, class | op | BPF_K, dst, 0, 0, amounts[below(random, 4)]);
	else
		emit(program, class | op | BPF_X, dst, dst ^ 1, 0, 0);
}

static void emit_alu(struct program *program, struct random *random, u8 class, u8 dst)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR,
				  BPF_XOR, BPF_AND, BPF_ADD, BPF_SUB };
	u8 op = ops[below(random, sizeof(ops))];

	switch (below(random, 3)) {
	case 0:
		emit(program, class | op | BPF_K, dst, 0, 0, (s32)(u32)number(random));
		return;
	case 1:
		emit_number(program, BPF_REG_8, number(random));
		emit(program, class | op | BPF_X, dst, BPF_REG_8, 0, 0);
		return;
	default:
		emit(program, class | op | BPF_X, dst, below(random, 8) ? dst ^ 1 : dst,
		     0, 0);
	}
}

/* Negation, byte order, extension, division. */
static void emit_unary(struct program *program, struct random *random, u8 class, u8 dst)
{
	static const u8 swaps[] = { BPF_ALU64 | BPF_END, BPF_ALU | BPF_END | BPF_TO_BE,
				    BPF_ALU | BPF_END | BPF_TO_LE };

	switch (below(random, 10)) {
	case 0:
		emit(program, class | BPF_DIV | BPF_K, dst, 0, (s16)below(random, 2), 3);
		return;
	case 1:
	case 2:
	case 3:
		emit(program, class | BPF_NEG, dst, 0, 0, 0);
		return;
	case 4:
	case 5:
		emit(program, swaps[below(random, 3)], dst, 0, 0, 16 << below(random, 3));
		return;
	case 6:
		emit(program, BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0);
		return;
	default:
		emit(program, class | BPF_MOV | BPF_X, dst, dst,
		     (s16)(8 << below(random, class == BPF_ALU64 ? 3 : 2)), 0);
	}
}

/* The target is filled in when the exits are there. */
static void emit_branch(struct program *program, struct random *random, u8 dst)
{
	static const u8 ops[] = { BPF_JEQ, BPF_JNE,  BPF_JSET, BPF_JGT,	 BPF_JGE, BPF_JLT,
				  BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE };
	u8 class = below(random, 2) ? BPF_JMP : BPF_JMP32;
	u8 op = ops[below(random, sizeof(ops))];

	switch (below(random, 4)) {
	case 0:
		emit(program, class | op | BPF_K, dst, 0, 0, (s32)(u32)number(random));
		return;
	case 1:
		emit_number(program, BPF_REG_8, number(random));
		if (below(random, 2))
			emit(program, class | op | BPF_X, dst, BPF_REG_8, 0, 0);
		else
			emit(program, class | op | BPF_X, BPF_REG_8, dst, 0, 0);
		return;
	default:
		emit(program, class | op | BPF_X, dst, below(random, 10) ? dst ^ 1 : dst,
		     0, 0);
	}
}

/* What chance would seldom make: rules that ask for more than one thing at once. */
static void emit_idiom(struct program *program, struct random *random, u8 dst)
{
	s32 bit = (s32)below(random, 31);

	switch (below(random, 3)) {
	case 0:
		/* A sign-extended half that turns out not to be negative. */
		emit(program, BPF_ALU64 | BPF_MOV | BPF_X, dst, dst, 32, 0);
		emit(program, BPF_JMP32 | (below(random, 2) ? BPF_JSLT : BPF_JSGE), dst,
		     0, 0, (s32)below(random, 3));
		return;
	case 1:
		/* A bit moves to the top, and out or not. */
		emit(program, BPF_ALU64 | BPF_AND | BPF_K, dst, 0, 0, 1 << bit);
		emit(program, BPF_ALU64 | BPF_LSH | BPF_K, dst, 0, 0,
		     63 - bit - (s32)below(random, 2));
		return;
	default:
		/* Few members left of many. */
		emit(program, BPF_ALU64 | BPF_AND | BPF_K, dst, 0, 0,
		     1 << bit | 1 << below(random, 31));
		emit(program, BPF_JMP | (below(random, 2) ? BPF_JLT : BPF_JLE), dst, 0, 0,
		     (s32)((1u << bit) + below(random, 3)));
	}
}

bool program_is_branch(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) &&
	       BPF_OP(insn->code) != BPF_CALL && BPF_OP(insn->code) != BPF_EXIT;
}

static void emit_exit(struct program *program)
{
	emit(program, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

void program_make(struct program *program, u64 seed)
{
	struct random random = { .state = seed };
	u32 i, body;

	program->length = 0;
	emit_anything(program, BPF_REG_6);
	emit_anything(program, BPF_REG_7);
	for (i = 0; i < OPERATIONS; i++) {
		u8 class = below(&random, 2) ? BPF_ALU64 : BPF_ALU;
		u8 dst = BPF_REG_6 + (u8)below(&random, 2);

		switch (below(&random, 10)) {
		case 0:
		case 1:
			emit_shift(program, &random, class, dst);
			break;
		case 2:
			emit_unary(program, &random, class, dst);
			break;
		case 3:
			emit_idiom(program, &random, dst);
			break;
		case 4:
		case 5:
			emit_branch(program, &random, dst);
			break;
		default:
			emit_alu(program, &random, class, dst);
		}
	}
	body = program->length;
	emit_exit(program);
	/* An exit for each, so that no two paths meet. */
	for (i = 0; i < body; i++) {
		if (!program_is_branch(&program->insns[i]))
			continue;
		program->insns[i].off = (s16)(program->length - i - 1);
		emit_exit(program);
	}
}

u64 program_edge(u64 seed)
{
	struct random random = { .state = seed };

	return number(&random);
}

u64 program_number(const struct bpf_insn *insn)
{
	return (u64)(u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
}

void program_print(FILE *out, const struct program *program)
{
	u32 i;

	for (i = 0; i < program->length; i++) {
		u64 raw;

		memcpy(&raw, &program->insns[i], sizeof(raw));
		fprintf(out, "%s%016llx", i ? " " : "program ", (unsigned long long)raw);
	}
	fprintf(out, "\n");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the domain says of a program's registers, instruction by instruction. A branch
 * that may go both ways leaves the state of its target behind and goes on below.
 */
#include <stdio.h>
#include <string.h>

#include "program.h"

struct walk {
	struct alv_scalar regs[MAX_BPF_REG];
	struct states *states;
	u32 at;
	bool done;
};

static void tell(struct walk *walk, u8 reg, bool jumped, const struct alv_scalar *s)
{
	struct state *state = &walk->states->at[walk->states->count++];

	*state = (struct state){ .insn = walk->at, .jumped = jumped, .reg = reg };
	alv_scalar_print(state->text, sizeof(state->text), s);
}

/* What an instruction names: the kernel tells of what is written and of what is read. */
static void tell_operands(struct walk *walk, const struct bpf_insn *insn)
{
	tell(walk, insn->dst_reg, false, &walk->regs[insn->dst_reg]);
	if (BPF_SRC(insn->code) == BPF_X && insn->src_reg != insn->dst_reg)
		tell(walk, insn->src_reg, false, &walk->regs[insn->src_reg]);
}

static void mend(struct alv_scalar *s)
{
	if (alv_scalar_flaw(s))
		alv_scalar_forget_ranges(s);
}

static struct alv_scalar operand_of(const struct walk *walk, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return walk->regs[insn->src_reg];
	return alv_scalar_const((u64)(s64)insn->imm);
}

/* The kernel walks on with the two values apart: not to be followed in a line. */
static bool is_fork(const struct alv_scalar *dst, const struct alv_scalar *src, u8 op)
{
	return (op == BPF_AND || op == BPF_OR) && alv_scalar_is_const(src) &&
	       ((dst->smin == -1 && dst->smax == 0) ||
		(dst->s32_min == -1 && dst->s32_max == 0));
}

static void move(struct walk *walk, const struct bpf_insn *insn, bool wide)
{
	struct alv_scalar s = operand_of(walk, insn);

	if (insn->off)
		alv_scalar_sext(&s, (u8)(insn->off / 8), wide);
	else if (!wide)
		alv_scalar_zext32(&s);
	walk->regs[insn->dst_reg] = s;
}

static void alu(struct walk *walk, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct alv_scalar *dst = &walk->regs[insn->dst_reg];
	struct alv_scalar src = operand_of(walk, insn);

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		move(walk, insn, wide);
		break;
	case BPF_END:
		alv_scalar_swap(dst, (u8)insn->imm,
				wide || BPF_SRC(insn->code) == BPF_TO_BE);
		break;
	default:
		walk->states->cut = is_fork(dst, &src, BPF_OP(insn->code));
		alv_scalar_alu(dst, &src, BPF_OP(insn->code), wide);
	}
	mend(dst);
	if (!walk->states->cut)
		tell_operands(walk, insn);
}

static void branch(struct walk *walk, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	bool by_reg = BPF_SRC(insn->code) == BPF_X;
	u8 op = BPF_OP(insn->code);
	struct alv_scalar fake = alv_scalar_const((u64)(s64)insn->imm),
			  jumped_fake = fake;
	struct alv_scalar jumped[MAX_BPF_REG];
	struct alv_scalar *dst = &walk->regs[insn->dst_reg];
	struct alv_scalar *src = by_reg ? &walk->regs[insn->src_reg] : &fake;
	struct alv_scalar *jumped_src = by_reg ? &jumped[insn->src_reg] : &jumped_fake;
	int taken = alv_scalar_branch_taken(dst, src, op, wide);

	if (taken > 0)
		walk->done = true; /* an exit follows */
	if (taken >= 0) {
		u32 i = walk->states->count;

		tell_operands(walk, insn);
		for (; i < walk->states->count; i++)
			walk->states->at[i].optional = true;
		return;
	}
	memcpy(jumped, walk->regs, sizeof(jumped));
	alv_scalar_refine(dst, src, op, false, wide);
	alv_scalar_refine(&jumped[insn->dst_reg], jumped_src, op, true, wide);
	mend(dst);
	mend(src);
	mend(&jumped[insn->dst_reg]);
	mend(jumped_src);
	tell_operands(walk, insn);
	tell(walk, BPF_REG_6, true, &jumped[BPF_REG_6]);
	tell(walk, BPF_REG_7, true, &jumped[BPF_REG_7]);
}

static void step(struct walk *walk, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		walk->regs[insn->dst_reg] = alv_scalar_const((u64)(u32)insn[0].imm |
							     (u64)(u32)insn[1].imm << 32);
		tell(walk, insn->dst_reg, false, &walk->regs[insn->dst_reg]);
		walk->at++;
		break;
	case BPF_ALU:
	case BPF_ALU64:
		alu(walk, insn);
		break;
	default:
		if (BPF_OP(insn->code) == BPF_EXIT)
			walk->done = true;
		else if (BPF_OP(insn->code) == BPF_CALL)
			walk->regs[BPF_REG_0] = alv_scalar_unknown();
		else
			branch(walk, insn);
	}
}

void program_walk(const struct program *program, struct states *states)
{
	struct walk walk = { .states = states };

	states->count = 0;
	states->cut = false;
	for (; !walk.done && !states->cut && walk.at < program->length; walk.at++)
		step(&walk, &program->insns[walk.at]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the domain says of a program's registers, instruction by instruction. A branch
 * that may go both ways leaves the state of its target behind and goes on below.
 */
#include <string.h>

#include "abstract.h"

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

static void alu(struct walk *walk, const struct bpf_insn *insn)
{
	struct alv_scalar zero, ones;

	if (abstract_forks(walk->regs, insn, &zero, &ones)) {
		walk->states->forked = true;
		walk->regs[insn->dst_reg] = ones;
		tell(walk, insn->dst_reg, true, &zero);
	}
	abstract_alu(walk->regs, insn);
	tell_operands(walk, insn);
}

static void branch(struct walk *walk, const struct bpf_insn *insn)
{
	int taken = abstract_taken(walk->regs, insn);
	struct alv_scalar jumped[MAX_BPF_REG];
	u32 i = walk->states->count;

	if (taken >= 0) {
		tell_operands(walk, insn);
		for (; i < walk->states->count; i++)
			walk->states->at[i].optional = true;
		walk->done = taken; /* an exit follows */
		return;
	}
	memcpy(jumped, walk->regs, sizeof(jumped));
	abstract_assume(walk->regs, insn, false);
	abstract_assume(jumped, insn, true);
	tell_operands(walk, insn);
	tell(walk, BPF_REG_6, true, &jumped[BPF_REG_6]);
	tell(walk, BPF_REG_7, true, &jumped[BPF_REG_7]);
}

static void step(struct walk *walk, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		walk->regs[insn->dst_reg] = alv_scalar_const(program_number(insn));
		tell(walk, insn->dst_reg, false, &walk->regs[insn->dst_reg]);
		walk->at++;
		break;
	case BPF_ALU:
	case BPF_ALU64:
		alu(walk, insn);
		break;
	default:
		if (program_is_branch(insn))
			branch(walk, insn);
		else if (BPF_OP(insn->code) == BPF_CALL)
			walk->regs[BPF_REG_0] = alv_scalar_unknown();
		else
			walk->done = true;
	}
}

void program_walk(const struct program *program, struct states *states)
{
	struct walk walk = { .states = states };

	states->count = 0;
	states->forked = false;
	for (; !walk.done && walk.at < program->length; walk.at++)
		step(&walk, &program->insns[walk.at]);
}

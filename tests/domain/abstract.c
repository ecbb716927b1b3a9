/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verifier does with the domain, and no more. */
#include "abstract.h"

static struct alv_scalar operand_of(const struct alv_scalar *regs,
				    const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return regs[insn->src_reg];
	return alv_scalar_const((u64)(s64)insn->imm);
}

static bool is_wide(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_ALU64 || BPF_CLASS(insn->code) == BPF_JMP;
}

static void mend(struct alv_scalar *s)
{
	if (alv_scalar_flaw(s))
		alv_scalar_forget_ranges(s);
}

bool abstract_forks(const struct alv_scalar *regs, const struct bpf_insn *insn,
		    struct alv_scalar *ret_zero, struct alv_scalar *ret_ones)
{
	struct alv_scalar src = operand_of(regs, insn);
	u8 op = BPF_OP(insn->code);

	return (op == BPF_AND || op == BPF_OR) && alv_scalar_is_const(&src) &&
	       alv_scalar_splits(&regs[insn->dst_reg], ret_zero, ret_ones);
}

void abstract_alu(struct alv_scalar *regs, const struct bpf_insn *insn)
{
	struct alv_scalar *dst = &regs[insn->dst_reg];
	struct alv_scalar src = operand_of(regs, insn);
	bool wide = is_wide(insn);

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		*dst = src;
		if (insn->off)
			alv_scalar_sext(dst, (u8)(insn->off / 8), wide);
		else if (!wide)
			alv_scalar_zext32(dst);
		break;
	case BPF_END:
		alv_scalar_swap(dst, (u8)insn->imm,
				wide || BPF_SRC(insn->code) == BPF_TO_BE);
		break;
	default:
		alv_scalar_alu(dst, &src, BPF_OP(insn->code), wide);
	}
	mend(dst);
}

int abstract_taken(const struct alv_scalar *regs, const struct bpf_insn *insn)
{
	struct alv_scalar src = operand_of(regs, insn);

	return alv_scalar_branch_taken(&regs[insn->dst_reg], &src, BPF_OP(insn->code),
				       is_wide(insn));
}

void abstract_assume(struct alv_scalar *regs, const struct bpf_insn *insn, bool taken)
{
	struct alv_scalar number = operand_of(regs, insn);
	bool by_reg = BPF_SRC(insn->code) == BPF_X;
	struct alv_scalar *dst = &regs[insn->dst_reg];
	struct alv_scalar *src = by_reg ? &regs[insn->src_reg] : &number;

	alv_scalar_refine(dst, src, BPF_OP(insn->code), taken, is_wide(insn));
	mend(dst);
	mend(src);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks of single instructions. Which are made before exploration and which when an
 * instruction is reached is the kernel's order: an ill-formed instruction that is
 * never reached is no error where the kernel has none.
 */
#include "isa/insn.h"

#include <errno.h>

/* What reports call the instructions of a kind. */
static const char *const names[] = {
	[ALV_INSN_ALU] = "BPF_ALU",
	[ALV_INSN_DIV] = "BPF_ALU",
	[ALV_INSN_SHIFT] = "BPF_ALU",
	[ALV_INSN_NEG] = "BPF_NEG",
	[ALV_INSN_END] = "BPF_END",
	[ALV_INSN_MOV] = "BPF_MOV",
	[ALV_INSN_LDX] = "BPF_LDX",
	[ALV_INSN_LDSX] = "BPF_LDX",
	[ALV_INSN_ST] = "BPF_ST",
	[ALV_INSN_STX] = "BPF_STX",
	[ALV_INSN_LD_ABS] = "BPF_LD_[ABS|IND]",
	[ALV_INSN_LD_IND] = "BPF_LD_[ABS|IND]",
	[ALV_INSN_LD_IMM64] = "BPF_LD_IMM64",
	[ALV_INSN_JA] = "BPF_JA",
	[ALV_INSN_JCC] = "BPF_JMP/JMP32",
	[ALV_INSN_CALL] = "BPF_CALL",
	[ALV_INSN_EXIT] = "BPF_EXIT",
};

static int check_constant64(const struct bpf_insn *insns, u32 n, u32 i,
			    struct alv_isa_error *error)
{
	const struct bpf_insn *insn = &insns[i], *second = insn + 1;

	if (i + 1 >= n || second->code || second->dst_reg || second->src_reg ||
	    second->off)
		return alv_isa_fail(error, -EINVAL, i, "invalid bpf_ld_imm64 insn");
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (!second->imm)
			return 0;
		break;
	case 0:
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
	case BPF_PSEUDO_BTF_ID:
	case BPF_PSEUDO_FUNC:
		return 0;
	}
	return alv_isa_fail(error, -EINVAL, i, "unrecognized bpf_ld_imm64 insn");
}

int alv_insn_check_form(const struct bpf_insn *insns, u32 n, u32 i,
			struct alv_isa_error *error)
{
	const struct bpf_insn *insn = &insns[i];
	u8 mode = BPF_MODE(insn->code);

	if (alv_insn_class(insn) == BPF_LDX &&
	    ((mode != BPF_MEM && mode != ALV_BPF_MEMSX) || insn->imm))
		return alv_isa_fail(error, -EINVAL, i, "BPF_LDX uses reserved fields");
	if (alv_insn_is_ldimm64(insn))
		return check_constant64(insns, n, i, error);
	if (!alv_insn_is_known(insn))
		return alv_isa_fail(error, -EINVAL, i, "unknown opcode %02x", insn->code);
	return 0;
}

static bool has_reserved(const struct bpf_insn *insn)
{
	u8 zero = alv_opcodes[insn->code].zero;

	return (zero & ALV_ZERO_DST && insn->dst_reg) ||
	       (zero & ALV_ZERO_SRC && insn->src_reg) ||
	       (zero & ALV_ZERO_OFF && insn->off) || (zero & ALV_ZERO_IMM && insn->imm);
}

static bool is_register_form(const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X;
}

/* Is it one of the moves: plain, sign extending? */
static bool is_move(const struct bpf_insn *insn)
{
	if (!is_register_form(insn))
		return !insn->off;
	if (insn->imm)
		return false;
	switch (insn->off) {
	case 0:
	case 8:
	case 16:
		return true;
	case 32:
		return !alv_insn_is_alu32(insn);
	default:
		return false;
	}
}

static bool is_cast(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) &&
	       insn->off == ALV_BPF_ADDR_SPACE_CAST;
}

static bool is_call(const struct bpf_insn *insn)
{
	switch (insn->src_reg) {
	case 0:
	case BPF_PSEUDO_CALL:
		return !insn->off;
	case BPF_PSEUDO_KFUNC_CALL:
		return true;
	default:
		return false;
	}
}

/* Have the fields that select among variants of a kind one of their values? */
static bool is_variant(const struct bpf_insn *insn)
{
	switch (alv_insn_kind(insn)) {
	case ALV_INSN_ALU:
	case ALV_INSN_SHIFT:
		return !insn->off && !(is_register_form(insn) && insn->imm);
	case ALV_INSN_DIV:
		return (insn->off == 0 || insn->off == 1) &&
		       !(is_register_form(insn) && insn->imm);
	case ALV_INSN_MOV:
		return is_move(insn);
	case ALV_INSN_END:
		return insn->imm == 16 || insn->imm == 32 || insn->imm == 64;
	case ALV_INSN_CALL:
		return is_call(insn);
	default:
		return true;
	}
}

static int check_atomic(const struct bpf_insn *insn, struct alv_isa_error *error)
{
	bool moves = insn->imm == ALV_BPF_LOAD_ACQ || insn->imm == ALV_BPF_STORE_REL;

	if (!alv_insn_is_atomic_op(insn->imm))
		return alv_isa_fail(error, -EINVAL, 0,
				    "BPF_ATOMIC uses invalid atomic opcode %02x",
				    insn->imm);
	/* Loads and stores have all sizes, what reads and writes has two. */
	if (!moves && alv_insn_access_size(insn) < 4)
		return alv_isa_fail(error, -EINVAL, 0, "invalid atomic operand size");
	return 0;
}

int alv_insn_check_fields(const struct bpf_insn *insn, struct alv_isa_error *error)
{
	enum alv_insn_kind kind = alv_insn_kind(insn);

	if (is_cast(insn)) {
		if (insn->imm == 1 || insn->imm == 1 << 16)
			return 0;
		return alv_isa_fail(
			error, -EINVAL, 0,
			"addr_space_cast insn can only convert between address "
			"space 1 and 0");
	}
	switch (kind) {
	case ALV_INSN_MAY_GOTO:
		if (!has_reserved(insn))
			return 0;
		return alv_isa_fail(error, -EINVAL, 0, "invalid may_goto imm %d",
				    insn->imm);
	case ALV_INSN_ATOMIC:
		return check_atomic(insn, error);
	case ALV_INSN_UNKNOWN:
		return alv_isa_fail(error, -EINVAL, 0, "unknown opcode %02x", insn->code);
	default:
		if (!has_reserved(insn) && is_variant(insn))
			return 0;
		return alv_isa_fail(error, -EINVAL, 0, "%s uses reserved fields",
				    names[kind]);
	}
}

int alv_insn_check_constant(const struct bpf_insn *insn, struct alv_isa_error *error)
{
	s32 width = alv_insn_is_alu32(insn) ? 32 : 64;

	if (is_register_form(insn))
		return 0;
	switch (alv_insn_kind(insn)) {
	case ALV_INSN_DIV:
		if (!insn->imm)
			return alv_isa_fail(error, -EINVAL, 0, "div by zero");
		return 0;
	case ALV_INSN_SHIFT:
		if (insn->imm < 0 || insn->imm >= width)
			return alv_isa_fail(error, -EINVAL, 0, "invalid shift %d",
					    insn->imm);
		return 0;
	default:
		return 0;
	}
}

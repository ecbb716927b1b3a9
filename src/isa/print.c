/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions as text. The form is an interface: reports of verification and
 * bpftool's dumps are compared by people and programs, so each format below is the
 * kernel's to the letter, of instructions that cannot be valid too.
 */
#include "isa/insn.h"

#include <stdio.h>

#define NAME_TEXT 128

struct printer {
	char *text;
	size_t size;
	const struct bpf_insn *insn;
	const struct alv_insn_names *names;
	const char *symbol;
};

/* Every instruction begins with its code. */
#define emit(p, format, ...) \
	snprintf((p)->text, (p)->size, "(%02x) " format, (p)->insn->code, ##__VA_ARGS__)

/* An instruction that no verified program has. */
#define emit_bad(p, prefix) \
	snprintf((p)->text, (p)->size, "BUG_" prefix "%02x", (p)->insn->code)

static char letter(const struct bpf_insn *insn)
{
	u8 class = alv_insn_class(insn);

	return class == BPF_ALU || class == BPF_JMP32 ? 'w' : 'r';
}

static const char *sign_extension(const struct bpf_insn *insn)
{
	if (BPF_OP(insn->code) != BPF_MOV)
		return "";
	switch (insn->off) {
	case 8:
		return "(s8)";
	case 16:
		return "(s16)";
	case 32:
		return "(s32)";
	default:
		return "";
	}
}

static int print_arithmetic(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	/* "s/=", "s%=" */
	const char *sign =
		alv_insn_kind(insn) == ALV_INSN_DIV && insn->off == 1 ? "s" : "";
	char reg = letter(insn);

	if (BPF_SRC(insn->code) == BPF_X)
		return emit(p, "%c%d %s%s %s%c%d", reg, insn->dst_reg, sign, p->symbol,
			    sign_extension(insn), reg, insn->src_reg);
	return emit(p, "%c%d %s%s %d", reg, insn->dst_reg, sign, p->symbol, insn->imm);
}

static int print_alu(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	char reg = letter(insn);

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_END:
		return emit(p, "r%d = %s%d r%d", insn->dst_reg, p->symbol, insn->imm,
			    insn->dst_reg);
	case ALV_INSN_NEG:
		return emit(p, "%c%d = -%c%d", reg, insn->dst_reg, reg, insn->dst_reg);
	default:
		break;
	}
	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X)) {
		if (insn->off == ALV_BPF_ADDR_SPACE_CAST)
			return emit(p, "r%d = addr_space_cast(r%d, %u, %u)",
				    insn->dst_reg, insn->src_reg, (u32)insn->imm >> 16,
				    (u16)insn->imm);
		if (insn->off == ALV_BPF_ADDR_PERCPU)
			return emit(p, "r%d = &(void __percpu *)(r%d)", insn->dst_reg,
				    insn->src_reg);
	}
	return print_arithmetic(p);
}

static const char *atomic_name(s32 imm)
{
	switch (BPF_OP(imm)) {
	case BPF_ADD:
		return "add";
	case BPF_AND:
		return "and";
	case BPF_OR:
		return "or";
	default:
		return "xor";
	}
}

static int print_atomic(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	const char *width = BPF_SIZE(insn->code) == BPF_DW ? "64" : "";
	int dst = insn->dst_reg, src = insn->src_reg, off = insn->off;

	if (!alv_insn_is_atomic_op(insn->imm))
		return emit_bad(p, "");
	switch (insn->imm) {
	case ALV_BPF_LOAD_ACQ:
		return emit(p, "r%d = load_acquire((%s *)(r%d %+d))", dst, p->symbol, src,
			    off);
	case ALV_BPF_STORE_REL:
		return emit(p, "store_release((%s *)(r%d %+d), r%d)", p->symbol, dst, off,
			    src);
	case BPF_CMPXCHG:
		return emit(p, "r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)", width,
			    p->symbol, dst, off, src);
	case BPF_XCHG:
		return emit(p, "r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", src, width,
			    p->symbol, dst, off, src);
	}
	if (insn->imm & BPF_FETCH)
		return emit(p, "r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", src,
			    width, atomic_name(insn->imm), p->symbol, dst, off, src);
	return emit(p, "lock *(%s *)(r%d %+d) %s r%d", p->symbol, dst, off,
		    alv_opcodes[BPF_ALU64 | BPF_OP(insn->imm)].symbol, src);
}

static int print_stx(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_STX:
		return emit(p, "*(%s *)(r%d %+d) = r%d", p->symbol, insn->dst_reg,
			    insn->off, insn->src_reg);
	case ALV_INSN_ATOMIC:
		return print_atomic(p);
	default:
		return emit_bad(p, "");
	}
}

static int print_st(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;

	if (alv_insn_kind(insn) == ALV_INSN_ST)
		return emit(p, "*(%s *)(r%d %+d) = %d", p->symbol, insn->dst_reg,
			    insn->off, insn->imm);
	if (BPF_MODE(insn->code) == ALV_BPF_NOSPEC)
		return emit(p, "nospec");
	return emit_bad(p, "st_");
}

static int print_ldx(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;

	if (!alv_insn_is_known(insn))
		return emit_bad(p, "ldx_");
	return emit(p, "r%d = *(%s *)(r%d %+d)", insn->dst_reg, p->symbol, insn->src_reg,
		    insn->off);
}

static bool is_pointer(const struct bpf_insn *insn)
{
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX:
	case BPF_PSEUDO_MAP_IDX_VALUE:
	case BPF_PSEUDO_BTF_ID:
		return true;
	default:
		return false;
	}
}

static int print_constant64(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	const struct alv_insn_names *names = p->names;
	u64 value = (u64)(u32)insn[1].imm << 32 | (u32)insn->imm;
	const char *name = NULL;
	char text[NAME_TEXT];

	if (names && names->hide_pointers && is_pointer(insn))
		value = 0;
	if (names && names->immediate)
		name = names->immediate(names->data, insn, value, text, sizeof(text));
	if (name)
		return emit(p, "r%d = %s", insn->dst_reg, name);
	return emit(p, "r%d = 0x%llx", insn->dst_reg, (unsigned long long)value);
}

static int print_ld(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_LD_ABS:
		return emit(p, "r0 = *(%s *)skb[%d]", p->symbol, insn->imm);
	case ALV_INSN_LD_IND:
		return emit(p, "r0 = *(%s *)skb[r%d + %d]", p->symbol, insn->src_reg,
			    insn->imm);
	case ALV_INSN_LD_IMM64:
		return print_constant64(p);
	default:
		return emit_bad(p, "ld_");
	}
}

static int print_call(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	const struct alv_insn_names *names = p->names;
	const char *name = NULL;
	char text[NAME_TEXT];

	if (names && names->call)
		name = names->call(names->data, insn, text, sizeof(text));
	if (insn->src_reg == BPF_PSEUDO_CALL) {
		if (name)
			return emit(p, "call pc%s", name);
		return emit(p, "call pc%+d", insn->imm);
	}
	if (!name)
		name = insn->src_reg == BPF_PSEUDO_KFUNC_CALL ? "kernel-function"
							      : "unknown";
	return emit(p, "call %s#%d", name, insn->imm);
}

static int print_branch(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;
	/* The kernel has no operator for an unknown kind of may_goto. */
	const char *symbol = alv_insn_kind(insn) == ALV_INSN_JCC ? p->symbol : "(null)";
	char reg = letter(insn);

	if (BPF_SRC(insn->code) == BPF_X)
		return emit(p, "if %c%d %s %c%d goto pc%+d", reg, insn->dst_reg, symbol,
			    reg, insn->src_reg, insn->off);
	return emit(p, "if %c%d %s 0x%x goto pc%+d", reg, insn->dst_reg, symbol,
		    insn->imm, insn->off);
}

static int print_jump(struct printer *p)
{
	const struct bpf_insn *insn = p->insn;

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_CALL:
		return print_call(p);
	case ALV_INSN_EXIT:
		return emit(p, "exit");
	case ALV_INSN_JA:
		return emit(p, "%s pc%+d", p->symbol, alv_insn_jump_offset(insn));
	case ALV_INSN_MAY_GOTO:
		if (!insn->src_reg)
			return emit(p, "may_goto pc%+d", insn->off);
		return print_branch(p);
	default:
		return print_branch(p);
	}
}

static int (*const printers[])(struct printer *p) = {
	[BPF_LD] = print_ld,
	[BPF_LDX] = print_ldx,
	[BPF_ST] = print_st,
	[BPF_STX] = print_stx,
	[BPF_ALU] = print_alu,
	[BPF_ALU64] = print_alu,
	[BPF_JMP] = print_jump,
	[BPF_JMP32] = print_jump,
};

int alv_insn_print(char *text, size_t size, const struct bpf_insn *insn,
		   const struct alv_insn_names *names)
{
	struct printer p = {
		.text = text,
		.size = size,
		.insn = insn,
		.names = names,
		.symbol = alv_opcodes[insn->code].symbol ? alv_opcodes[insn->code].symbol
							 : "(null)",
	};

	return printers[alv_insn_class(insn)](&p);
}

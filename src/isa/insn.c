/* SPDX-License-Identifier: BSD-2-Clause */
#include "isa/insn.h"

enum {
	NOTHING = 0,
	DST = ALV_ZERO_DST,
	SRC = ALV_ZERO_SRC,
	OFF = ALV_ZERO_OFF,
	IMM = ALV_ZERO_IMM
};

#define OPCODE(CODE, KIND, ZERO, symbol) [CODE] = { ALV_INSN_##KIND, ZERO, symbol },
#define MEMORY(CLASS, MODE, SIZE, KIND, ZERO, symbol) \
	OPCODE(BPF_##CLASS | MODE | BPF_##SIZE, KIND, ZERO, symbol)
/* The offset selects among variants of some operations: check.c knows. */
#define ALU(OPERATION, KIND, symbol)                                     \
	OPCODE(BPF_ALU | BPF_##OPERATION | BPF_K, KIND, SRC, symbol)     \
	OPCODE(BPF_ALU | BPF_##OPERATION | BPF_X, KIND, NOTHING, symbol) \
	OPCODE(BPF_ALU64 | BPF_##OPERATION | BPF_K, KIND, SRC, symbol)   \
	OPCODE(BPF_ALU64 | BPF_##OPERATION | BPF_X, KIND, NOTHING, symbol)
#define JCC(OPERATION, symbol)                                        \
	OPCODE(BPF_JMP | BPF_##OPERATION | BPF_K, JCC, SRC, symbol)   \
	OPCODE(BPF_JMP | BPF_##OPERATION | BPF_X, JCC, IMM, symbol)   \
	OPCODE(BPF_JMP32 | BPF_##OPERATION | BPF_K, JCC, SRC, symbol) \
	OPCODE(BPF_JMP32 | BPF_##OPERATION | BPF_X, JCC, IMM, symbol)

const struct alv_opcode alv_opcodes[256] = {
#include "isa/opcode.def"
};

bool alv_insn_is_jump(const struct bpf_insn *insn)
{
	switch (alv_insn_kind(insn)) {
	case ALV_INSN_JA:
	case ALV_INSN_JCC:
	case ALV_INSN_MAY_GOTO:
		return true;
	default:
		return false;
	}
}

bool alv_insn_is_conditional(const struct bpf_insn *insn)
{
	return alv_insn_is_jump(insn) && alv_insn_kind(insn) != ALV_INSN_JA;
}

s32 alv_insn_jump_offset(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off;
}

u8 alv_insn_access_size(const struct bpf_insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

bool alv_insn_is_known(const struct bpf_insn *insn)
{
	return alv_insn_kind(insn) != ALV_INSN_UNKNOWN;
}

bool alv_insn_is_atomic_op(s32 imm)
{
	switch (imm) {
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
	case ALV_BPF_LOAD_ACQ:
	case ALV_BPF_STORE_REL:
		return true;
	default:
		return false;
	}
}

static struct alv_insn_regs atomic_regs(const struct bpf_insn *insn, u16 dst, u16 src)
{
	switch (insn->imm) {
	case ALV_BPF_LOAD_ACQ:
		return (struct alv_insn_regs){ .uses = src, .defines = dst };
	case ALV_BPF_STORE_REL:
		return (struct alv_insn_regs){ .uses = dst | src };
	case BPF_CMPXCHG:
		return (struct alv_insn_regs){ .uses = dst | src | 1, .defines = 1 };
	default:
		if (insn->imm & BPF_FETCH)
			return (struct alv_insn_regs){ .uses = dst | src, .defines = src };
		return (struct alv_insn_regs){ .uses = dst | src };
	}
}

struct alv_insn_regs alv_insn_regs(const struct bpf_insn *insn, u32 n_args)
{
	u16 dst = 1u << insn->dst_reg, src = 1u << insn->src_reg;
	u16 operand = BPF_SRC(insn->code) == BPF_X ? src : 0;

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_ALU:
	case ALV_INSN_DIV:
	case ALV_INSN_SHIFT:
		return (struct alv_insn_regs){ .uses = dst | operand, .defines = dst };
	case ALV_INSN_NEG:
	case ALV_INSN_END:
		return (struct alv_insn_regs){ .uses = dst, .defines = dst };
	case ALV_INSN_MOV:
		return (struct alv_insn_regs){ .uses = operand, .defines = dst };
	case ALV_INSN_LDX:
	case ALV_INSN_LDSX:
		return (struct alv_insn_regs){ .uses = src, .defines = dst };
	case ALV_INSN_ST:
		return (struct alv_insn_regs){ .uses = dst };
	case ALV_INSN_STX:
		return (struct alv_insn_regs){ .uses = dst | src };
	case ALV_INSN_ATOMIC:
		return atomic_regs(insn, dst, src);
	case ALV_INSN_LD_IMM64:
		return (struct alv_insn_regs){ .defines = dst };
	case ALV_INSN_JCC:
		return (struct alv_insn_regs){ .uses = dst | operand };
	case ALV_INSN_JA:
	case ALV_INSN_MAY_GOTO:
		return (struct alv_insn_regs){ 0 };
	case ALV_INSN_CALL:
		return (struct alv_insn_regs){ .uses = (2u << n_args) - 2,
					      .defines = ALV_CALL_REGS };
	case ALV_INSN_EXIT:
		return (struct alv_insn_regs){ .uses = 1 };
	case ALV_INSN_LD_ABS:
	case ALV_INSN_LD_IND:
	case ALV_INSN_UNKNOWN:
		break;
	}
	return (struct alv_insn_regs){ .uses = ALV_ALL_REGS };
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "generate.h"

static u64 seed;

/* splitmix64 */
static u64 draw(void)
{
	u64 z = seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static u32 below(u32 n)
{
	return draw() % n;
}

static bool one_in(u32 n)
{
	return !below(n);
}

static u8 known_code(void)
{
	struct bpf_insn insn;

	do
		insn.code = draw();
	while (!alv_insn_is_known(&insn));
	return insn.code;
}

static s32 some_constant(void)
{
	static const s32 constants[] = { 0, 1, -1, 16, 32, 64, 0x50, 0xe1, 0xf1, 0x100,
					 0x110, 0x41, 1 << 16, INT32_MAX, INT32_MIN };

	return one_in(3) ? (s32)draw() : constants[below(ALV_COUNT(constants))];
}

/* Anything at all. */
static struct bpf_insn any_insn(void)
{
	static const s16 offsets[] = { 0, 1, -1, 8, 16, 32, -8, INT16_MAX, INT16_MIN };

	return (struct bpf_insn){
		.code = one_in(12) ? draw() : known_code(),
		.dst_reg = one_in(8) ? below(16) : below(11),
		.src_reg = one_in(3) ? below(11) : 0,
		.off = offsets[below(ALV_COUNT(offsets))],
		.imm = some_constant(),
	};
}

/* An instruction of number `i` of `n` whose fields are as they should be. */
static struct bpf_insn proper_insn(u32 i, u32 n)
{
	static const s32 atomics[] = { BPF_ADD,
				       BPF_OR | BPF_FETCH,
				       BPF_XCHG,
				       BPF_CMPXCHG,
				       ALV_BPF_LOAD_ACQ,
				       ALV_BPF_STORE_REL,
				       BPF_XOR,
				       BPF_AND | BPF_FETCH };
	struct bpf_insn insn = {
		.code = known_code(), .dst_reg = below(10), .src_reg = below(10),
		.off = -8 * (s32)below(9), .imm = below(64),
	};
	u8 zero = alv_opcodes[insn.code].zero;
	s32 distance = (s32)below(n - 1) - (s32)i - 1;

	switch (alv_insn_kind(&insn)) {
	case ALV_INSN_CALL:
		insn.src_reg = one_in(3) ? BPF_PSEUDO_CALL : 0;
		insn.imm = insn.src_reg ? distance : (s32)below(212);
		insn.off = 0;
		break;
	case ALV_INSN_JA:
	case ALV_INSN_JCC:
	case ALV_INSN_MAY_GOTO:
		if (insn.code == (BPF_JMP32 | BPF_JA))
			insn.imm = distance;
		else
			insn.off = distance;
		break;
	case ALV_INSN_ATOMIC:
		insn.imm = atomics[below(ALV_COUNT(atomics))];
		break;
	case ALV_INSN_END:
		insn.imm = 16 << below(3);
		break;
	case ALV_INSN_MOV:
		insn.off = BPF_SRC(insn.code) == BPF_X ? 8 * below(3) : 0;
		insn.imm *= BPF_SRC(insn.code) == BPF_K;
		break;
	case ALV_INSN_ALU:
	case ALV_INSN_SHIFT:
	case ALV_INSN_DIV:
		insn.off = alv_insn_kind(&insn) == ALV_INSN_DIV && one_in(2);
		insn.imm *= BPF_SRC(insn.code) == BPF_K;
		break;
	default:
		break;
	}
	if (zero & ALV_ZERO_DST)
		insn.dst_reg = 0;
	if (zero & ALV_ZERO_SRC)
		insn.src_reg = 0;
	if (zero & ALV_ZERO_OFF)
		insn.off = 0;
	if (zero & ALV_ZERO_IMM)
		insn.imm = 0;
	return insn;
}

static struct bpf_insn exit_insn(void)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
}

static u32 random_soup(struct bpf_insn *insns)
{
	u32 n = 1 + below(12);

	for (u32 i = 0; i < n; i++)
		insns[i] = any_insn();
	if (!one_in(8))
		insns[n - 1] = exit_insn();
	return n;
}

/* Jumps and calls all over, exits here and there. */
static u32 random_flow(struct bpf_insn *insns)
{
	u32 n = 2 + below(ISA_MAX_INSNS - 2);

	for (u32 i = 0; i < n; i++) {
		insns[i] = proper_insn(i, n);
		while (i + 2 > n && alv_insn_is_ldimm64(&insns[i]))
			insns[i] = proper_insn(i, n);
		/* The more of these, the less is unreachable. */
		while (!alv_insn_is_conditional(&insns[i]) && one_in(2))
			insns[i] = proper_insn(i, n);
		while (alv_insn_kind(&insns[i]) == ALV_INSN_JA ||
		       (alv_insn_is_exit(&insns[i]) && !one_in(4)) ||
		       (alv_insn_is_call(&insns[i]) && !one_in(3)))
			insns[i] = proper_insn(i, n);
		if (alv_insn_is_ldimm64(&insns[i])) {
			insns[i].src_reg = one_in(2) ? BPF_PSEUDO_FUNC : 0;
			insns[i].imm = (s32)below(n - 1) - (s32)i - 1;
			insns[++i] = (struct bpf_insn){ .imm = some_constant() };
		}
	}
	insns[n - 1] = exit_insn();
	return n;
}

/* All registers set, proper instructions, and a field that is not. */
static u32 random_field(struct bpf_insn *insns)
{
	struct bpf_insn *insn;
	u32 n = 0;

	for (u32 reg = 0; reg < 10; reg++)
		insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
						.dst_reg = reg, .imm = some_constant() };
	insn = &insns[n++];
	do
		*insn = proper_insn(n - 1, n + 2);
	while (alv_insn_is_ldimm64(insn) || alv_insn_is_subprog_call(insn));
	if (alv_insn_is_jump(insn)) {
		insn->off = insn->code == (BPF_JMP32 | BPF_JA) ? 0 : 1;
		insn->imm = insn->code == (BPF_JMP32 | BPF_JA) ? 1 : insn->imm;
	}
	switch (below(5)) {
	case 0:
		insn->dst_reg = below(16);
		break;
	case 1:
		insn->src_reg = below(16);
		break;
	case 2:
		if (!alv_insn_is_jump(insn))
			insn->off = one_in(2) ? (s32)below(40) - 4 : (s16)draw();
		break;
	case 3:
		insn->imm = some_constant();
		break;
	}
	insns[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_JEQ | BPF_K };
	insns[n++] = exit_insn();
	return n;
}

u32 isa_generate(u64 number, struct bpf_insn insns[ISA_MAX_INSNS])
{
	seed = number * 0x10001;
	switch (number % 4) {
	case 0:
		return random_soup(insns);
	case 1:
		return random_field(insns);
	default:
		return random_flow(insns);
	}
}

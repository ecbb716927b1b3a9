/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The offset o lies within [0, limit]: the mask is ~0 if so, and else 0. With m = limit,
 * m - o and o both have a clear sign bit exactly then, so
 *
 *	mask = (-((m - o) | o)) s>> 63
 *
 * but for m = 0: with o = 0 the mask is 0, and so is what it would keep; the smallest
 * number passes, in the kernel's sequence as in this one.
 */
#include "engine/mask.h"

#include "isa/insn.h"

#define AX 11 /* which programs do not have */

static void emit_k(struct alv_emitter *to, u8 op, u8 dst, s32 imm)
{
	alv_emit(to, ALV_INSN(BPF_ALU64 | op | BPF_K, dst, 0, 0, imm));
}

static void emit_x(struct alv_emitter *to, u8 op, u8 dst, u8 src)
{
	alv_emit(to, ALV_INSN(BPF_ALU64 | op | BPF_X, dst, src, 0, 0));
}

/* AX becomes the masked offset; offsets that are negative were negated. */
static void emit_mask(struct alv_emitter *to, u8 offset)
{
	emit_x(to, BPF_SUB, AX, offset);
	emit_x(to, BPF_OR, AX, offset);
	emit_k(to, BPF_NEG, AX, 0);
	emit_k(to, BPF_ARSH, AX, 63);
	emit_x(to, BPF_AND, AX, offset);
}

void alv_emit_masked(struct alv_emitter *to, const struct bpf_insn *insn,
		     const struct alv_insn_verdict *fact)
{
	bool in_src = fact->mask & ALV_MASK_SRC, negative = fact->mask & ALV_MASK_NEGATIVE;
	bool constant = fact->mask & ALV_MASK_CONSTANT;
	u8 offset = in_src ? insn->src_reg : insn->dst_reg;
	struct bpf_insn moved = *insn;

	if (negative && !constant)
		emit_k(to, BPF_MUL, offset, -1);
	alv_emit(to, ALV_INSN(BPF_ALU | BPF_MOV | BPF_K, AX, 0, 0, (s32)fact->mask_limit));
	if (!constant)
		emit_mask(to, offset);
	if (!in_src)
		emit_x(to, BPF_MOV, insn->dst_reg, insn->src_reg);
	moved.src_reg = AX;
	if (negative)
		moved.code ^= BPF_ADD ^ BPF_SUB;
	alv_emit(to, moved);
	/* The register keeps what it was. */
	if (in_src && negative && !constant)
		emit_k(to, BPF_MUL, offset, -1);
}

void alv_emit_barrier(struct alv_emitter *to)
{
	alv_emit(to, ALV_INSN(BPF_ST | ALV_BPF_NOSPEC, 0, 0, 0, 0));
}

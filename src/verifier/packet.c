/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet pointers. A comparison with the packet's end tells how many bytes behind a
 * pointer may be accessed: its range, which all pointers of the same id share.
 */
#include "verifier/env.h"

#define MAX_PACKET 0xffff

struct found {
	struct alv_type type;
	u32 id;
	s32 range;
};

static void widen_range(struct alv_reg *reg, void *data)
{
	const struct found *found = data;

	if (alv_type_equal(reg->type, found->type) && reg->id == found->id &&
	    reg->range < found->range)
		reg->range = found->range;
}

/* In this state, `reg` bytes of the packet exist (one more where `open`). */
static void find_range(struct alv_state *state, const struct alv_reg *reg, bool open)
{
	struct found found = { .type = reg->type, .id = reg->id, .range = reg->off + open };

	if (reg->off < 0 || (!reg->off && open) || reg->val.umax > MAX_PACKET ||
	    reg->val.umax + (u64)reg->off > MAX_PACKET)
		return;
	alv_state_each_reg(state, widen_range, &found);
}

static void mark_end(struct alv_state *state, u32 number, bool beyond)
{
	struct alv_reg *reg = &alv_state_top(state)->regs[number];

	if (alv_reg_is(reg, ALV_REG_PACKET))
		reg->range = beyond ? ALV_BEYOND_PACKET_END : ALV_AT_PACKET_END;
}

/* The packet's first byte: the end of what lies before it. */
static bool is_packet_start(const struct alv_reg *reg)
{
	return alv_reg_is(reg, ALV_REG_PACKET) && !reg->id && !reg->off &&
	       alv_scalar_is_const(&reg->val) && !reg->val.bits.value;
}

static bool is_pointer_and_end(const struct alv_reg *pointer, const struct alv_reg *end)
{
	return (alv_reg_is(pointer, ALV_REG_PACKET) && alv_reg_is(end, ALV_REG_PACKET_END)) ||
	       (alv_reg_is(pointer, ALV_REG_PACKET_META) && is_packet_start(end));
}

/*
 * `pointer` is below the end (or at it, where `or_equal`) in the state `inside`, and
 * the contrary holds in `outside`.
 */
static void refine(struct alv_state *inside, struct alv_state *outside,
		   const struct alv_reg *pointer, u32 number, bool or_equal)
{
	const struct alv_reg copy = *pointer;

	find_range(inside, &copy, !or_equal);
	mark_end(outside, number, or_equal);
}

bool alv_packet_refine(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst,
		       struct alv_reg *src, struct alv_state *here, struct alv_state *there)
{
	u8 op = BPF_OP(insn->code);
	/* Which comparisons hold when the pointer in dst lies inside. */
	bool less = op == BPF_JLT || op == BPF_JLE;
	bool greater = op == BPF_JGT || op == BPF_JGE;

	if (BPF_SRC(insn->code) != BPF_X || BPF_CLASS(insn->code) == BPF_JMP32 ||
	    (!less && !greater))
		return false;
	if (is_pointer_and_end(dst, src))
		refine(less ? there : here, less ? here : there, dst, insn->dst_reg,
		       op == BPF_JLE || op == BPF_JGT);
	else if (is_pointer_and_end(src, dst))
		refine(less ? here : there, less ? there : here, src, insn->src_reg,
		       op == BPF_JLT || op == BPF_JGE);
	else
		return false;
	return true;
}

int alv_packet_branch_taken(const struct alv_reg *dst, const struct alv_reg *src, u8 op)
{
	static const u8 flipped[16] = {
		[BPF_JGE >> 4] = BPF_JLE, [BPF_JGT >> 4] = BPF_JLT,
		[BPF_JLE >> 4] = BPF_JGE, [BPF_JLT >> 4] = BPF_JGT,
	};
	const struct alv_reg *pointer = dst;

	if (alv_reg_is(dst, ALV_REG_PACKET_END) && !alv_reg_is(src, ALV_REG_PACKET_END)) {
		pointer = src;
		op = flipped[op >> 4];
	} else if (!alv_reg_is(src, ALV_REG_PACKET_END)) {
		return -1;
	}
	if (pointer->range >= 0)
		return -1;
	switch (op) {
	case BPF_JLE:
	case BPF_JGT:
		return pointer->range == ALV_BEYOND_PACKET_END ? op == BPF_JGT : -1;
	case BPF_JLT:
	case BPF_JGE:
		return op == BPF_JGE;
	default:
		return -1;
	}
}

/* Memory of a dynptr of the packet. */
static bool is_slice(const struct alv_reg *reg)
{
	return reg->type.base == ALV_REG_MEM &&
	       (reg->type.flags & (ALV_DYNPTR_SKB | ALV_DYNPTR_XDP | ALV_DYNPTR_SKB_META));
}

static void forget(struct alv_reg *reg, void *data)
{
	const bool *precise = data;

	if (!alv_reg_is_packet_any(reg) && !is_slice(reg))
		return;
	/* What is unknown may not be leaked, so it is no number for everybody. */
	if (*precise)
		alv_reg_set_uninit(reg, true);
	else
		alv_reg_set_unknown(reg, false);
}

void alv_packet_forget_all(struct alv_state *state, bool precise)
{
	alv_state_each_reg(state, forget, &precise);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two paths that meet, with something else in the same place: what is safe on the one
 * that is walked first need not be on the other. A verifier that takes the second for
 * covered too easily accepts what it must not.
 */
#include "writer.h"

#define SLOT     (-8 * (N_SLOTS + 9))

/* How the value gets from the join to where it matters. */
enum way {
	BY_REGISTER,
	BY_SPILL,
	BY_NARROW_SPILL,
	BY_SUM,
	BY_COPY,
	N_WAYS,
};

/* Enough instructions and jumps that states are remembered. */
static void pad(struct writer *w, u32 spare)
{
	for (u32 i = 0; i < 9; i++)
		emit(w, MOV_IMM(spare & 15, (s32)i));
	for (u32 i = 0; i < 2; i++) {
		emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
		emit(w, MOV_IMM(spare & 15, 0));
	}
}

/* A branch that either side of may be taken. */
static u32 emit_toss(struct writer *w, u32 reg)
{
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32));
	forget_call(w, NUMBER, 0);
	emit(w, MOV(reg & 15, 0));
	return emit(w, INSN(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 0, 1));
}

/* dst = first, or second where the branch goes; they are kept on the stack by some. */
static void emit_choice(struct writer *w, u32 dst, u32 toss, s32 first, s32 second, enum way way)
{
	u32 over;

	emit(w, MOV_IMM(dst & 15, first));
	over = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
	land(w, toss);
	emit(w, MOV_IMM(dst & 15, second));
	land(w, over);
	if (way == BY_SPILL)
		emit(w, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, dst & 15, SLOT, 0));
	if (way == BY_NARROW_SPILL)
		emit(w, INSN(BPF_STX | BPF_MEM | BPF_W, 10, dst & 15, SLOT, 0));
}

static void emit_arrival(struct writer *w, u32 dst, u32 spare, enum way way)
{
	switch (way) {
	case BY_SPILL:
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, dst & 15, 10, SLOT, 0));
		break;
	case BY_NARROW_SPILL:
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, dst & 15, 10, SLOT, 0));
		break;
	case BY_SUM:
		emit(w, MOV_IMM(spare & 15, 0));
		emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_X, spare & 15, dst & 15, 0, 0));
		emit(w, MOV(dst & 15, spare & 15));
		break;
	case BY_COPY:
		emit(w, MOV(spare & 15, dst & 15));
		emit(w, MOV(dst & 15, spare & 15));
		break;
	default:
		break;
	}
}

/* An offset into a value: inside, then inside or not. */
static void join_offsets(struct writer *w, u32 base, u32 dst, u32 spare)
{
	struct value value = w->regs[base];
	enum way way = below(w, N_WAYS);
	s32 first = (s32)below(w, value.room - 8);
	s32 second = fault(w) ? (s32)value.room - (s32)below(w, 8) : (s32)below(w, value.room - 8);
	u32 toss = emit_toss(w, spare);

	emit_choice(w, dst, toss, first, second, way);
	pad(w, spare);
	emit_arrival(w, dst, spare, way);
	emit(w, MOV(spare & 15, base & 15));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_X, spare & 15, dst & 15, 0, 0));
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, dst & 15, spare & 15, 0, 0));
	set_reg(w, spare, NOTHING, 0);
}

/* A number that decides a branch; what lies behind the other side is wrong, or not. */
static void join_decisions(struct writer *w, u32 dst, u32 spare)
{
	enum way way = below(w, N_WAYS);
	s32 first = (s32)below(w, 100), second = first + (s32)below(w, 2);
	u32 toss = emit_toss(w, spare), jump;

	emit_choice(w, dst, toss, first, second, way);
	pad(w, spare);
	emit_arrival(w, dst, spare, way);
	if (chance(w, 50)) {
		emit(w, MOV_IMM(spare & 15, first));
		jump = emit(w, INSN(BPF_JMP | BPF_JEQ | BPF_X, dst & 15, spare & 15, 0, 0));
	} else {
		jump = emit(w, INSN(BPF_JMP | BPF_JEQ | BPF_K, dst & 15, 0, 0, first));
	}
	if (fault(w))
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, spare & 15, 10, 8, 0));
	emit(w, MOV_IMM(spare & 15, 7));
	land(w, jump);
	set_reg(w, spare, NOTHING, 0);
}

/* A pointer whose offset is a range, a wider one the second time. */
static void join_ranges(struct writer *w, u32 base, u32 dst, u32 spare)
{
	struct value value = w->regs[base];
	u32 toss = emit_toss(w, spare), over;
	bool wrong = fault(w);

	emit(w, INSN(BPF_ALU64 | BPF_AND | BPF_K, spare & 15, 0, 0, 3));
	over = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
	land(w, toss);
	emit(w, INSN(BPF_ALU64 | BPF_AND | BPF_K, spare & 15, 0, 0, wrong ? 63 : 7));
	land(w, over);
	emit(w, MOV(dst & 15, base & 15));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst & 15, spare & 15, 0, 0));
	pad(w, spare);
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, dst & 15, dst & 15, (s16)(value.room - 16), 0));
	set_reg(w, spare, NUMBER, 0);
}

/* A slot with a pointer, or with a number in its place. */
static void join_slots(struct writer *w, u32 base, u32 dst, u32 spare)
{
	u32 toss = emit_toss(w, spare), over;
	bool wrong = fault(w);

	emit(w, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, base & 15, SLOT, 0));
	over = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
	land(w, toss);
	emit(w, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, (wrong ? spare : base) & 15, SLOT, 0));
	land(w, over);
	pad(w, spare);
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, dst & 15, 10, SLOT, 0));
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, dst & 15, dst & 15, 0, 0));
	set_reg(w, spare, NUMBER, 0);
}

/* A packet of which one path has seen more than the other. */
static void join_packets(struct writer *w, u32 ctx, u32 dst, u32 spare)
{
	const struct flavour *flavour = w->flavour;
	u32 toss = emit_toss(w, spare), out[2], over;
	s32 room = 8 + (s32)below(w, 24), less = fault(w) ? room - 1 : room;

	for (u32 i = 0; i < 2; i++) {
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, dst & 15, ctx & 15, (s16)flavour->packet, 0));
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, 1, ctx & 15, (s16)flavour->packet_end, 0));
		emit(w, MOV(2, dst & 15));
		emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, i ? less : room));
		out[i] = emit(w, INSN(BPF_JMP | BPF_JGT | BPF_X, 2, 1, 0, 0));
		if (!i) {
			over = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
			land(w, toss);
		}
	}
	land(w, over);
	pad(w, spare);
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_B, spare & 15, dst & 15, (s16)(room - 1), 0));
	for (u32 i = 0; i < 2; i++)
		land(w, out[i]);
	/* Neither has the same on all paths. */
	set_reg(w, spare, NOTHING, 0);
	set_reg(w, dst, NOTHING, 0);
}

void write_join(struct writer *w)
{
	u32 base = NO_REG, ctx = find_kind(w, CTX), dst = take_saved_reg(w);
	u32 spare = take_saved_reg(w), which = below(w, 6);

	for (u32 i = 6; i < N_REGS; i++)
		if (w->regs[i].kind == VALUE && w->regs[i].room >= 32)
			base = i;
	if (!may_call(w) || dst == NO_REG || dst == spare || dst == base || spare == base)
		return;
	if (which == 5 && ctx >= 6 && ctx != NO_REG && w->flavour->packet_end) {
		join_packets(w, ctx, dst, spare);
		return;
	}
	if (which < 2 || base == NO_REG)
		join_decisions(w, dst, spare);
	else if (which == 2)
		join_offsets(w, base, dst, spare);
	else if (which == 3)
		join_ranges(w, base, dst, spare);
	else
		join_slots(w, base, dst, spare);
	set_reg(w, dst, NUMBER, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements on numbers: arithmetic, branches, loops, spills. */
#include "isa/insn.h"

#include "writer.h"

#define POINTER_SLOTS N_SLOTS /* pointers are spilled behind the numbers */

static const u8 jumps[] = { BPF_JEQ,  BPF_JNE,	BPF_JGT,  BPF_JGE,  BPF_JLT, BPF_JLE,
			    BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET };

static s32 immediate(struct writer *w)
{
	return (s32)random_number(&w->random);
}

static s16 slot_offset(u32 slot)
{
	return (s16)(-8 * (s32)(slot + 1));
}

void write_move(struct writer *w)
{
	u32 dst = take_reg(w);

	if (chance(w, 30))
		emit_imm64(w, dst, 0, random_number(&w->random));
	else if (chance(w, 30))
		emit(w, INSN(BPF_ALU | BPF_MOV | BPF_K, dst & 15, 0, 0, immediate(w)));
	else
		emit(w, MOV_IMM(dst & 15, immediate(w)));
	set_reg(w, dst, NUMBER, 0);
}

void write_copy(struct writer *w)
{
	static const s16 widths[] = { 0, 0, 0, 8, 16, 32 };
	u32 src = below(w, N_REGS), dst = take_reg(w);
	bool number = w->regs[src].kind == NUMBER;
	s16 width = number ? widths[below(w, ALV_COUNT(widths))] : 0;
	u8 class = number && width < 32 && chance(w, 40) ? BPF_ALU : BPF_ALU64;

	if (w->regs[src].kind == NOTHING && !fault(w))
		return;
	emit(w, INSN(class | BPF_MOV | BPF_X, dst & 15, src & 15, width, 0));
	w->regs[dst] = w->regs[src];
}

/* A number that may be changed. */
static u32 take_number(struct writer *w)
{
	u32 reg = need_number(w), copy;

	if (!(w->locked & 1u << reg))
		return reg;
	copy = take_reg(w);
	emit(w, MOV(copy & 15, reg & 15));
	set_reg(w, copy, NUMBER, 0);
	return copy;
}

static void write_unary(struct writer *w, u32 dst)
{
	static const s32 widths[] = { 16, 32, 64 };
	s32 bits = widths[below(w, 3)];

	if (chance(w, 40))
		emit(w, INSN((chance(w, 50) ? BPF_ALU : BPF_ALU64) | BPF_NEG, dst & 15, 0, 0, 0));
	else if (chance(w, 30))
		emit(w, INSN(BPF_ALU64 | BPF_END, dst & 15, 0, 0, bits));
	else
		emit(w, INSN(BPF_ALU | BPF_END | (chance(w, 50) ? BPF_TO_BE : BPF_TO_LE),
			     dst & 15, 0, 0, bits));
}

void write_alu(struct writer *w)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_OR,  BPF_AND, BPF_XOR, BPF_ADD,
				  BPF_AND, BPF_SUB, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_DIV, BPF_MOD };
	u8 op = ops[below(w, ALV_COUNT(ops))], class = chance(w, 35) ? BPF_ALU : BPF_ALU64;
	u32 dst = take_number(w), src = need_number(w), bits = class == BPF_ALU ? 32 : 64;
	bool divides = op == BPF_DIV || op == BPF_MOD;
	bool shifts = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;
	s16 off = divides && chance(w, 40);
	s32 imm = immediate(w);

	if (chance(w, 8)) {
		write_unary(w, dst);
		return;
	}
	if (chance(w, 45) && w->regs[dst].kind == NUMBER) {
		emit(w, INSN(class | op | BPF_X, dst & 15, src & 15, off, 0));
		return;
	}
	if (shifts && !fault(w))
		imm &= (s32)bits - 1;
	if (divides && !imm && !fault(w))
		imm = 3;
	emit(w, INSN(class | op | BPF_K, dst & 15, 0, off, imm));
}

/* A branch on numbers; its target is not known yet. */
static u32 emit_branch(struct writer *w, u32 reg)
{
	u8 class = chance(w, 35) ? BPF_JMP32 : BPF_JMP, op = jumps[below(w, ALV_COUNT(jumps))];
	u32 other = find_kind(w, NUMBER);

	if (chance(w, 35) && other != NO_REG)
		return emit(w, INSN(class | op | BPF_X, reg & 15, other & 15, 0, 0));
	return emit(w, INSN(class | op | BPF_K, reg & 15, 0, 0, immediate(w)));
}

void write_if(struct writer *w)
{
	u32 jump = emit_branch(w, need_number(w)), over;
	struct writer before = *w;

	if (!chance(w, 40)) {
		block(w, 1 + below(w, 3), jump);
		return;
	}
	statements(w, 1 + below(w, 2));
	over = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
	land(w, jump);
	/* The other side begins with what held before. */
	before.random = w->random;
	before.n_functions = w->n_functions;
	__builtin_memcpy(before.functions, w->functions, sizeof(before.functions));
	{
		const struct writer one_side = *w;

		*w = before;
		statements(w, 1 + below(w, 2));
		land(w, over);
		merge(w, &one_side);
	}
}

/* The sides of the branch know different things, and what was copied knows them, too. */
void write_linked(struct writer *w)
{
	u32 src = need_number(w), copy = take_saved_reg(w), jump;

	if (copy == NO_REG || copy == src)
		return;
	emit(w, INSN((chance(w, 15) ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_X, copy & 15, src & 15,
		     0, 0));
	set_reg(w, copy, NUMBER, 0);
	if (chance(w, 40))
		emit(w, INSN((chance(w, 30) ? BPF_ALU : BPF_ALU64) | BPF_ADD | BPF_K, copy & 15, 0,
			     0, chance(w, 80) ? (s32)below(w, 64) - 16 : immediate(w)));
	if (chance(w, 40)) {
		u32 slot = below(w, N_SLOTS);

		emit(w, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, src & 15, slot_offset(slot), 0));
		w->spilled |= 1u << slot;
	}
	jump = emit_branch(w, chance(w, 50) ? src : copy);
	block(w, 1 + below(w, 2), jump);
}

void write_early_exit(struct writer *w)
{
	u32 jump;

	if (w->held && !fault(w))
		return;
	jump = emit_branch(w, need_number(w));
	emit(w, MOV_IMM(BPF_REG_0, (s32)below(w, w->flavour->max_return + 1)));
	emit(w, EXIT());
	land(w, jump);
}

/* Numbers that are pointers after the body would be numbers again at its start. */
static void restore_numbers(struct writer *w, const struct writer *before)
{
	for (u32 i = 0; i < N_REGS; i++) {
		if (before->regs[i].kind == NUMBER && w->regs[i].kind != NUMBER) {
			emit(w, MOV_IMM(i & 15, immediate(w)));
			set_reg(w, i, NUMBER, 0);
		}
	}
}

/* What the body must find again when it begins anew. */
static void begin_loop(struct writer *w, u32 counter)
{
	for (u32 i = 0; i < 6; i++)
		set_reg(w, i, NOTHING, 0);
	for (u32 i = 6; i < N_REGS; i++)
		if (w->regs[i].kind != NUMBER && w->regs[i].kind != NOTHING)
			w->locked |= 1u << i;
	w->locked |= 1u << counter;
}

void write_loop(struct writer *w)
{
	u32 counter = take_saved_reg(w), locked = w->locked, start;
	bool may_goto = chance(w, 10);
	s32 turns = 1 + (s32)below(w, chance(w, 80) ? 8 : 60);
	struct writer before;
	u32 out = 0;

	if (counter == NO_REG || w->depth > 2 || w->held)
		return;
	emit(w, MOV_IMM(counter & 15, 0));
	set_reg(w, counter, NUMBER, 0);
	begin_loop(w, counter);
	before = *w;
	start = w->out->n_insns;
	if (may_goto)
		out = emit(w, INSN(BPF_JMP | ALV_BPF_JCOND, 0, 0, 0, 0));
	statements(w, 1 + below(w, 3));
	restore_numbers(w, &before);
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, counter & 15, 0, 0, fault(w) ? 0 : 1));
	emit(w, INSN((chance(w, 20) ? BPF_JMP32 : BPF_JMP) |
			     (chance(w, 70) ? BPF_JLT : BPF_JNE) | BPF_K,
		     counter & 15, 0, (s16)(start - w->out->n_insns - 1), turns));
	if (may_goto)
		land(w, out);
	merge(w, &before);
	w->locked = locked;
}

static void spill_pointer(struct writer *w, u32 reg)
{
	u32 slot = POINTER_SLOTS + (w->depth & 7), to;
	struct value value = w->regs[reg];

	emit(w, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, reg & 15, slot_offset(slot), 0));
	to = take_reg(w);
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_DW, to & 15, 10, slot_offset(slot), 0));
	w->regs[to] = value;
}

void write_spill(struct writer *w)
{
	static const u8 sizes[] = { BPF_DW, BPF_DW, BPF_DW, BPF_W, BPF_H, BPF_B };
	u32 slot = below(w, N_SLOTS), reg = below(w, N_REGS), which = below(w, 6);
	s16 inside = which < 3 ? 0 : (s16)((which == 3 ? 4 : which == 4 ? 2 : 1) *
					   (s32)below(w, which == 3 ? 2 : which == 4 ? 4 : 8));

	if (w->regs[reg].kind > NUMBER) {
		spill_pointer(w, reg);
		return;
	}
	if (w->regs[reg].kind == NOTHING)
		reg = need_number(w);
	if (chance(w, 25))
		emit(w, INSN(BPF_ST | BPF_MEM | sizes[which], 10, 0,
			     (s16)(slot_offset(slot) + inside), chance(w, 50) ? 0 : immediate(w)));
	else
		emit(w, INSN(BPF_STX | BPF_MEM | sizes[which], 10, reg & 15,
			     (s16)(slot_offset(slot) + inside), 0));
	if (which < 3)
		w->spilled |= 1u << slot;
}

void write_fill(struct writer *w)
{
	static const u8 sizes[] = { BPF_DW, BPF_DW, BPF_W, BPF_H, BPF_B };
	static const s16 steps[] = { 0, 0, 4, 2, 1 };
	u32 which = below(w, ALV_COUNT(sizes)), dst, slot = below(w, N_SLOTS);
	u8 mode = which > 1 && chance(w, 30) ? ALV_BPF_MEMSX : BPF_MEM;
	s16 inside = steps[which] ? (s16)(steps[which] * (s32)below(w, 8u / (u32)steps[which])) : 0;

	/* Another one if nothing is there; what is not there reads as anything. */
	for (u32 i = 0; i < N_SLOTS && !(w->spilled & 1u << slot); i++)
		slot = (slot + 1) % N_SLOTS;
	dst = take_reg(w);
	emit(w, INSN(BPF_LDX | mode | sizes[which], dst & 15, 10,
		     (s16)(slot_offset(slot) + inside), 0));
	set_reg(w, dst, NUMBER, 0);
}

/* Part of the stack at a place that is only known as a range. */
void write_bytes(struct writer *w)
{
	u32 index = take_number(w), base = take_reg(w), size = 8u * (1 + below(w, 4));
	bool writes = chance(w, 50);

	if (index == base)
		return;
	emit(w, INSN(BPF_ALU64 | BPF_AND | BPF_K, index & 15, 0, 0,
		     (s32)(size - (fault(w) ? 0 : 1)) & ~(chance(w, 50) ? 7 : 0)));
	emit(w, MOV(base & 15, 10));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, base & 15, 0, 0,
		     fault(w) ? -(s32)size + 1 : -(s32)size - 8 * (s32)below(w, N_SLOTS - 4)));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_X, base & 15, index & 15, 0, 0));
	if (writes && (w->regs[index].kind == NUMBER || fault(w)))
		emit(w, INSN(BPF_STX | BPF_MEM | BPF_B, base & 15, index & 15, 0, 0));
	else
		emit(w, INSN(BPF_LDX | BPF_MEM | BPF_B, base & 15, base & 15, 0, 0));
	set_reg(w, base, writes ? NOTHING : NUMBER, 0);
}

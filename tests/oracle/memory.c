/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that reach memory: maps, packets, contexts, reservations. */
#include "isa/insn.h"

#include "writer.h"

#define BUFFER (-256) /* of the stack, for keys and arguments */

static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

static s32 immediate(struct writer *w)
{
	return (s32)random_number(&w->random);
}

/* A pointer into the stack. */
static void emit_stack(struct writer *w, u32 reg, s32 off)
{
	emit(w, MOV(reg & 15, 10));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg & 15, 0, 0, off));
}

/* One access at base + off. */
static void emit_access(struct writer *w, u32 base, s16 off, u32 which, bool writable)
{
	u32 reg;

	if (writable && chance(w, 40)) {
		reg = need_number(w);
		if (reg == base)
			return;
		emit(w, INSN(BPF_STX | BPF_MEM | sizes[which], base & 15, reg & 15, off, 0));
	} else if (writable && chance(w, 20)) {
		emit(w, INSN(BPF_ST | BPF_MEM | sizes[which], base & 15, 0, off, immediate(w)));
	} else {
		u8 mode = which < 3 && chance(w, 20) ? ALV_BPF_MEMSX : BPF_MEM;

		reg = take_reg(w);
		emit(w, INSN(BPF_LDX | mode | sizes[which], reg & 15, base & 15, off, 0));
		set_reg(w, reg, NUMBER, 0);
	}
}

/* Somewhere inside, or just outside. */
static void access_fixed(struct writer *w, u32 base)
{
	struct value value = w->regs[base];
	u32 which = below(w, 4), size = 1u << which;
	u32 places = value.room / size;
	u32 off;

	if (!places)
		return;
	off = below(w, places) * size;
	if (fault(w))
		off = value.room - size + 1 + below(w, size);
	emit_access(w, base, (s16)off, which, value.writable);
}

/* A number that lies below `limit`, by a mask or by comparisons that may be enough. */
static void bound(struct writer *w, u32 index, u32 limit, u32 *ret_jump, bool *ret_jumped)
{
	u32 mask = 1;

	*ret_jumped = false;
	while (mask * 2 <= limit)
		mask *= 2;
	if (chance(w, 50)) {
		emit(w, INSN((chance(w, 50) ? BPF_ALU : BPF_ALU64) | BPF_AND | BPF_K, index & 15, 0,
			     0, (s32)mask - 1));
		if (chance(w, 30))
			emit(w, INSN(BPF_ALU64 | BPF_RSH | BPF_K, index & 15, 0, 0,
				     (s32)below(w, 3)));
		return;
	}
	if (chance(w, 30))
		emit(w, INSN(BPF_ALU | BPF_MOV | BPF_X, index & 15, index & 15, 0, 0));
	*ret_jumped = true;
	if (chance(w, 30)) {
		/* Signed comparisons need both sides. */
		u32 low = emit(w, INSN(BPF_JMP | BPF_JSLT | BPF_K, index & 15, 0, 0, 0));

		emit(w, INSN(BPF_JMP | BPF_JSLT | BPF_K, index & 15, 0, 1, (s32)limit));
		land(w, low);
		*ret_jump = emit(w, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
		w->out->insns[low].off = (s16)(*ret_jump - low - 1);
		return;
	}
	*ret_jump = emit(w, INSN((chance(w, 25) ? BPF_JMP32 : BPF_JMP) | BPF_JGE | BPF_K,
				 index & 15, 0, 0, (s32)(limit + fault(w))));
}

/* At an offset that is only known as a range. */
static void access_variable(struct writer *w, u32 base)
{
	struct value value = w->regs[base];
	u32 which = below(w, 4), size = 1u << which, index, at, jump = 0;
	const struct writer before = *w;
	bool jumped;

	if (value.room < size || w->locked == (1u << N_REGS) - 1)
		return;
	index = take_reg(w);
	at = take_reg(w);
	if (index == base || at == base || index == at)
		return;
	emit(w, MOV(index & 15, need_number(w) & 15));
	if (w->regs[index].kind == NOTHING)
		set_reg(w, index, NUMBER, 0);
	set_reg(w, index, NUMBER, 0);
	bound(w, index, value.room - size + 1, &jump, &jumped);
	emit(w, MOV(at & 15, base & 15));
	emit(w, INSN(BPF_ALU64 | (chance(w, 5) ? BPF_SUB : BPF_ADD) | BPF_X, at & 15, index & 15, 0,
		     0));
	w->regs[at] = (struct value){ .kind = NOTHING };
	w->locked |= 1u << at;
	emit_access(w, at, 0, which, value.writable);
	w->locked &= ~(1u << at);
	if (jumped) {
		land(w, jump);
		merge(w, &before);
	}
	set_reg(w, at, NOTHING, 0);
}

static void access(struct writer *w, u32 base)
{
	if (chance(w, 55))
		access_fixed(w, base);
	else
		access_variable(w, base);
}

static u32 find_pointer(struct writer *w)
{
	static const enum kind pointers[] = { VALUE, PACKET, MEMORY, STACK };
	u32 reg = NO_REG;

	for (u32 i = 0, n = below(w, 4); i < 4 && reg == NO_REG; i++)
		reg = find_kind(w, pointers[(n + i) % 4]);
	return reg;
}

void write_access(struct writer *w)
{
	u32 reg = find_pointer(w);

	if (reg != NO_REG)
		access(w, reg);
}

/* A number becomes an index of something that is there. */
void write_index(struct writer *w)
{
	u32 base = find_kind(w, VALUE);

	if (base == NO_REG)
		write_global(w);
	else
		access_variable(w, base);
}

void write_atomic(struct writer *w)
{
	static const s32 ops[] = { BPF_ADD, BPF_AND, BPF_OR, BPF_XOR, BPF_ADD | BPF_FETCH,
				   BPF_AND | BPF_FETCH, BPF_OR | BPF_FETCH, BPF_XOR | BPF_FETCH,
				   BPF_XCHG, BPF_CMPXCHG };
	u32 base = find_kind(w, VALUE), src = need_number(w), which = below(w, ALV_COUNT(ops));
	u8 size = chance(w, 50) ? BPF_W : BPF_DW;
	s16 off = 0;

	if (base == NO_REG || chance(w, 40)) {
		u32 slot = below(w, N_SLOTS);

		base = BPF_REG_10;
		off = (s16)(-8 * (s32)(slot + 1));
		if (!(w->spilled & 1u << slot))
			emit(w, INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, off, immediate(w)));
	} else if (w->regs[base].room < 8 || !w->regs[base].writable || base == src) {
		return;
	}
	if (ops[which] & BPF_FETCH && w->locked & 1u << src)
		return;
	if (ops[which] == BPF_CMPXCHG) {
		if (w->locked & 1 || base == BPF_REG_0)
			return;
		emit(w, MOV_IMM(BPF_REG_0, immediate(w)));
		set_reg(w, 0, NUMBER, 0);
	}
	emit(w, INSN(BPF_STX | BPF_ATOMIC | size, base & 15, src & 15, off, ops[which]));
}

static void emit_key(struct writer *w, enum oracle_map map, s32 at)
{
	const struct oracle_map_def *def = &oracle_map_defs[map];
	u8 size = def->key_size == 8 ? BPF_DW : BPF_W;
	u32 reg;

	if (chance(w, 70)) {
		emit(w, INSN(BPF_ST | BPF_MEM | size, 10, 0, (s16)at,
			     (s32)below(w, def->max_entries + fault(w))));
		return;
	}
	reg = need_number(w);
	emit(w, INSN(BPF_STX | BPF_MEM | size, 10, reg & 15, (s16)at, 0));
}

/* The value of an element of some map in R0, to be compared with NULL. */
static void emit_lookup(struct writer *w, enum oracle_map map)
{
	emit_key(w, map, BUFFER);
	emit_map(w, 1, map);
	emit_stack(w, 2, BUFFER);
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
	forget_call(w, VALUE, oracle_map_defs[map].value_size);
}

static u32 emit_null_check(struct writer *w)
{
	return emit(w, INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 0));
}

void write_lookup(struct writer *w)
{
	static const enum oracle_map maps[] = { MAP_ARRAY, MAP_HASH, MAP_LRU, MAP_PERCPU };
	enum oracle_map map = maps[below(w, ALV_COUNT(maps))];
	u32 keep, jump, room = oracle_map_defs[map].value_size;
	struct writer before;

	if (!may_call(w))
		return;
	emit_lookup(w, map);
	before = *w;
	set_reg(&before, 0, NOTHING, 0);
	if (fault(w)) {
		access(w, BPF_REG_0);
		return;
	}
	/* Half of them leave the program where there is none, and keep the pointer. */
	keep = take_saved_reg(w);
	if (chance(w, 50) && keep != NO_REG) {
		jump = emit(w, INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0));
		emit(w, MOV_IMM(BPF_REG_0, 0));
		emit(w, EXIT());
		emit(w, MOV(keep & 15, 0));
		set_reg(w, keep, VALUE, room);
		return;
	}
	jump = emit_null_check(w);
	if (keep != NO_REG) {
		emit(w, MOV(keep & 15, 0));
		set_reg(w, keep, VALUE, room);
		access(w, keep);
	} else {
		access(w, BPF_REG_0);
	}
	statements(w, below(w, 3));
	land(w, jump);
	merge(w, &before);
}

void write_global(struct writer *w)
{
	enum oracle_map map = chance(w, 70) ? MAP_GLOBAL : MAP_CONST;
	u32 size = oracle_map_defs[map].value_size, off = below(w, size / 8) * 8;
	u32 reg = take_reg(w);

	emit_imm64(w, reg, BPF_PSEUDO_MAP_VALUE, (u32)w->maps->fds[map] | (u64)off << 32);
	w->regs[reg] = (struct value){ VALUE, size - off, map == MAP_GLOBAL };
	access(w, reg);
}

/* Numbers of the context; a write now and then. */
void write_ctx(struct writer *w)
{
	const struct flavour *flavour = w->flavour;
	u32 ctx = find_kind(w, CTX), reg;

	if (ctx == NO_REG)
		return;
	if (flavour->writable && chance(w, 25)) {
		reg = need_number(w);
		emit(w, INSN(BPF_STX | BPF_MEM | flavour->width, ctx & 15, reg & 15,
			     (s16)flavour->writable, 0));
		return;
	}
	reg = take_reg(w);
	emit(w, INSN(BPF_LDX | BPF_MEM | flavour->width, reg & 15, ctx & 15,
		     (s16)(flavour->fields[below(w, flavour->n_fields)] + (fault(w) ? 2 : 0)), 0));
	set_reg(w, reg, NUMBER, 0);
}

/* A guarded look at the packet, behind an offset of its own choice. */
void write_packet(struct writer *w)
{
	const struct flavour *flavour = w->flavour;
	u32 ctx = find_kind(w, CTX), regs[3], jump, room = 1 + below(w, 40);
	u32 reach = room + (fault(w) ? 1 : 0);
	struct writer before;
	bool variable = chance(w, 40);

	if (ctx == NO_REG || !flavour->packet_end || w->locked & 0x3c)
		return;
	for (u32 i = 0; i < 3; i++)
		regs[i] = 2 + i;
	if (ctx <= 5 && ctx >= 2)
		return;
	if (variable) {
		emit(w, MOV(5, need_number(w) & 15));
		emit(w, INSN(BPF_ALU64 | BPF_AND | BPF_K, 5, 0, 0, chance(w, 80) ? 0x3f : 0xfff));
		set_reg(w, 5, NUMBER, 0);
	}
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, regs[0] & 15, ctx & 15, (s16)flavour->packet, 0));
	emit(w, INSN(BPF_LDX | BPF_MEM | BPF_W, regs[1] & 15, ctx & 15, (s16)flavour->packet_end,
		     0));
	if (variable)
		emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_X, regs[0] & 15, 5, 0, 0));
	emit(w, MOV(regs[2] & 15, regs[0] & 15));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, regs[2] & 15, 0, 0, (s32)room));
	for (u32 i = 0; i < 3; i++)
		set_reg(w, regs[i], NOTHING, 0);
	before = *w;
	switch (below(w, 3)) {
	case 0:
		jump = emit(w, INSN(BPF_JMP | BPF_JGT | BPF_X, regs[2] & 15, regs[1] & 15, 0, 0));
		break;
	case 1:
		jump = emit(w, INSN(BPF_JMP | BPF_JLT | BPF_X, regs[1] & 15, regs[2] & 15, 0, 0));
		break;
	default:
		jump = emit(w, INSN(BPF_JMP | BPF_JGE | BPF_X, regs[2] & 15, regs[1] & 15, 0, 0));
	}
	w->regs[regs[0]] = (struct value){ PACKET, reach, flavour->type != BPF_PROG_TYPE_CGROUP_SKB };
	access(w, regs[0]);
	if (w->regs[regs[0]].kind == PACKET)
		access(w, regs[0]);
	statements(w, below(w, 2));
	land(w, jump);
	merge(w, &before);
}

void write_packet_load(struct writer *w)
{
	u8 size = sizes[below(w, 3)], mode = chance(w, 50) ? BPF_ABS : BPF_IND;
	u32 index = need_number(w);

	if (!w->flavour->loads_packets || w->current || w->regs[6].kind != CTX || !may_call(w))
		return;
	emit(w, INSN(BPF_LD | mode | size, 0, mode == BPF_IND ? index & 15 : 0, 0,
		     (s32)below(w, 80)));
	forget_call(w, NUMBER, 0);
}

void write_ringbuf(struct writer *w)
{
	u32 size = 8 * (1 + below(w, 6)), jump, keep;
	struct writer before;

	if (!may_call(w))
		return;
	keep = take_saved_reg(w);
	if (keep == NO_REG)
		return;
	emit_map(w, 1, MAP_RINGBUF);
	emit(w, MOV_IMM(2, (s32)size));
	emit(w, MOV_IMM(3, 0));
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_reserve));
	forget_call(w, NOTHING, 0);
	before = *w;
	jump = emit_null_check(w);
	emit(w, MOV(keep & 15, 0));
	set_reg(w, keep, MEMORY, size);
	w->held = true;
	w->locked |= 1u << keep;
	access(w, keep);
	statements(w, below(w, 3));
	w->locked &= ~(1u << keep);
	w->held = false;
	emit(w, MOV(1, keep & 15));
	emit(w, MOV_IMM(2, 0));
	if (!fault(w))
		emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0,
			     chance(w, 70) ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard));
	forget_call(w, NOTHING, 0);
	set_reg(w, keep, fault(w) ? MEMORY : NOTHING, size);
	land(w, jump);
	set_reg(&before, keep, NOTHING, 0);
	merge(w, &before);
}

void write_lock(struct writer *w)
{
	u32 jump, keep = take_saved_reg(w);
	struct writer before;

	if (!may_call(w) || keep == NO_REG || w->current ||
	    w->flavour->type == BPF_PROG_TYPE_SOCKET_FILTER || w->flavour->width == BPF_DW)
		return;
	emit_lookup(w, MAP_LOCKED);
	set_reg(w, 0, NOTHING, 0);
	before = *w;
	jump = emit_null_check(w);
	emit(w, MOV(keep & 15, 0));
	emit(w, MOV(1, 0));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, LOCK_OFFSET));
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_spin_lock));
	forget_call(w, NOTHING, 0);
	set_reg(w, keep, NOTHING, 0);
	w->held = true;
	w->locked |= 1u << keep;
	emit_access(w, keep, (s16)(fault(w) ? LOCK_OFFSET : 8), 2, true);
	statements(w, below(w, 2));
	w->locked &= ~(1u << keep);
	w->held = false;
	if (!fault(w)) {
		emit(w, MOV(1, keep & 15));
		emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, LOCK_OFFSET));
		emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_spin_unlock));
		forget_call(w, NOTHING, 0);
	}
	land(w, jump);
	set_reg(&before, keep, NOTHING, 0);
	merge(w, &before);
}

/* A value of an inner map. */
void write_inner(struct writer *w)
{
	u32 first, second;
	struct writer before;

	if (!may_call(w))
		return;
	emit_lookup(w, MAP_OUTER);
	set_reg(w, 0, NOTHING, 0);
	before = *w;
	first = emit_null_check(w);
	emit(w, MOV(1, 0));
	emit_stack(w, 2, BUFFER);
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
	forget_call(w, VALUE, 4);
	second = emit_null_check(w);
	access(w, BPF_REG_0);
	land(w, first);
	land(w, second);
	merge(w, &before);
}

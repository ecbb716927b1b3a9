/* SPDX-License-Identifier: BSD-2-Clause */
#include "writer.h"

#include <string.h>

/* Room for what closes open blocks, and for the functions still to be written. */
#define RESERVE 600

s32 immediate(struct writer *w)
{
	s32 value;

	if (w->n_recent && chance(w, 40))
		return (s32)((u32)w->recent[below(w, w->n_recent)] + below(w, 3) - 1);
	value = (s32)random_number(&w->random);
	if (w->n_recent < ALV_COUNT(w->recent))
		w->recent[w->n_recent++] = value;
	else
		w->recent[below(w, ALV_COUNT(w->recent))] = value;
	return value;
}

u32 emit(struct writer *w, struct bpf_insn insn)
{
	struct generated *out = w->out;

	if (out->n_insns == GENERATED_INSNS)
		return out->n_insns - 1;
	out->insns[out->n_insns] = insn;
	return out->n_insns++;
}

void land(struct writer *w, u32 jump)
{
	w->out->insns[jump].off = (s16)(w->out->n_insns - jump - 1);
}

void emit_imm64(struct writer *w, u32 dst, u32 src, u64 value)
{
	const struct bpf_insn insns[] = { LD_IMM64_SRC((u8)dst & 15, (u8)src & 15, value) };

	emit(w, insns[0]);
	emit(w, insns[1]);
}

void emit_map(struct writer *w, u32 dst, enum oracle_map map)
{
	emit_imm64(w, dst, BPF_PSEUDO_MAP_FD, (u32)w->maps->fds[map]);
}

bool is_full(const struct writer *w)
{
	return w->out->n_insns > GENERATED_INSNS - RESERVE;
}

u32 find_kind(struct writer *w, enum kind kind)
{
	u32 found = NO_REG, n = 0;

	for (u32 i = 0; i < N_REGS; i++)
		if (w->regs[i].kind == kind && !below(w, ++n))
			found = i;
	return found;
}

static u32 take_from(struct writer *w, u32 first, u32 end)
{
	u32 found = NO_REG, n = 0;

	for (u32 i = first; i < end; i++)
		if (!(w->locked & 1u << i) && !below(w, ++n))
			found = i;
	return found;
}

u32 take_reg(struct writer *w)
{
	return take_from(w, 0, N_REGS);
}

u32 take_saved_reg(struct writer *w)
{
	return take_from(w, 6, N_REGS);
}

void set_reg(struct writer *w, u32 reg, enum kind kind, u32 room)
{
	w->regs[reg] = (struct value){ .kind = kind, .room = room, .writable = true };
}

u32 need_number(struct writer *w)
{
	u32 reg = find_kind(w, NUMBER);

	if (reg != NO_REG && chance(w, 90))
		return reg;
	reg = take_reg(w);
	emit(w, MOV_IMM(reg & 15, (s32)random_number(&w->random)));
	set_reg(w, reg, NUMBER, 0);
	return reg;
}

void forget_call(struct writer *w, enum kind kind, u32 room)
{
	for (u32 i = 0; i < 6; i++)
		set_reg(w, i, NOTHING, 0);
	set_reg(w, 0, kind, room);
}

/* Locked registers may be among those that a call overwrites. */
bool may_call(const struct writer *w)
{
	return !(w->locked & 0x3f) && !w->held;
}

void merge(struct writer *w, const struct writer *other)
{
	for (u32 i = 0; i < N_REGS; i++) {
		struct value *here = &w->regs[i];
		const struct value *there = &other->regs[i];

		if (here->kind != there->kind)
			here->kind = NOTHING;
		else if (there->room < here->room)
			here->room = there->room;
	}
	w->spilled &= other->spilled;
}

static const struct {
	u32 weight;
	statement *write;
} kinds[] = {
	{ 8, write_move },	   { 30, write_alu },	   { 6, write_copy },
	{ 20, write_if },	   { 4, write_loop },	   { 8, write_spill },
	{ 8, write_fill },	   { 18, write_linked },	   { 3, write_early_exit },
	{ 8, write_bytes },	   { 10, write_narrow },	   { 10, write_lookup },   { 5, write_global },
	{ 14, write_access },	   { 8, write_packet },	   { 10, write_ctx },
	{ 5, write_atomic },	   { 3, write_ringbuf },   { 3, write_lock },	   { 6, write_join },
	{ 1, write_inner },	   { 2, write_packet_load }, { 16, write_index },
	{ 5, write_number_call },  { 9, write_memory_call }, { 6, write_call },
	{ 2, write_loop_callback }, { 1, write_each_callback }, { 1, write_tail_call },
	{ 3, write_map_call },
};

static void write_on_topic(struct writer *w)
{
	bool before = w->off_topic;

	w->off_topic = false;
	kinds[w->topic - 1].write(w);
	w->off_topic = before;
}

static void write_one(struct writer *w)
{
	u32 total = 0, which;

	if (w->topic && chance(w, 30)) {
		write_on_topic(w);
		return;
	}
	for (u32 i = 0; i < ALV_COUNT(kinds); i++)
		total += kinds[i].weight;
	which = below(w, total);
	for (u32 i = 0; i < ALV_COUNT(kinds); i++) {
		if (which < kinds[i].weight) {
			kinds[i].write(w);
			return;
		}
		which -= kinds[i].weight;
	}
}

void statements(struct writer *w, u32 n)
{
	w->depth++;
	for (u32 i = 0; i < n && !is_full(w); i++)
		write_one(w);
	w->depth--;
}

void block(struct writer *w, u32 n, u32 jump)
{
	const struct writer before = *w;

	statements(w, w->depth > 3 ? 1 : n);
	land(w, jump);
	merge(w, &before);
}

/*
 * Some programs have a topic, where their mistake is: what seldom comes about, or seldom
 * with a mistake, does in these.
 */
static void choose_topic(struct writer *w, u64 seed)
{
	if (seed % 4 != 3)
		return;
	w->topic = 1 + (u32)(seed / 4 % ALV_COUNT(kinds));
	w->off_topic = true;
	w->fault_in = chance(w, 70) ? 1 + below(w, 4) : 0;
}

/* Numbers of contexts, by their offsets in the UAPI's structures. */
static const struct flavour flavours[] = {
	{ .type = BPF_PROG_TYPE_XDP, .packet = 0, .packet_end = 4, .width = BPF_W,
	  .n_fields = 2, .fields = { 12, 16 }, .max_return = 4, .sees_packets = true },
	{ .type = BPF_PROG_TYPE_XDP, .packet = 0, .packet_end = 4, .width = BPF_W,
	  .n_fields = 2, .fields = { 12, 16 }, .max_return = 4, .sees_packets = true },
	{ .type = BPF_PROG_TYPE_SCHED_CLS, .packet = 76, .packet_end = 80, .width = BPF_W,
	  .n_fields = 8, .fields = { 0, 4, 8, 12, 16, 32, 40, 48 }, .writable = 48,
	  .max_return = 3, .sees_packets = true, .loads_packets = true },
	{ .type = BPF_PROG_TYPE_SCHED_CLS, .packet = 76, .packet_end = 80, .width = BPF_W,
	  .n_fields = 8, .fields = { 0, 4, 8, 12, 16, 32, 40, 48 }, .writable = 8,
	  .max_return = 3, .sees_packets = true, .loads_packets = true },
	{ .type = BPF_PROG_TYPE_SCHED_ACT, .packet = 76, .packet_end = 80, .width = BPF_W,
	  .n_fields = 4, .fields = { 0, 8, 32, 52 }, .writable = 52, .max_return = 3,
	  .sees_packets = true, .loads_packets = true },
	{ .type = BPF_PROG_TYPE_SOCKET_FILTER, .width = BPF_W, .n_fields = 6,
	  .fields = { 0, 4, 16, 20, 48, 60 }, .writable = 52, .max_return = 100,
	  .loads_packets = true },
	{ .type = BPF_PROG_TYPE_CGROUP_SKB, .attach = BPF_CGROUP_INET_INGRESS, .packet = 76,
	  .packet_end = 80, .width = BPF_W, .n_fields = 3, .fields = { 0, 4, 16 },
	  .writable = 48, .max_return = 1 },
	{ .type = BPF_PROG_TYPE_RAW_TRACEPOINT, .width = BPF_DW, .n_fields = 6,
	  .fields = { 0, 8, 16, 24, 32, 40 }, .max_return = 9 },
	{ .type = BPF_PROG_TYPE_SYSCALL, .width = BPF_DW, .n_fields = 5,
	  .fields = { 0, 8, 16, 24, 56 }, .writable = 40, .max_return = 9 },
	{ .type = BPF_PROG_TYPE_KPROBE, .width = BPF_DW, .n_fields = 4,
	  .fields = { 0, 8, 16, 80 }, .max_return = 1 },
	{ .type = BPF_PROG_TYPE_TRACEPOINT, .width = BPF_DW, .n_fields = 3,
	  .fields = { 8, 16, 32 }, .max_return = 1 },
	{ .type = BPF_PROG_TYPE_CGROUP_SOCK, .attach = BPF_CGROUP_INET_SOCK_CREATE,
	  .width = BPF_W, .n_fields = 4, .fields = { 4, 8, 12, 16 }, .writable = 16,
	  .max_return = 1 },
	{ .type = BPF_PROG_TYPE_SOCK_OPS, .attach = BPF_CGROUP_SOCK_OPS, .width = BPF_W,
	  .n_fields = 4, .fields = { 0, 4, 20, 24 }, .writable = 4, .max_return = 1 },
};

static void begin(struct writer *w)
{
	emit(w, MOV(BPF_REG_6, BPF_REG_1));
	set_reg(w, BPF_REG_6, CTX, 0);
	set_reg(w, BPF_REG_1, CTX, 0);
	w->locked = 1u << BPF_REG_6;
}

void generate_program(u64 seed, const struct oracle_maps *maps, struct generated *ret)
{
	struct writer w = { .random = { .state = seed }, .out = ret, .maps = maps };

	memset(ret, 0, sizeof(*ret));
	w.flavour = &flavours[below(&w, ALV_COUNT(flavours))];
	w.fault_in = chance(&w, 55) ? 1 + below(&w, 24) : 0;
	choose_topic(&w, seed);
	w.n_functions = 1;
	ret->type = w.flavour->type;
	ret->attach = w.flavour->attach;
	begin(&w);
	statements(&w, 4 + below(&w, chance(&w, 20) ? 60 : 16));
	emit(&w, MOV_IMM(BPF_REG_0, (s32)below(&w, w.flavour->max_return + 1)));
	emit(&w, EXIT());
	write_functions(&w);
	ret->n_functions = w.n_functions;
	for (u32 i = 0; i < w.n_functions; i++) {
		ret->functions[i].insn_off = w.functions[i].start;
		ret->functions[i].type_id = i ? TYPE_STATIC + i - 1 : TYPE_MAIN;
	}
}

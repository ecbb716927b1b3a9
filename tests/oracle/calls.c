/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that call: helpers, functions of the program, callbacks. */
#include "writer.h"

#define BUFFER (-320) /* of the stack, for arguments */
#define ROOM   64

static void emit_call(struct writer *w, u32 helper)
{
	emit(w, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, (s32)helper));
}

static void emit_stack(struct writer *w, u32 reg, s32 off)
{
	emit(w, MOV(reg & 15, 10));
	emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg & 15, 0, 0, off));
}

void write_number_call(struct writer *w)
{
	static const u32 helpers[] = { BPF_FUNC_ktime_get_ns, BPF_FUNC_get_prandom_u32,
				       BPF_FUNC_get_prandom_u32, BPF_FUNC_get_smp_processor_id,
				       BPF_FUNC_jiffies64, BPF_FUNC_get_numa_node_id };

	if (!may_call(w))
		return;
	emit_call(w, helpers[below(w, ALV_COUNT(helpers))]);
	forget_call(w, NUMBER, 0);
}

/* A size for `room` bytes: constant, or a range that does not reach further. */
static void emit_size(struct writer *w, u32 reg, u32 room)
{
	u32 number;

	if (chance(w, 50)) {
		emit(w, MOV_IMM(reg & 15, (s32)(1 + below(w, room) + (fault(w) ? room : 0))));
		return;
	}
	number = find_kind(w, NUMBER);
	if (number == NO_REG || number == reg || number < 6)
		emit(w, MOV_IMM(reg & 15, (s32)below(w, room)));
	else
		emit(w, MOV(reg & 15, number & 15));
	emit(w, INSN(BPF_ALU64 | BPF_AND | BPF_K, reg & 15, 0, 0,
		     (s32)(fault(w) ? room * 2 - 1 : room - 1)));
	if (chance(w, 60))
		emit(w, INSN(BPF_ALU64 | BPF_OR | BPF_K, reg & 15, 0, 0, 1));
}

static void call_load_bytes(struct writer *w, u32 ctx)
{
	emit(w, MOV(1, ctx & 15));
	emit(w, MOV_IMM(2, (s32)below(w, 60)));
	emit_stack(w, 3, BUFFER);
	emit_size(w, 4, ROOM);
	if (w->flavour->type == BPF_PROG_TYPE_XDP) {
		emit_call(w, chance(w, 70) ? BPF_FUNC_xdp_load_bytes : BPF_FUNC_xdp_store_bytes);
		return;
	}
	if (chance(w, 60)) {
		emit_call(w, BPF_FUNC_skb_load_bytes);
		return;
	}
	emit(w, MOV_IMM(5, 0));
	emit_call(w, BPF_FUNC_skb_store_bytes);
}

static void call_strtol(struct writer *w)
{
	emit_stack(w, 1, BUFFER);
	emit_size(w, 2, ROOM);
	emit(w, MOV_IMM(3, 0));
	emit_stack(w, 4, BUFFER + ROOM);
	emit_call(w, BPF_FUNC_strtol);
}

static void call_csum(struct writer *w)
{
	emit_stack(w, 1, BUFFER);
	emit(w, MOV_IMM(2, (s32)below(w, 9) * 4));
	emit_stack(w, 3, BUFFER + 32);
	emit(w, MOV_IMM(4, (s32)below(w, 9) * 4));
	emit(w, MOV_IMM(5, 0));
	emit_call(w, BPF_FUNC_csum_diff);
}

static void call_probe(struct writer *w)
{
	emit_stack(w, 1, BUFFER);
	emit_size(w, 2, ROOM);
	emit(w, MOV_IMM(3, 4096));
	emit_call(w, chance(w, 50) ? BPF_FUNC_probe_read_kernel : BPF_FUNC_probe_read_user);
}

static void call_trace(struct writer *w)
{
	emit(w, INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, BUFFER, 'a' | 'b' << 8));
	emit_stack(w, 1, BUFFER);
	emit(w, MOV_IMM(2, (s32)below(w, 5)));
	emit_call(w, BPF_FUNC_trace_printk);
}

/* The stack is changed, and what was spilled there may be. */
void write_memory_call(struct writer *w)
{
	u32 ctx = find_kind(w, CTX);

	if (!may_call(w))
		return;
	switch (below(w, 5)) {
	case 0:
	case 1:
		if (ctx == NO_REG || ctx < 6 || !w->flavour->sees_packets)
			return;
		call_load_bytes(w, ctx);
		/* Packets may have moved. */
		for (u32 i = 0; i < N_REGS; i++)
			if (w->regs[i].kind == PACKET)
				set_reg(w, i, NOTHING, 0);
		break;
	case 2:
		call_strtol(w);
		break;
	case 3:
		if (w->flavour->sees_packets && w->flavour->type != BPF_PROG_TYPE_XDP)
			call_csum(w);
		else
			call_probe(w);
		break;
	default:
		call_trace(w);
	}
	forget_call(w, NUMBER, 0);
}

void write_map_call(struct writer *w)
{
	static const enum oracle_map maps[] = { MAP_ARRAY, MAP_HASH, MAP_LRU };
	enum oracle_map map = maps[below(w, ALV_COUNT(maps))];
	u32 which = below(w, 4);

	if (!may_call(w))
		return;
	if (which == 3) {
		emit_map(w, 1, MAP_QUEUE);
		emit_stack(w, 2, BUFFER);
		emit_call(w, chance(w, 50) ? BPF_FUNC_map_pop_elem : BPF_FUNC_map_peek_elem);
		forget_call(w, NUMBER, 0);
		return;
	}
	emit(w, INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, BUFFER, (s32)below(w, 20)));
	emit_map(w, 1, map);
	emit_stack(w, 2, BUFFER);
	if (!which) {
		emit_call(w, BPF_FUNC_map_delete_elem);
	} else {
		/* Sometimes too little of the stack is left for a value. */
		emit_stack(w, 3, fault(w) ? -32 : BUFFER + 8);
		emit(w, MOV_IMM(4, (s32)below(w, 2)));
		emit_call(w, BPF_FUNC_map_update_elem);
	}
	forget_call(w, NUMBER, 0);
}

void write_tail_call(struct writer *w)
{
	u32 ctx = find_kind(w, CTX);

	if (!may_call(w) || ctx == NO_REG)
		return;
	emit(w, MOV(1, ctx & 15));
	emit_map(w, 2, MAP_PROGS);
	emit(w, MOV_IMM(3, (s32)below(w, 6)));
	emit_call(w, BPF_FUNC_tail_call);
	forget_call(w, NOTHING, 0);
}

/* A function to call: one that is not written yet, or a new one. 0: none. */
static u32 pick_function(struct writer *w, bool callback)
{
	for (u32 i = w->current + 1; i < w->n_functions; i++) {
		struct function *function = &w->functions[i];

		if (!function->is_written && function->is_callback == callback &&
		    function->n_calls < ALV_COUNT(function->calls) && !callback && chance(w, 60))
			return i;
	}
	if (w->n_functions == GENERATED_FUNCTIONS || w->current > 2)
		return 0;
	w->functions[w->n_functions] = (struct function){ .is_callback = callback };
	return w->n_functions++;
}

static void emit_function_call(struct writer *w, u32 number, struct bpf_insn insn)
{
	struct function *function = &w->functions[number];

	function->calls[function->n_calls++] = emit(w, insn);
}

static void choose_args(struct writer *w, struct function *function)
{
	u32 n = below(w, 4);

	for (u32 i = 0; i < n; i++) {
		u32 what = below(w, 4);
		u32 reg = what == 1 ? find_kind(w, CTX) : what == 2 ? find_kind(w, VALUE) : NO_REG;

		function->args[i] = (struct value){ .kind = NUMBER };
		if (reg != NO_REG && reg >= 6)
			function->args[i] = w->regs[reg];
		else if (what == 3)
			function->args[i] = (struct value){ STACK, 16, true };
	}
}

/* The register with what the function wants; false: there is none. */
static bool emit_arg(struct writer *w, u32 arg, const struct value *want)
{
	u32 reg = NO_REG;

	if (want->kind == NOTHING)
		return true;
	if (want->kind == STACK) {
		emit_stack(w, arg, -(s32)want->room - 8 * (s32)below(w, N_SLOTS - 2));
		w->spilled &= w->spilled - 1;
		return true;
	}
	for (u32 i = 6; i < N_REGS; i++)
		if (w->regs[i].kind == want->kind && w->regs[i].room >= want->room &&
		    w->regs[i].writable >= want->writable)
			reg = i;
	if (reg == NO_REG && want->kind == NUMBER)
		emit(w, MOV_IMM(arg & 15, (s32)random_number(&w->random)));
	else if (reg == NO_REG)
		return false;
	else
		emit(w, MOV(arg & 15, reg & 15));
	return true;
}

void write_call(struct writer *w)
{
	struct function *function;
	u32 number;

	if (!may_call(w) || !(number = pick_function(w, false)))
		return;
	function = &w->functions[number];
	if (!function->n_calls)
		choose_args(w, function);
	for (u32 i = 0; i < 5; i++)
		if (!emit_arg(w, i + 1, &function->args[i]))
			return;
	emit_function_call(w, number, INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0));
	forget_call(w, NUMBER, 0);
}

static bool emit_callback(struct writer *w, u32 reg, const struct value args[4])
{
	u32 number = pick_function(w, true);

	if (!number)
		return false;
	for (u32 i = 0; i < 4; i++)
		w->functions[number].args[i] = args[i];
	emit_function_call(w, number,
			   INSN(BPF_LD | BPF_IMM | BPF_DW, reg & 15, BPF_PSEUDO_FUNC, 0, 0));
	emit(w, INSN(0, 0, 0, 0, 0));
	return true;
}

void write_loop_callback(struct writer *w)
{
	const struct value args[4] = { { NUMBER, 0, false }, { STACK, 16, true } };

	if (!may_call(w) || !emit_callback(w, 2, args))
		return;
	if (find_kind(w, NUMBER) >= 6 && find_kind(w, NUMBER) != NO_REG && chance(w, 30)) {
		emit(w, MOV_IMM(1, 0));
		emit(w, INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 5));
	} else {
		emit(w, MOV_IMM(1, (s32)below(w, 9)));
	}
	emit_stack(w, 3, -8 * (s32)(2 + below(w, N_SLOTS - 2)));
	emit(w, MOV_IMM(4, fault(w)));
	emit_call(w, BPF_FUNC_loop);
	w->spilled &= w->spilled - 1;
	forget_call(w, NUMBER, 0);
}

void write_each_callback(struct writer *w)
{
	const struct value args[4] = { { NOTHING, 0, false }, { NOTHING, 0, false },
				       { VALUE, 48, true }, { STACK, 16, true } };

	if (!may_call(w) || !emit_callback(w, 2, args))
		return;
	emit_map(w, 1, MAP_ARRAY);
	emit_stack(w, 3, -8 * (s32)(2 + below(w, N_SLOTS - 2)));
	emit(w, MOV_IMM(4, 0));
	emit_call(w, BPF_FUNC_for_each_map_elem);
	w->spilled &= w->spilled - 1;
	forget_call(w, NUMBER, 0);
}

static void link_function(struct writer *w, struct function *function)
{
	for (u32 i = 0; i < function->n_calls; i++)
		w->out->insns[function->calls[i]].imm =
			(s32)(function->start - function->calls[i] - 1);
}

static void write_function(struct writer *w, u32 number)
{
	struct function *function = &w->functions[number];

	function->start = w->out->n_insns;
	function->is_written = true;
	w->current = number;
	w->locked = 0;
	w->spilled = 0;
	for (u32 i = 0; i < N_REGS; i++)
		set_reg(w, i, NOTHING, 0);
	for (u32 i = 0; i < 5; i++)
		w->regs[i + 1] = function->args[i];
	/* Arguments would not survive calls. */
	for (u32 i = 0; i < 3; i++) {
		if (function->args[i].kind == NOTHING)
			continue;
		emit(w, MOV((6 + i) & 15, (i + 1) & 15));
		w->regs[6 + i] = function->args[i];
	}
	statements(w, 1 + below(w, 6));
	if (function->is_callback)
		emit(w, MOV_IMM(BPF_REG_0, (s32)below(w, fault(w) ? 3 : 2)));
	else
		emit(w, MOV(BPF_REG_0, need_number(w) & 15));
	emit(w, EXIT());
	link_function(w, function);
}

void write_functions(struct writer *w)
{
	for (u32 i = 1; i < w->n_functions; i++)
		write_function(w, i);
}

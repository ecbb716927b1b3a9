/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass: each instruction that stays emits one or more, and what of them jumps to
 * another instruction of the program remembers its target. When all is emitted, the
 * distances are filled in.
 */
#include "engine/rewrite.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/context.h"
#include "engine/emit.h"
#include "engine/inline.h"
#include "engine/interpreter.h"
#include "engine/mask.h"
#include "helper/call.h"
#include "isa/insn.h"
#include "map/map.h"

#define LOOP_SLOTS     24 /* bytes of the stack that an inlined bpf_loop() takes */
#define TURNS_SLOTS    16

#define INSN ALV_INSN
#define AX   11 /* which programs do not have */

struct rewriter {
	const struct alv_rewrite_request *request;
	struct alv_emitter out;
	u32 *index; /* where each instruction's code begins */
	u32 *entry; /* of functions, what comes before their first instruction included */
	bool *gone; /* of each instruction before rewriting */
	u32 function; /* the one that is being rewritten; in its stack: */
	s16 loop_slots;
	s16 turns_slot;
};

static u32 target_of(const struct bpf_insn *insns, u32 i)
{
	return i + 1 + (u32)alv_insn_jump_offset(&insns[i]);
}

static bool is_seen(const struct rewriter *to, u32 i)
{
	return i < to->request->n_insns && to->request->facts[i].seen;
}

/* A branch that always goes one way becomes a jump, or nothing. */
static bool goes_one_way(const struct rewriter *to, u32 i, bool *ret_taken)
{
	const struct bpf_insn *insn = &to->request->insns[i];

	if (to->request->keeps_dead || !alv_insn_is_conditional(insn))
		return false;
	*ret_taken = !is_seen(to, i + 1);
	return *ret_taken || !is_seen(to, target_of(to->request->insns, i));
}

/* A jump over nothing but dead code. */
static bool jumps_nowhere(const struct rewriter *to, u32 i)
{
	u32 target = target_of(to->request->insns, i);

	if (target <= i)
		return false;
	for (u32 between = i + 1; between < target; between++)
		if (is_seen(to, between))
			return false;
	return true;
}

/* Without a condition; gotol stays, wherever it goes. */
static bool is_short_jump(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA) || alv_insn_is_may_goto(insn);
}

/* The second half of a constant is dead or alive with the first. */
static void find_gone(struct rewriter *to)
{
	const struct bpf_insn *insns = to->request->insns;

	if (to->request->keeps_dead)
		return;
	for (u32 i = 0; i < to->request->n_insns; i += alv_insn_length(&insns[i])) {
		bool taken, jumps = is_short_jump(&insns[i]);

		to->gone[i] = !is_seen(to, i) || to->request->facts[i].dropped;
		if (to->gone[i])
			continue;
		if (goes_one_way(to, i, &taken)) {
			to->gone[i] = !taken;
			jumps = taken;
		}
		if (jumps && jumps_nowhere(to, i))
			to->gone[i] = true;
	}
}

/* An address that clients see as a map's id, and a place in its value. */
static void emit_map(struct rewriter *to, const struct bpf_insn *insn, u8 what, u32 id,
		     u32 offset, u64 address)
{
	const struct bpf_insn *second = &insn[1];

	alv_emit_as(&to->out, INSN(insn->code, insn->dst_reg, what, 0, (s32)id),
		    INSN(insn->code, insn->dst_reg, 0, 0, (s32)address));
	alv_emit_as(&to->out, INSN(second->code, 0, 0, 0, (s32)offset),
		    INSN(second->code, 0, 0, 0, (s32)(address >> 32)));
}

/* Maps and their values are addresses; functions get theirs when all is emitted. */
static void rewrite_constant(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	const struct alv_insn_verdict *fact = &to->request->facts[i];
	struct alv_map *map = fact->map ? fact->map->owner : NULL;
	u32 first = 0;

	if (alv_insn_is_func_load(insn)) {
		alv_emit_jump(&to->out, *insn, i + 1 + (u32)insn->imm);
		alv_emit(&to->out, insn[1]);
	} else if (map && (insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
			   insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)) {
		u8 *values = map->ops->find(map, &first, 0);

		emit_map(to, insn, BPF_PSEUDO_MAP_VALUE, map->obj.id, fact->map_offset,
			 (u64)(uintptr_t)(values + fact->map_offset));
	} else if (map) {
		emit_map(to, insn, BPF_PSEUDO_MAP_FD, map->obj.id, 0, (u64)(uintptr_t)map);
	} else {
		alv_emit(&to->out, insn[0]);
		alv_emit(&to->out, insn[1]);
	}
}

/* A load that never faults. */
static struct bpf_insn probe(struct bpf_insn insn)
{
	bool signs = BPF_MODE(insn.code) == ALV_BPF_MEMSX;

	insn.code = BPF_LDX | BPF_SIZE(insn.code) |
		    (signs ? ALV_BPF_PROBE_MEMSX : ALV_BPF_PROBE_MEM);
	return insn;
}

static void rewrite_access(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	const struct alv_type *pointer = &to->request->facts[i].pointer;

	switch (pointer->base) {
	case ALV_REG_CTX:
	case ALV_REG_SOCKET:
	case ALV_REG_SOCK_COMMON:
		alv_emit_context(&to->out, to->request->prog_type, pointer, insn);
		break;
	default:
		if (to->request->facts[i].probes && BPF_CLASS(insn->code) == BPF_LDX)
			alv_emit_as(&to->out, *insn, probe(*insn));
		else
			alv_emit(&to->out, *insn);
	}
}

static u32 round_up_8(u32 value)
{
	return (value + 7) & ~7u;
}

static bool is_inlined_loop(const struct rewriter *to, u32 i)
{
	const struct alv_insn_verdict *fact = &to->request->facts[i];
	const struct bpf_insn *insn = &to->request->insns[i];

	return alv_insn_is_helper_call(insn) && insn->imm == BPF_FUNC_loop && fact->loop_seen &&
	       fact->loops_plainly;
}

static void rewrite_call(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	const struct alv_inline_request call = {
		.insn = insn,
		.fact = &to->request->facts[i],
		.prog_type = to->request->prog_type,
	};

	if (alv_insn_is_subprog_call(insn))
		alv_emit_jump(&to->out, *insn, i + 1 + (u32)insn->imm);
	else if (is_inlined_loop(to, i))
		alv_emit_loop(&to->out, to->request->functions[call.fact->callback].start,
			      to->loop_slots);
	else if (alv_insn_is_helper_call(insn))
		alv_emit_helper(&to->out, &call);
	else
		alv_emit_as(&to->out, *insn,
			    INSN(insn->code, 0, 0, 0, alv_helper_distance(call.fact->kfunc->call)));
}

/* The processor's division does not know zero: the result that programs get is made. */
static void rewrite_unsigned(struct rewriter *to, const struct bpf_insn *insn, bool wide)
{
	u8 jump = wide ? BPF_JMP : BPF_JMP32, dst = insn->dst_reg, src = insn->src_reg;

	if (BPF_OP(insn->code) == BPF_DIV) {
		alv_emit(&to->out, INSN(jump | BPF_JNE | BPF_K, src, 0, 2, 0));
		alv_emit(&to->out, INSN(BPF_ALU | BPF_XOR | BPF_X, dst, dst, 0, 0));
		alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
		alv_emit(&to->out, *insn);
		return;
	}
	alv_emit(&to->out, INSN(jump | BPF_JEQ | BPF_K, src, 0, wide ? 1 : 2, 0));
	alv_emit(&to->out, *insn);
	if (wide)
		return;
	alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
	alv_emit(&to->out, INSN(BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0));
}

/* Nor does it know MIN / -1: with AX = divisor + 1, both are at most 1. */
static void rewrite_signed(struct rewriter *to, const struct bpf_insn *insn, bool wide)
{
	u8 jump = wide ? BPF_JMP : BPF_JMP32, alu = wide ? BPF_ALU64 : BPF_ALU;
	u8 dst = insn->dst_reg;
	bool divides = BPF_OP(insn->code) == BPF_DIV;

	alv_emit(&to->out, INSN(BPF_ALU64 | BPF_MOV | BPF_X, AX, insn->src_reg, 0, 0));
	alv_emit(&to->out, INSN(alu | BPF_ADD | BPF_K, AX, 0, 0, 1));
	alv_emit(&to->out, INSN(jump | BPF_JGT | BPF_K, AX, 0, divides ? 4 : 3, 1));
	if (divides) {
		alv_emit(&to->out, INSN(jump | BPF_JEQ | BPF_K, AX, 0, 1, 0));
		alv_emit(&to->out, INSN(alu | BPF_MOV | BPF_K, dst, 0, 0, 0));
		alv_emit(&to->out, INSN(alu | BPF_NEG, dst, 0, 0, 0));
		alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
		alv_emit(&to->out, *insn);
		return;
	}
	alv_emit(&to->out, INSN(jump | BPF_JEQ | BPF_K, AX, 0, wide ? 3 : 4, 1));
	alv_emit(&to->out, INSN(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, 0));
	alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
	alv_emit(&to->out, *insn);
	if (wide)
		return;
	alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
	alv_emit(&to->out, INSN(BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0));
}

static void rewrite_division(struct rewriter *to, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64, divides = BPF_OP(insn->code) == BPF_DIV;

	if (BPF_SRC(insn->code) == BPF_X)
		return insn->off ? rewrite_signed(to, insn, wide) :
				   rewrite_unsigned(to, insn, wide);
	if (!insn->off || insn->imm != -1)
		return alv_emit(&to->out, *insn);
	if (divides)
		alv_emit(&to->out, INSN((wide ? BPF_ALU64 : BPF_ALU) | BPF_NEG, insn->dst_reg, 0,
					0, 0));
	else
		alv_emit(&to->out, INSN(BPF_ALU | BPF_MOV | BPF_K, insn->dst_reg, 0, 0, 0));
}

/* A load of the packet, which ends the function with 0 where there is none. */
static void rewrite_packet_load(struct rewriter *to, const struct bpf_insn *insn)
{
	u8 size = BPF_SIZE(insn->code);
	alv_helper_fn *function = size == BPF_B ? alv_help_skb_load_8 :
				  size == BPF_H ? alv_help_skb_load_16 :
						  alv_help_skb_load_32;

	if (BPF_MODE(insn->code) == BPF_ABS) {
		alv_emit(&to->out, INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, insn->imm));
	} else {
		alv_emit(&to->out, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, insn->src_reg, 0, 0));
		if (insn->imm)
			alv_emit(&to->out, INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, insn->imm));
	}
	alv_emit(&to->out, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0));
	alv_emit_as(&to->out, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_load_bytes),
		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, alv_helper_distance(function)));
	alv_emit(&to->out, INSN(BPF_JMP | BPF_JSGE | BPF_K, BPF_REG_0, 0, 2, 0));
	alv_emit(&to->out, INSN(BPF_ALU | BPF_XOR | BPF_X, BPF_REG_0, BPF_REG_0, 0, 0));
	alv_emit(&to->out, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

static void rewrite_branch(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	u32 target = target_of(to->request->insns, i);
	bool taken;

	if (goes_one_way(to, i, &taken))
		alv_emit_jump(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0), target);
	else
		alv_emit_jump(&to->out, *insn, target);
}

/*
 * The stack has how many turns are left, and since when they are counted; who runs out
 * of them asks for more.
 */
static void rewrite_may_goto(struct rewriter *to, u32 i)
{
	u32 target = target_of(to->request->insns, i);
	s16 slot = to->turns_slot;

	alv_emit(&to->out, INSN(BPF_LDX | BPF_MEM | BPF_DW, AX, BPF_REG_10, slot, 0));
	alv_emit_jump(&to->out, INSN(BPF_JMP | BPF_JEQ | BPF_K, AX, 0, 0, 0), target);
	alv_emit(&to->out, INSN(BPF_ALU64 | BPF_SUB | BPF_K, AX, 0, 0, 1));
	alv_emit(&to->out, INSN(BPF_JMP | BPF_JNE | BPF_K, AX, 0, 2, 0));
	alv_emit(&to->out, INSN(BPF_ALU64 | BPF_MOV | BPF_K, AX, 0, 0, slot));
	alv_emit_as(&to->out, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 0),
		    INSN(ALV_BPF_MORE_TURNS, AX, 0, 0, 0));
	alv_emit(&to->out, INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, AX, slot, 0));
}

/* Programs without CAP_BPF keep their shape: dead code would not end if it were reached. */
static bool rewrite_idle(struct rewriter *to, u32 i)
{
	bool dead = !is_seen(to, i);

	if (!dead && !to->request->facts[i].dropped)
		return false;
	for (u32 n = alv_insn_length(&to->request->insns[i]); n; n--)
		alv_emit(&to->out, INSN(BPF_JMP | BPF_JA, 0, 0, dead ? -1 : 0, 0));
	return true;
}

static bool is_masked(const struct alv_insn_verdict *fact)
{
	return fact->mask && fact->mask != ALV_MASK_NUMBER;
}

static void rewrite_insn(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_LD_IMM64:
		rewrite_constant(to, i);
		break;
	case ALV_INSN_LDX:
	case ALV_INSN_LDSX:
	case ALV_INSN_ST:
	case ALV_INSN_STX:
		rewrite_access(to, i);
		break;
	case ALV_INSN_CALL:
		rewrite_call(to, i);
		break;
	case ALV_INSN_DIV:
		rewrite_division(to, insn);
		break;
	case ALV_INSN_LD_ABS:
	case ALV_INSN_LD_IND:
		rewrite_packet_load(to, insn);
		break;
	case ALV_INSN_MAY_GOTO:
		rewrite_may_goto(to, i);
		break;
	case ALV_INSN_JA:
	case ALV_INSN_JCC:
		rewrite_branch(to, i);
		break;
	default:
		if (is_masked(&to->request->facts[i]))
			alv_emit_masked(&to->out, insn, &to->request->facts[i]);
		else
			alv_emit(&to->out, *insn);
	}
}

static void rewrite_one(struct rewriter *to, u32 i)
{
	const struct alv_insn_verdict *fact = &to->request->facts[i];

	if (fact->barrier)
		alv_emit_barrier(&to->out);
	if (rewrite_idle(to, i))
		return;
	rewrite_insn(to, i);
	if (fact->barrier_behind)
		alv_emit_barrier(&to->out);
}

static u32 function_end(const struct rewriter *to)
{
	const struct alv_rewrite_request *request = to->request;

	return to->function + 1 < request->n_functions ?
		       request->functions[to->function + 1].start :
		       request->n_insns;
}

static bool has_may_goto(const struct rewriter *to, u32 i)
{
	return !to->gone[i] && alv_insn_is_may_goto(&to->request->insns[i]);
}

/* Where in the function's stack loops keep their registers and their turns. */
static void lay_out_stack(struct rewriter *to, bool loops)
{
	u32 depth = to->request->functions[to->function].stack_depth;

	to->loop_slots = (s16)-(round_up_8(depth) + LOOP_SLOTS);
	if (loops)
		depth = round_up_8(depth) + LOOP_SLOTS;
	to->turns_slot = (s16)-round_up_8(depth + TURNS_SLOTS);
}

/* Turns are counted from the function's start. */
static void begin_function(struct rewriter *to)
{
	u32 start = to->request->functions[to->function].start;
	bool counts = false, loops = false;

	for (u32 i = start; i < function_end(to); i++) {
		counts |= has_may_goto(to, i);
		loops |= !to->gone[i] && is_inlined_loop(to, i);
	}
	lay_out_stack(to, loops);
	to->entry[to->function] = to->out.n;
	if (!counts)
		return;
	alv_emit(&to->out, INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, to->turns_slot,
				ALV_MAY_GOTO_TURNS));
	alv_emit(&to->out,
		 INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, to->turns_slot + 8, 0));
}

static bool writes_packet(const struct rewriter *to)
{
	for (u32 i = 0; i < to->request->n_insns; i++) {
		u8 class = BPF_CLASS(to->request->insns[i].code);

		if ((class == BPF_ST || class == BPF_STX) && is_seen(to, i) &&
		    to->request->facts[i].pointer.base == ALV_REG_PACKET)
			return true;
	}
	return false;
}

static int function_at(const struct rewriter *to, u32 start)
{
	for (u32 i = 0; i < to->request->n_functions; i++)
		if (to->request->functions[i].start == start)
			return (int)i;
	return -ENOENT;
}

/* How many functions before this one are left. */
static u32 number_of(const struct rewriter *to, u32 function)
{
	u32 number = 0;

	for (u32 i = 0; i < function; i++)
		number += is_seen(to, to->request->functions[i].start);
	return number;
}

/* Where a jump, a call or an address goes now. */
static int link_one(struct rewriter *to, u32 at)
{
	const struct bpf_insn *insn = &to->out.code[at];
	u32 target = to->out.targets[at];
	int function;

	if (!alv_insn_is_call(insn) && !alv_insn_is_func_load(insn))
		return alv_emit_link(&to->out, at, to->index[target], 0);
	function = function_at(to, target);
	return function < 0 ? function :
			      alv_emit_link(&to->out, at, to->entry[function],
					    number_of(to, (u32)function));
}

static void rewrite_all(struct rewriter *to)
{
	const struct alv_rewrite_request *request = to->request;
	const struct bpf_insn *insns = request->insns;

	if (writes_packet(to))
		alv_emit_prologue(&to->out, request->prog_type);
	for (u32 i = 0; i < request->n_insns; i += alv_insn_length(&insns[i])) {
		if (i == function_end(to))
			to->function++;
		if (i == request->functions[to->function].start)
			begin_function(to);
		to->index[i] = to->out.n;
		if (alv_insn_is_ldimm64(&insns[i]) && i + 1 < request->n_insns)
			to->index[i + 1] = to->out.n;
		if (!to->gone[i])
			rewrite_one(to, i);
	}
}

/* Records about a function's first instruction are about what comes before it, too. */
static void begin_at_entries(struct rewriter *to)
{
	const struct alv_rewrite_request *request = to->request;

	for (u32 i = 0; i < request->n_functions; i++)
		to->index[request->functions[i].start] = to->entry[i];
}

static int rewrite(struct rewriter *to)
{
	int err;

	find_gone(to);
	rewrite_all(to);
	err = to->out.failed ? -ENOMEM : 0;
	/* The program begins with its prologue. */
	to->entry[0] = 0;
	for (u32 at = 0; at < to->out.n && !err; at++)
		if (to->out.targets[at] != ALV_NO_TARGET)
			err = link_one(to, at);
	begin_at_entries(to);
	return err;
}

static int allocate(struct rewriter *to)
{
	to->index = calloc(to->request->n_insns, sizeof(*to->index));
	to->gone = calloc(to->request->n_insns, sizeof(*to->gone));
	to->entry = calloc(to->request->n_functions, sizeof(*to->entry));
	return to->index && to->gone && to->entry ? 0 : -ENOMEM;
}

int alv_rewrite(const struct alv_rewrite_request *request, struct alv_rewritten *ret_rewritten)
{
	struct rewriter to = { .request = request };
	int err = allocate(&to);

	if (!err)
		err = rewrite(&to);
	free(to.gone);
	free(to.entry);
	if (err) {
		alv_emitter_fini(&to.out);
		free(to.index);
		return err;
	}
	free(to.out.targets);
	*ret_rewritten = (struct alv_rewritten){
		.code = to.out.code,
		.shown = to.out.shown,
		.n_code = to.out.n,
		.index = to.index,
	};
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass: each instruction that stays emits one or more, and what of them jumps to
 * another instruction of the program remembers its target. When all is emitted, the
 * distances are filled in.
 */
#include "engine/rewrite.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/context.h"
#include "engine/interpreter.h"
#include "helper/call.h"
#include "isa/insn.h"
#include "map/map.h"

#define NO_TARGET UINT32_MAX
#define EMIT_MAX  8 /* instructions that come of one */

struct rewriter {
	const struct alv_rewrite_request *request;
	struct bpf_insn *code;
	u32 *targets; /* of each emitted one: an instruction before rewriting, or NO_TARGET */
	u32 n;
	u32 *index;
	bool *gone; /* of each instruction before rewriting */
};

#define INSN(op, dst, src, offset, immediate)                                                      \
	((struct bpf_insn){ .code = (op),                                                          \
			    .dst_reg = (dst),                                                      \
			    .src_reg = (src),                                                      \
			    .off = (offset),                                                       \
			    .imm = (immediate) })

static void emit(struct rewriter *to, struct bpf_insn insn)
{
	to->targets[to->n] = NO_TARGET;
	to->code[to->n++] = insn;
}

static void emit_jump(struct rewriter *to, struct bpf_insn insn, u32 target)
{
	to->targets[to->n] = target;
	to->code[to->n++] = insn;
}

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

	if (!alv_insn_is_conditional(insn) || alv_insn_is_may_goto(insn))
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

/* The second half of a constant is dead or alive with the first. */
static void find_gone(struct rewriter *to)
{
	const struct bpf_insn *insns = to->request->insns;

	for (u32 i = 0; i < to->request->n_insns; i += alv_insn_length(&insns[i])) {
		bool taken, jumps = alv_insn_kind(&insns[i]) == ALV_INSN_JA;

		to->gone[i] = !is_seen(to, i);
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

static void emit_imm64(struct rewriter *to, const struct bpf_insn *insn, u64 value)
{
	emit(to, INSN(insn->code, insn->dst_reg, 0, 0, (s32)value));
	emit(to, INSN(0, 0, 0, 0, (s32)(value >> 32)));
}

/* Maps and their values are addresses; functions get theirs when all is emitted. */
static void rewrite_constant(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	const struct alv_insn_verdict *fact = &to->request->facts[i];
	struct alv_map *map = fact->map ? fact->map->owner : NULL;
	u32 first = 0;

	if (alv_insn_is_func_load(insn)) {
		emit_jump(to, *insn, i + 1 + (u32)insn->imm);
		emit(to, insn[1]);
	} else if (map && (insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
			   insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)) {
		u8 *values = map->ops->find(map, &first, 0);

		emit_imm64(to, insn, (u64)(uintptr_t)(values + fact->map_offset));
	} else if (map) {
		emit_imm64(to, insn, (u64)(uintptr_t)map);
	} else {
		emit(to, insn[0]);
		emit(to, insn[1]);
	}
}

static void rewrite_access(struct rewriter *to, u32 i)
{
	struct bpf_insn insn = to->request->insns[i];
	const struct alv_type *pointer = &to->request->facts[i].pointer;
	bool loads = BPF_CLASS(insn.code) == BPF_LDX;

	if (pointer->base == ALV_REG_CTX) {
		alv_context_access(to->request->prog_type, &insn);
	} else if (to->request->facts[i].probes && loads) {
		bool signs = BPF_MODE(insn.code) == ALV_BPF_MEMSX;

		insn.code = BPF_LDX | BPF_SIZE(insn.code) |
			    (signs ? ALV_BPF_PROBE_MEMSX : ALV_BPF_PROBE_MEM);
	}
	emit(to, insn);
}

static void emit_call(struct rewriter *to, alv_helper_fn *function)
{
	emit(to, INSN(BPF_JMP | BPF_CALL, 0, 0, 0,
		      function ? alv_helper_distance(function) : 0));
}

static void rewrite_call(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];

	if (alv_insn_is_subprog_call(insn)) {
		emit_jump(to, *insn, i + 1 + (u32)insn->imm);
	} else if (alv_insn_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call) {
		emit(to, INSN(ALV_BPF_TAIL_CALL, 0, 0, 0, 0));
	} else if (alv_insn_is_helper_call(insn)) {
		emit_call(to, alv_helper_call(to->request->prog_type, (u32)insn->imm));
	} else {
		emit_call(to, to->request->facts[i].kfunc->call);
	}
}

/* The processor's division does not know zero: the result that programs get is made. */
static void rewrite_division(struct rewriter *to, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	u8 jump = wide ? BPF_JMP : BPF_JMP32, dst = insn->dst_reg, src = insn->src_reg;

	if (BPF_SRC(insn->code) == BPF_K || insn->off) {
		emit(to, *insn);
		return;
	}
	if (BPF_OP(insn->code) == BPF_DIV) {
		emit(to, INSN(jump | BPF_JNE | BPF_K, src, 0, 2, 0));
		emit(to, INSN(BPF_ALU | BPF_XOR | BPF_X, dst, dst, 0, 0));
		emit(to, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
		emit(to, *insn);
		return;
	}
	emit(to, INSN(jump | BPF_JEQ | BPF_K, src, 0, wide ? 1 : 2, 0));
	emit(to, *insn);
	if (wide)
		return;
	emit(to, INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0));
	emit(to, INSN(BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0));
}

/* A load of the packet, which ends the function with 0 where there is none. */
static void rewrite_packet_load(struct rewriter *to, const struct bpf_insn *insn)
{
	u8 size = BPF_SIZE(insn->code);

	if (BPF_MODE(insn->code) == BPF_ABS) {
		emit(to, INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, insn->imm));
	} else {
		emit(to, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, insn->src_reg, 0, 0));
		if (insn->imm)
			emit(to, INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, insn->imm));
	}
	emit(to, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0));
	emit_call(to, size == BPF_B ? alv_help_skb_load_8 :
		      size == BPF_H ? alv_help_skb_load_16 :
				      alv_help_skb_load_32);
	emit(to, INSN(BPF_JMP | BPF_JSGE | BPF_K, BPF_REG_0, 0, 2, 0));
	emit(to, INSN(BPF_ALU | BPF_XOR | BPF_X, BPF_REG_0, BPF_REG_0, 0, 0));
	emit(to, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

static void rewrite_branch(struct rewriter *to, u32 i)
{
	const struct bpf_insn *insn = &to->request->insns[i];
	u32 target = target_of(to->request->insns, i);
	bool taken;

	if (goes_one_way(to, i, &taken))
		emit_jump(to, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0), target);
	else
		emit_jump(to, *insn, target);
}

static void rewrite_one(struct rewriter *to, u32 i)
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
	case ALV_INSN_JA:
	case ALV_INSN_JCC:
	case ALV_INSN_MAY_GOTO:
		rewrite_branch(to, i);
		break;
	default:
		emit(to, *insn);
	}
}

/* Where a jump goes now. -E2BIG: its field can't say so. */
static int link_one(struct rewriter *to, u32 at)
{
	struct bpf_insn *insn = &to->code[at];
	u32 target = to->index[to->targets[at]];
	s64 distance = (s64)target - at - 1;

	if (alv_insn_is_func_load(insn)) {
		u64 address = (u64)(uintptr_t)&to->code[target];

		insn[0].imm = (s32)address;
		insn[1].imm = (s32)(address >> 32);
	} else if (alv_insn_is_call(insn) || insn->code == (BPF_JMP32 | BPF_JA)) {
		insn->imm = (s32)distance;
	} else {
		if (distance < INT16_MIN || distance > INT16_MAX)
			return -E2BIG;
		insn->off = (s16)distance;
	}
	return 0;
}

static void shrink(struct rewriter *to)
{
	struct bpf_insn *code = realloc(to->code, (to->n ? to->n : 1) * sizeof(*code));

	if (code)
		to->code = code;
}

static int rewrite(struct rewriter *to)
{
	const struct bpf_insn *insns = to->request->insns;
	int err = 0;

	find_gone(to);
	for (u32 i = 0; i < to->request->n_insns; i += alv_insn_length(&insns[i])) {
		to->index[i] = to->n;
		if (alv_insn_is_ldimm64(&insns[i]) && i + 1 < to->request->n_insns)
			to->index[i + 1] = to->n;
		if (!to->gone[i])
			rewrite_one(to, i);
	}
	/* Before functions' addresses are taken. */
	shrink(to);
	for (u32 at = 0; at < to->n && !err; at++)
		if (to->targets[at] != NO_TARGET)
			err = link_one(to, at);
	return err;
}

static int allocate(struct rewriter *to, u32 n)
{
	to->code = calloc((size_t)n * EMIT_MAX, sizeof(*to->code));
	to->targets = calloc((size_t)n * EMIT_MAX, sizeof(*to->targets));
	to->index = calloc(n, sizeof(*to->index));
	to->gone = calloc(n, sizeof(*to->gone));
	return to->code && to->targets && to->index && to->gone ? 0 : -ENOMEM;
}

int alv_rewrite(const struct alv_rewrite_request *request, struct alv_rewritten *ret_rewritten)
{
	struct rewriter to = { .request = request };
	int err;

	err = allocate(&to, request->n_insns);
	if (!err)
		err = rewrite(&to);
	free(to.targets);
	free(to.gone);
	if (err) {
		free(to.code);
		free(to.index);
		return err;
	}
	*ret_rewritten = (struct alv_rewritten){ .code = to.code, .n_code = to.n, .index = to.index };
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditional jumps: which way, and what each way teaches. */
#include <string.h>

#include "verifier/env.h"
#include "verifier/print.h"
#include "verifier/prune.h"
#include "verifier/speculate.h"

static const u8 flipped_ops[16] = {
	[BPF_JEQ >> 4] = BPF_JEQ,   [BPF_JNE >> 4] = BPF_JNE,   [BPF_JSET >> 4] = BPF_JSET,
	[BPF_JGE >> 4] = BPF_JLE,   [BPF_JGT >> 4] = BPF_JLT,   [BPF_JLE >> 4] = BPF_JGE,
	[BPF_JLT >> 4] = BPF_JGT,   [BPF_JSGE >> 4] = BPF_JSLE, [BPF_JSGT >> 4] = BPF_JSLT,
	[BPF_JSLE >> 4] = BPF_JSGE, [BPF_JSLT >> 4] = BPF_JSGT,
};

/* A pointer compared with a number: only NULL says something. */
static int pointer_branch(const struct alv_reg *a, const struct alv_reg *b, u8 op, bool wide)
{
	if (!wide)
		return -1;
	if (!alv_reg_is_const(b)) {
		const struct alv_reg *swap = a;

		a = b;
		b = swap;
		op = flipped_ops[op >> 4];
	}
	if (!alv_reg_is_const(b) || !alv_reg_is_not_null(a) || b->val.bits.value)
		return -1;
	return op == BPF_JEQ ? 0 : op == BPF_JNE ? 1 : -1;
}

static int branch_taken(const struct alv_reg *a, const struct alv_reg *b, u8 op, bool wide)
{
	if (alv_reg_is_packet_any(a) && alv_reg_is_packet_any(b) && wide)
		return alv_packet_branch_taken(a, b, op);
	if (!alv_reg_is_scalar(a) || !alv_reg_is_scalar(b))
		return pointer_branch(a, b, op, wide);
	return alv_scalar_branch_taken(&a->val, &b->val, op, wide);
}

static void collect(struct alv_linked_set *set, struct alv_reg *reg, u32 id, u32 frame, u32 index,
		    bool is_reg)
{
	if (!alv_reg_is_scalar(reg) || (reg->id & ~ALV_ID_ADDED) != id)
		return;
	if (set->count == ALV_MAX_LINKED) {
		alv_reg_forget_id(reg);
		return;
	}
	set->items[set->count++] = (struct alv_linked){
		.frame = (u8)frame,
		.index = (u8)index,
		.is_reg = is_reg,
	};
}

/* All scalars that are related to this one, dead registers apart. */
static void collect_linked(struct alv_env *env, const struct alv_reg *reg,
			   struct alv_linked_set *set)
{
	u32 id = reg->id & ~ALV_ID_ADDED;
	struct alv_state *state = env->state;

	if (!alv_reg_is_scalar(reg) || !id)
		return;
	for (s32 f = (s32)state->top; f >= 0; f--) {
		u16 live = env->cfg.facts[alv_state_insn_of(state, (u32)f)].live;
		struct alv_frame *frame = state->frames[f];

		for (u32 i = 0; i < BPF_REG_10; i++)
			if (live & 1u << i)
				collect(set, &frame->regs[i], id, (u32)f, i, true);
		for (u32 i = 0; i < frame->n_slots; i++)
			if (alv_slot_is_spill(&frame->slots[i]))
				collect(set, &frame->slots[i].spilled, id, (u32)f, i, false);
	}
}

/* A related scalar learns what is known: it is the same, or a constant away. */
static void sync_one(struct alv_reg *reg, const struct alv_reg *known)
{
	struct alv_scalar distance;
	s32 off = reg->off;
	u32 id = reg->id;

	/* Sums of different widths wrap at different values. */
	if ((id & ALV_ID_ADDED) && (known->id & ALV_ID_ADDED) &&
	    (id & ALV_ID_ADDED) != (known->id & ALV_ID_ADDED))
		return;
	if (!((id | known->id) & ALV_ID_ADDED) || reg->off == known->off) {
		*reg = *known;
		return;
	}
	distance = alv_scalar_const((u64)((s64)reg->off - known->off));
	*reg = *known;
	reg->off = off;
	reg->id = id;
	alv_scalar_alu(&reg->val, &distance, BPF_ADD, true);
	if ((id | known->id) & ALV_ID_ADDED32) {
		alv_scalar_zext32(&reg->val);
		alv_scalar_sync(&reg->val);
	}
}

static void sync_linked(struct alv_state *state, struct alv_reg *known,
			const struct alv_linked_set *set)
{
	if (!alv_reg_is_scalar(known) || !known->id)
		return;
	for (u32 i = 0; i < set->count; i++) {
		const struct alv_linked *item = &set->items[i];
		struct alv_frame *frame = state->frames[item->frame];
		struct alv_reg *reg = item->is_reg ? &frame->regs[item->index]
						   : &frame->slots[item->index].spilled;

		if (reg != known && alv_reg_is_scalar(reg) &&
		    (reg->id & ~ALV_ID_ADDED) == (known->id & ~ALV_ID_ADDED))
			sync_one(reg, known);
	}
}

struct null_check {
	struct alv_state *state;
	u32 id;
	bool is_null;
	bool precise; /* what comes of NULL */
};

static void resolve_null(struct alv_reg *reg, void *data)
{
	const struct null_check *check = data;

	if (!alv_reg_maybe_null(reg) || reg->id != check->id)
		return;
	if (check->is_null) {
		reg->type = (struct alv_type){ .base = ALV_REG_SCALAR };
		reg->id = 0;
		reg->ref = 0;
		reg->precise |= check->precise;
		return;
	}
	alv_reg_set_not_null(reg);
	/* A value with a lock is told apart from others by its id. */
	if (!(alv_reg_is(reg, ALV_REG_MAP_VALUE) &&
	      alv_record_has(reg->map->record, ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK)))
		reg->id = 0;
}

static int resolve_nulls(const struct alv_env *env, struct alv_state *state, u32 number,
			 bool is_null)
{
	const struct alv_reg *reg = &alv_state_top(state)->regs[number];
	struct null_check check = {
		.state = state,
		.id = reg->id,
		.is_null = is_null,
		.precise = !env->capable,
	};
	int err = 0;

	/* NULL instead of an object: there is nothing to give back. */
	if (reg->ref && reg->ref == reg->id && is_null)
		err = alv_state_drop_ref(state, ALV_REF_OBJECT, reg->ref);
	alv_state_each_reg(state, resolve_null, &check);
	return err;
}

static int step_may_goto(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	bool may_stay = env->request->traits.kernel >= V6_15;
	struct alv_state *previous, *queued;
	int err;

	if (!alv_insn_is_may_goto(insn) || insn->dst_reg || insn->imm ||
	    (!insn->off && !may_stay)) {
		if (may_stay)
			alv_say(env, BAD_MAY_GOTO_IMM, insn->imm);
		else
			alv_say(env, BAD_MAY_GOTO, insn->off, insn->imm);
		return -EINVAL;
	}
	previous = env->state->parent
			   ? alv_prune_previous(env, env->state->parent, env->insn)
			   : NULL;
	err = alv_push(env, env->insn + 1, (s32)env->insn, &queued);
	if (err)
		return err;
	queued->may_gotos++;
	if (previous)
		alv_prune_widen(env, previous, queued);
	*next = env->insn + 1 + (u32)(s32)insn->off;
	return 0;
}

static int check_operands(struct alv_env *env, const struct bpf_insn *insn,
			  struct alv_reg **ret_src)
{
	struct alv_step note = {};
	struct alv_reg *dst, *src;
	int err = alv_check_reads(env, insn->dst_reg);

	if (err)
		return err;
	dst = alv_env_reg(env, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_X ? insn->imm : insn->src_reg) {
		alv_say(env, RESERVED_JUMP);
		return -EINVAL;
	}
	if (BPF_SRC(insn->code) == BPF_X) {
		err = alv_check_reads(env, insn->src_reg);
		if (err)
			return err;
		src = alv_env_reg(env, insn->src_reg);
		if (!(alv_reg_is_packet_any(dst) && alv_reg_is_packet_any(src)) &&
		    alv_env_is_pointer(env, src)) {
			alv_say(env, POINTER_COMPARISON, insn->src_reg);
			return -EACCES;
		}
		note.src_is_stack = alv_reg_is(src, ALV_REG_STACK);
	} else {
		src = &env->immediate[0];
		*src = (struct alv_reg){};
		alv_reg_set_const(src, (u64)(s64)insn->imm);
	}
	note.dst_is_stack = alv_reg_is(dst, ALV_REG_STACK);
	*ret_src = src;
	return note.src_is_stack || note.dst_is_stack ? alv_env_note_step(env, &note) : 0;
}

/* The way is known, and so must be what decided it. */
static int go_one_way(struct alv_env *env, const struct bpf_insn *insn,
		      const struct alv_reg *src, bool taken, u32 *next)
{
	u32 target = env->insn + 1 + (u32)(s32)insn->off;
	int err = 0;

	if (alv_reg_is_scalar(alv_env_reg(env, insn->dst_reg)))
		err = alv_mark_precise(env, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X && alv_reg_is_scalar(src))
		err = alv_mark_precise(env, insn->src_reg);
	if (!err)
		err = alv_speculate_branch(env, insn, taken ? env->insn + 1 : target);
	if (err)
		return err;
	alv_print_change(env);
	if (taken)
		*next = target;
	return 0;
}

static int refine_both(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *here_dst,
		       struct alv_reg *here_src, struct alv_reg *there_dst,
		       struct alv_reg *there_src)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	u8 op = BPF_OP(insn->code);
	int err;

	if (!alv_reg_is_scalar(here_dst) || !alv_reg_is_scalar(here_src))
		return 0;
	alv_scalar_refine(&here_dst->val, &here_src->val, op, false, wide);
	alv_scalar_refine(&there_dst->val, &there_src->val, op, true, wide);
	err = alv_check_bounds(env, there_dst, "true_reg1");
	if (!err)
		err = alv_check_bounds(env, there_src, "true_reg2");
	if (!err)
		err = alv_check_bounds(env, here_dst, "false_reg1");
	return err ? err : alv_check_bounds(env, here_src, "false_reg2");
}

/* What is untrusted may be NULL, whatever its type. */
static bool is_surely_there(const struct alv_reg *pointer)
{
	return !(pointer->type.flags & (ALV_MAYBE_NULL | ALV_UNTRUSTED));
}

/* Two pointers are equal on one way: if one is not NULL, nor is the other. */
static void refine_equal_pointers(const struct bpf_insn *insn, struct alv_frame *here,
				  struct alv_frame *there)
{
	struct alv_reg *dst = &here->regs[insn->dst_reg], *src = &here->regs[insn->src_reg];
	struct alv_frame *equal = BPF_OP(insn->code) == BPF_JEQ   ? there
				  : BPF_OP(insn->code) == BPF_JNE ? here
								  : NULL;
	if (!equal || alv_reg_is_scalar(dst) || alv_reg_is_scalar(src) ||
	    dst->type.base == ALV_REG_BTF_ID || src->type.base == ALV_REG_BTF_ID)
		return;
	if (alv_reg_maybe_null(src) && is_surely_there(dst))
		alv_reg_set_not_null(&equal->regs[insn->src_reg]);
	if (alv_reg_maybe_null(dst) && is_surely_there(src))
		alv_reg_set_not_null(&equal->regs[insn->dst_reg]);
}

static int refine_pointers(struct alv_env *env, const struct bpf_insn *insn,
			   struct alv_state *there)
{
	struct alv_state *here = env->state;
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg);
	u8 op = BPF_OP(insn->code);
	bool wide = BPF_CLASS(insn->code) == BPF_JMP, x = BPF_SRC(insn->code) == BPF_X;
	int err;

	if (wide && x)
		refine_equal_pointers(insn, alv_state_top(here), alv_state_top(there));
	if (wide && !x && !insn->imm && (op == BPF_JEQ || op == BPF_JNE) &&
	    alv_reg_maybe_null(dst)) {
		err = resolve_nulls(env, here, insn->dst_reg, op == BPF_JNE);
		return err ? err : resolve_nulls(env, there, insn->dst_reg, op == BPF_JEQ);
	}
	if (!alv_packet_refine(env, insn, dst, alv_env_reg(env, insn->src_reg), here, there) &&
	    alv_env_is_pointer(env, dst)) {
		alv_say(env, POINTER_COMPARISON, insn->dst_reg);
		return -EACCES;
	}
	return 0;
}

static int go_both_ways(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *src)
{
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg), *there_dst, *there_src;
	bool x = BPF_SRC(insn->code) == BPF_X;
	struct alv_step note = {};
	struct alv_state *there;
	int err = 0;

	if (x)
		collect_linked(env, src, &note.linked);
	collect_linked(env, dst, &note.linked);
	if (note.linked.count > 1)
		err = alv_env_note_step(env, &note);
	if (!err)
		err = alv_push(env, env->insn + 1 + (u32)(s32)insn->off, (s32)env->insn, &there);
	if (err)
		return err;
	there_dst = &alv_state_top(there)->regs[insn->dst_reg];
	there_src = &alv_state_top(there)->regs[insn->src_reg];
	if (!x) {
		env->immediate[1] = *src;
		there_src = &env->immediate[1];
	}
	err = refine_both(env, insn, dst, src, there_dst, there_src);
	if (err)
		return err;
	if (x) {
		sync_linked(env->state, src, &note.linked);
		sync_linked(there, there_src, &note.linked);
	}
	sync_linked(env->state, dst, &note.linked);
	sync_linked(there, there_dst, &note.linked);
	err = refine_pointers(env, insn, there);
	if (!err)
		alv_print_change(env);
	return err;
}

int alv_step_branch(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	u8 op = BPF_OP(insn->code);
	struct alv_reg *src;
	int err, taken;

	if (op > ALV_BPF_JCOND) {
		alv_say(env, BAD_JUMP_OPCODE, op);
		return -EINVAL;
	}
	if (op == ALV_BPF_JCOND)
		return step_may_goto(env, insn, next);
	err = check_operands(env, insn, &src);
	if (err)
		return err;
	taken = branch_taken(alv_env_reg(env, insn->dst_reg), src, op,
			     BPF_CLASS(insn->code) == BPF_JMP);
	if (taken >= 0)
		return go_one_way(env, insn, src, taken, next);
	return go_both_ways(env, insn, src);
}

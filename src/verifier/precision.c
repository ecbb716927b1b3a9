/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Precision. States are compared loosely: a scalar that nothing depends on matches any
 * other. When something depends on one, the walk here goes back over the instructions
 * of the path and marks, in each checkpoint, the scalars that it was made of.
 */
#include "verifier/precision.h"

#include "verifier/print.h"

#define ARG_REGS 0x3eu /* R1 to R5 */

static bool bt_has(const struct alv_backtrack *bt, u32 reg)
{
	return bt->regs[bt->frame] & 1u << reg;
}

static void bt_add(struct alv_backtrack *bt, u32 reg)
{
	bt->regs[bt->frame] |= 1u << reg;
}

static void bt_drop(struct alv_backtrack *bt, u32 reg)
{
	bt->regs[bt->frame] &= ~(1u << reg);
}

static bool bt_empty(const struct alv_backtrack *bt)
{
	for (u32 i = 0; i <= bt->frame; i++)
		if (bt->regs[i] || bt->slots[i])
			return false;
	return true;
}

static void bt_reset(struct alv_backtrack *bt)
{
	*bt = (struct alv_backtrack){};
}

static int bt_enter(struct alv_backtrack *bt)
{
	if (bt->frame == ALV_MAX_FRAMES - 1)
		return -EFAULT;
	bt->frame++;
	return 0;
}

static int bt_leave(struct alv_backtrack *bt)
{
	if (!bt->frame)
		return -EFAULT;
	bt->frame--;
	return 0;
}

/* Registers that gained their range together are precise together. */
static void bt_link(struct alv_backtrack *bt, const struct alv_step *step)
{
	bool any = false;

	if (!step)
		return;
	for (u32 i = 0; i < step->linked.count; i++) {
		const struct alv_linked *item = &step->linked.items[i];

		any |= item->is_reg ? bt->regs[item->frame] >> item->index & 1
				    : bt->slots[item->frame] >> item->index & 1;
	}
	for (u32 i = 0; any && i < step->linked.count; i++) {
		const struct alv_linked *item = &step->linked.items[i];

		if (item->is_reg)
			bt->regs[item->frame] |= 1u << item->index;
		else
			bt->slots[item->frame] |= 1ull << item->index;
	}
}

/* A load that acquires: the only atomic operation that is taken for a load. */
static bool is_atomic_load(const struct bpf_insn *insn)
{
	return BPF_MODE(insn->code) == BPF_ATOMIC && insn->imm == ALV_BPF_LOAD_ACQ;
}

static int back_alu(struct alv_backtrack *bt, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	if (!bt_has(bt, insn->dst_reg) || op == BPF_END || op == BPF_NEG)
		return 0;
	if (op == BPF_MOV)
		bt_drop(bt, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_X && insn->src_reg != BPF_REG_10)
		bt_add(bt, insn->src_reg);
	return 0;
}

static int back_load(struct alv_backtrack *bt, const struct bpf_insn *insn,
		     const struct alv_step *step)
{
	if (!bt_has(bt, insn->dst_reg))
		return 0;
	bt_drop(bt, insn->dst_reg);
	if (step && step->touches_stack)
		bt->slots[step->frame] |= 1ull << step->slot;
	return 0;
}

static int back_store(struct alv_backtrack *bt, const struct bpf_insn *insn,
		      const struct alv_step *step)
{
	u64 bit;

	/* A scalar as address: pointers were subtracted. */
	if (bt_has(bt, insn->dst_reg))
		return -ALV_ENOTSUPP;
	if (!step || !step->touches_stack)
		return 0;
	bit = 1ull << step->slot;
	if (!(bt->slots[step->frame] & bit))
		return 0;
	bt->slots[step->frame] &= ~bit;
	if (BPF_CLASS(insn->code) == BPF_STX)
		bt_add(bt, insn->src_reg);
	return 0;
}

/* From a static function's first instruction to the call. */
static int back_out_of_callee(struct alv_backtrack *bt, bool with_args)
{
	u32 args = bt->regs[bt->frame] & ARG_REGS;

	if ((bt->regs[bt->frame] & ~ARG_REGS) || bt->slots[bt->frame])
		return -EFAULT;
	bt->regs[bt->frame] = 0;
	if (bt_leave(bt))
		return -EFAULT;
	if (with_args)
		bt->regs[bt->frame] |= args;
	return 0;
}

static int back_call(struct alv_env *env, u32 at, s32 after, const struct bpf_insn *insn)
{
	struct alv_backtrack *bt = &env->backtrack;

	if (alv_insn_is_subprog_call(insn)) {
		int subprog = alv_cfg_subprog_at(&env->cfg, alv_cfg_callee(&env->cfg, at));

		if (subprog < 0)
			return -EFAULT;
		if (!env->functions[subprog].is_global)
			return back_out_of_callee(bt, true);
	} else if (alv_insn_is_kfunc_call(insn) && !insn->imm) {
		return -ALV_ENOTSUPP;
	} else if (alv_env_marked(env, at, ALV_MARK_CALLBACK) && (s32)at != after - 1) {
		return back_out_of_callee(bt, false);
	}
	bt_drop(bt, BPF_REG_0);
	if (bt->regs[bt->frame] & ARG_REGS)
		return -EFAULT;
	/* A tail call that succeeded left the function. */
	if (alv_insn_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call &&
	    after != (s32)at + 1)
		return bt_enter(bt);
	return 0;
}

static int back_exit(struct alv_env *env, s32 after)
{
	struct alv_backtrack *bt = &env->backtrack;
	bool from_call = after >= 1 && alv_insn_is_subprog_call(&env->insns[after - 1]);
	bool result = from_call && bt_has(bt, BPF_REG_0);

	/* What a callback's caller depends on is marked when the call is checked. */
	if (after >= 0 && alv_env_marked(env, (u32)after, ALV_MARK_CALLBACK))
		bt->regs[bt->frame] &= ~ARG_REGS;
	if (bt->regs[bt->frame] & ARG_REGS)
		return -EFAULT;
	bt_drop(bt, BPF_REG_0);
	if (bt_enter(bt))
		return -EFAULT;
	if (result)
		bt_add(bt, BPF_REG_0);
	return 0;
}

static void back_compare(struct alv_backtrack *bt, const struct bpf_insn *insn,
			 const struct alv_step *step)
{
	if (BPF_SRC(insn->code) != BPF_X)
		return;
	if (!bt_has(bt, insn->dst_reg) && !bt_has(bt, insn->src_reg))
		return;
	if (!step || !step->src_is_stack)
		bt_add(bt, insn->src_reg);
	if (!step || !step->dst_is_stack)
		bt_add(bt, insn->dst_reg);
}

static int back_ld(struct alv_backtrack *bt, const struct bpf_insn *insn, u32 at, s32 after)
{
	if (BPF_MODE(insn->code) == BPF_IMM) {
		bt_drop(bt, insn->dst_reg);
		return 0;
	}
	if (bt_has(bt, insn->dst_reg))
		return -ALV_ENOTSUPP;
	/* A failed packet load leaves the function. */
	return after != (s32)at + 1 ? bt_enter(bt) : 0;
}

/* *ret_done: what follows the class's rules does not apply. */
static int back_class(struct alv_env *env, u32 at, s32 after, const struct alv_step *step,
		      bool *ret_done)
{
	const struct bpf_insn *insn = &env->insns[at];
	struct alv_backtrack *bt = &env->backtrack;
	u8 op = BPF_OP(insn->code);

	*ret_done = true;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		*ret_done = !bt_has(bt, insn->dst_reg) || op == BPF_END || op == BPF_NEG;
		return back_alu(bt, insn);
	case BPF_LDX:
		return back_load(bt, insn, step);
	case BPF_STX:
	case BPF_ST:
		if (is_atomic_load(insn))
			return back_load(bt, insn, step);
		return back_store(bt, insn, step);
	case BPF_LD:
		return back_ld(bt, insn, at, after);
	default:
		break;
	}
	if (op == BPF_CALL)
		return back_call(env, at, after, insn);
	if (op == BPF_EXIT)
		return back_exit(env, after);
	back_compare(bt, insn, step);
	*ret_done = false;
	return 0;
}

static int back_one(struct alv_env *env, u32 at, s32 after, const struct alv_step *step)
{
	struct alv_backtrack *bt = &env->backtrack;
	bool done;
	int err;

	if (!env->insns[at].code)
		return 0;
	if (alv_env_logs(env, ALV_REPORT_LEVEL2)) {
		alv_trace(env, "mark_precise: frame%d: regs=", bt->frame);
		alv_print_regs_set(env, bt->regs[bt->frame]);
		alv_trace(env, " stack=");
		alv_print_slots_set(env, bt->slots[bt->frame]);
		alv_trace(env, " before %d: ", at);
		alv_print_code(env, at);
	}
	bt_link(bt, step);
	err = back_class(env, at, after, step, &done);
	if (!err && !done)
		bt_link(bt, step);
	return err;
}

static void force_frame(struct alv_env *env, struct alv_frame *frame, u32 number)
{
	for (u32 i = 0; i < BPF_REG_10; i++) {
		struct alv_reg *reg = &frame->regs[i];

		if (!alv_reg_is_scalar(reg) || reg->precise)
			continue;
		reg->precise = true;
		if (alv_env_logs(env, ALV_REPORT_LEVEL2))
			alv_trace(env, "force_precise: frame%d: forcing r%d to be precise\n",
				  number, i);
	}
	for (u32 i = 0; i < frame->n_slots; i++) {
		struct alv_slot *slot = &frame->slots[i];

		if (!alv_slot_is_scalar(slot) || slot->spilled.precise)
			continue;
		slot->spilled.precise = true;
		if (alv_env_logs(env, ALV_REPORT_LEVEL2))
			alv_trace(env, "force_precise: frame%d: forcing fp%d to be precise\n",
				  number, -(s32)(i + 1) * ALV_REG_SIZE);
	}
}

void alv_precision_force(struct alv_env *env, struct alv_state *state)
{
	if (alv_env_logs(env, ALV_REPORT_LEVEL2))
		alv_trace(env,
			  "mark_precise: frame%d: falling back to forcing all scalars precise\n",
			  state->top);
	for (state = state->parent; state; state = state->parent)
		for (u32 i = 0; i <= state->top; i++)
			force_frame(env, state->frames[i], i);
}

void alv_precision_forget(struct alv_state *state)
{
	for (u32 f = 0; f <= state->top; f++) {
		struct alv_frame *frame = state->frames[f];

		for (u32 i = 0; i < BPF_REG_10; i++)
			if (alv_reg_is_scalar(&frame->regs[i]))
				frame->regs[i].precise = false;
		for (u32 i = 0; i < frame->n_slots; i++)
			if (alv_slot_is_scalar(&frame->slots[i]))
				frame->slots[i].spilled.precise = false;
	}
}

/* Mark a scalar of a checkpoint; false: nothing is to be looked for above it. */
static bool mark_scalar(struct alv_reg *reg, bool is_scalar, bool *changed)
{
	if (!is_scalar || reg->precise)
		return false;
	reg->precise = true;
	*changed = true;
	return true;
}

static int mark_frame(struct alv_env *env, struct alv_state *state, u32 f, bool *changed)
{
	struct alv_backtrack *bt = &env->backtrack;
	struct alv_frame *frame = state->frames[f];

	for (u32 i = 0; i < ALV_N_REGS; i++) {
		struct alv_reg *reg = &frame->regs[i];

		if ((bt->regs[f] & 1u << i) && !mark_scalar(reg, alv_reg_is_scalar(reg), changed))
			bt->regs[f] &= ~(1u << i);
	}
	for (u32 i = 0; i < ALV_MAX_SLOTS; i++) {
		if (!(bt->slots[f] & 1ull << i))
			continue;
		if (i >= frame->n_slots)
			return -EFAULT;
		if (!mark_scalar(&frame->slots[i].spilled, alv_slot_is_scalar(&frame->slots[i]),
				 changed))
			bt->slots[f] &= ~(1ull << i);
	}
	if (alv_env_logs(env, ALV_REPORT_LEVEL2)) {
		alv_trace(env, "mark_precise: frame%d: parent state regs=", f);
		alv_print_regs_set(env, bt->regs[f]);
		alv_trace(env, " stack=");
		alv_print_slots_set(env, bt->slots[f]);
		alv_trace(env, ": ");
		alv_print_state(env, state, f, true);
	}
	return 0;
}

/* The arguments of a global function come from nowhere. */
static int mark_entry(struct alv_env *env, struct alv_state *state, bool *changed)
{
	struct alv_backtrack *bt = &env->backtrack;
	struct alv_frame *frame = state->frames[0];

	if (state->top || !frame->subprog || frame->callsite != ALV_NO_CALLER ||
	    bt->slots[bt->frame] || (bt->regs[bt->frame] & ~ARG_REGS))
		return -EFAULT;
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++)
		if (bt_has(bt, i))
			mark_scalar(&frame->regs[i], alv_reg_is_scalar(&frame->regs[i]), changed);
	bt_reset(bt);
	return 0;
}

/* The instruction before `at` on the path, -1: the path begins there. */
static s32 step_back(const struct alv_state *state, u32 at, u32 *n_steps)
{
	u32 n = *n_steps;

	if (at == state->first_insn && (!n || (n == 1 && state->steps[0].insn == at)))
		return -1;
	if (n && state->steps[n - 1].insn == at)
		return (s32)state->steps[(*n_steps = n - 1)].previous;
	return (s32)at - 1;
}

/*
 * Back over the instructions since a checkpoint. 1: there is nothing left to look
 * for. *skip: the last instruction is not to be looked at.
 */
static int walk_segment(struct alv_env *env, const struct alv_state *state, u32 at, s32 *after,
			bool *skip)
{
	u32 n_steps = state->n_steps;

	for (;;) {
		s32 previous;
		int err = 0;

		if (!*skip)
			err = back_one(env, at, *after, alv_state_step_at(state, n_steps, at));
		*skip = false;
		if (err)
			return err;
		if (bt_empty(&env->backtrack))
			return 1;
		*after = (s32)at;
		previous = step_back(state, at, &n_steps);
		if (previous < 0)
			return 0;
		if ((u32)previous >= env->n_insns)
			return -EFAULT;
		at = (u32)previous;
	}
}

static int mark_checkpoint(struct alv_env *env, struct alv_state *state, bool *changed)
{
	for (s32 f = (s32)env->backtrack.frame; f >= 0; f--) {
		int err = mark_frame(env, state, (u32)f, changed);

		if (err)
			return err;
	}
	return 0;
}

static int walk(struct alv_env *env, struct alv_state *start, bool *changed)
{
	struct alv_backtrack *bt = &env->backtrack;
	struct alv_state *state = start;
	u32 first = state->first_insn;
	s32 last = (s32)state->insn, after = -1;
	bool skip = true;

	for (;;) {
		int err;

		if (alv_env_logs(env, ALV_REPORT_LEVEL2))
			alv_trace(env,
				  "mark_precise: frame%d: last_idx %d first_idx %d subseq_idx %d \n",
				  bt->frame, last, first, after);
		if (last < 0)
			return mark_entry(env, state, changed);
		err = walk_segment(env, state, (u32)last, &after, &skip);
		if (err == -ALV_ENOTSUPP)
			break;
		if (err)
			return err < 0 ? err : 0;
		state = state->parent;
		if (!state)
			break;
		err = mark_checkpoint(env, state, changed);
		if (err || bt_empty(bt))
			return err;
		after = (s32)first;
		last = state->last_insn;
		first = state->first_insn;
	}
	alv_precision_force(env, start);
	*changed = true;
	bt_reset(bt);
	return 0;
}

int alv_precision_mark_set(struct alv_env *env, struct alv_state *start, bool *changed)
{
	if (!env->capable)
		return 0;
	env->backtrack.frame = start->top;
	return bt_empty(&env->backtrack) ? 0 : walk(env, start, changed);
}

int alv_mark_precise(struct alv_env *env, u32 number)
{
	bool changed;

	if (!env->capable)
		return 0;
	bt_reset(&env->backtrack);
	env->backtrack.frame = env->state->top;
	if (!alv_reg_is_scalar(alv_env_reg(env, number)))
		return -EFAULT;
	bt_add(&env->backtrack, number);
	return walk(env, env->state, &changed);
}

int alv_mark_slot_precise(struct alv_env *env, u32 frame, u32 slot)
{
	bool changed;

	bt_reset(&env->backtrack);
	env->backtrack.slots[frame] = 1ull << slot;
	return alv_precision_mark_set(env, env->state, &changed);
}

int alv_precision_propagate(struct alv_env *env, const struct alv_state *old,
			    struct alv_state *cur, bool *changed)
{
	struct alv_backtrack *bt = &env->backtrack;
	bool log = alv_env_logs(env, ALV_REPORT_LEVEL2);

	bt_reset(bt);
	for (s32 f = (s32)old->top; f >= 0; f--) {
		const struct alv_frame *frame = old->frames[f];
		bool started = false;

		for (u32 i = 0; i < BPF_REG_10; i++) {
			if (!alv_reg_is_scalar(&frame->regs[i]) || !frame->regs[i].precise)
				continue;
			if (log && started)
				alv_trace(env, ",r%d", i);
			else if (log)
				alv_trace(env, "frame %d: propagating r%d", f, i);
			bt->regs[f] |= 1u << i;
			started = true;
		}
		for (u32 i = 0; i < frame->n_slots; i++) {
			s32 off = -(s32)(i + 1) * ALV_REG_SIZE;

			if (!alv_slot_is_scalar(&frame->slots[i]) ||
			    !frame->slots[i].spilled.precise)
				continue;
			if (log && started)
				alv_trace(env, ",fp%d", off);
			else if (log)
				alv_trace(env, "frame %d: propagating fp%d", f, off);
			bt->slots[f] |= 1ull << i;
			started = true;
		}
		if (log && started)
			alv_trace(env, "\n");
	}
	return alv_precision_mark_set(env, cur, changed);
}

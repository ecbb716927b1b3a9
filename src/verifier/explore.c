/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/explore.h"

#include <stdlib.h>

#include "verifier/kfunc.h"
#include "verifier/live.h"
#include "verifier/print.h"
#include "verifier/prune.h"
#include "verifier/scc.h"
#include "verifier/speculate.h"
#include "verifier/subprog.h"

#define MAX_PENDING 8192

/* What became of an instruction; negative: refused. */
enum outcome {
	GO_ON,
	PATH_ENDS,
};

static void free_pending(struct alv_env *env)
{
	struct alv_pending *next = env->pending->next;

	alv_state_fini(&env->pending->state);
	free(env->pending);
	env->pending = next;
	env->n_pending--;
}

static int new_pending(struct alv_env *env, u32 insn, s32 previous, const char *what,
		       struct alv_pending **ret)
{
	struct alv_pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return -ENOMEM;
	pending->insn = insn;
	pending->previous = previous;
	pending->report_length = env->request->report ? env->request->report->length : 0;
	pending->next = env->pending;
	env->pending = pending;
	env->n_pending++;
	if (env->n_pending > MAX_PENDING) {
		alv_say(env, TOO_MANY_JUMPS, env->n_pending, what);
		return -E2BIG;
	}
	*ret = pending;
	return 0;
}

int alv_push(struct alv_env *env, u32 insn, s32 previous, struct alv_state **ret_state)
{
	struct alv_pending *pending;
	int err = new_pending(env, insn, previous, "", &pending);

	if (!err)
		err = alv_state_copy(&pending->state, env->state);
	if (err)
		return err;
	if (pending->state.parent)
		pending->state.parent->branches++;
	*ret_state = &pending->state;
	return 0;
}

int alv_push_async(struct alv_env *env, u32 subprog, struct alv_frame **ret_frame)
{
	struct alv_pending *pending;
	struct alv_frame *frame;
	int err = new_pending(env, env->cfg.subprogs[subprog].start, (s32)env->insn,
			      " for async cb", &pending);

	if (err)
		return err;
	frame = calloc(1, sizeof(*frame));
	if (!frame)
		return -ENOMEM;
	alv_frame_init(frame, ALV_NO_CALLER, 0, subprog, !env->capable);
	pending->state.branches = 1;
	pending->state.frames[0] = frame;
	*ret_frame = frame;
	return 0;
}

/* -ENOENT: no path waits. */
static int pop(struct alv_env *env)
{
	struct alv_pending *pending = env->pending;
	int err;

	if (!pending)
		return -ENOENT;
	err = alv_state_copy(env->state, &pending->state);
	if (err)
		return err;
	/* A report of level 1 shows the last path alone. */
	if (env->request->report && !alv_env_logs(env, ALV_REPORT_LEVEL2))
		alv_report_rewind(env->request->report, pending->report_length);
	env->insn = pending->insn;
	env->previous = pending->previous;
	free_pending(env);
	return 0;
}

static int step_exit(struct alv_env *env, const struct bpf_insn *insn, u32 *next, bool *show)
{
	int err;

	if (BPF_SRC(insn->code) != BPF_K || insn->imm || insn->src_reg || insn->dst_reg ||
	    BPF_CLASS(insn->code) == BPF_JMP32) {
		alv_say(env, RESERVED_EXIT);
		return -EINVAL;
	}
	err = alv_check_no_leak(env, true, "BPF_EXIT instruction in main prog");
	if (err)
		return err;
	if (!env->state->top) {
		err = alv_check_return(env);
		return err ? err : PATH_ENDS;
	}
	err = alv_step_return(env, next);
	*show = true;
	return err;
}

static int step_ja(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;

	if (BPF_SRC(insn->code) != BPF_K || insn->src_reg || insn->dst_reg ||
	    (wide && insn->imm) || (!wide && insn->off)) {
		alv_say(env, RESERVED_JA);
		return -EINVAL;
	}
	*next = env->insn + 1 + (u32)alv_insn_jump_offset(insn);
	return 0;
}

/* While a spin lock is held, little may be called. */
static bool may_call_locked(const struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_kfunc *kfunc = env->facts[env->insn].kfunc;

	if (insn->src_reg == 0)
		return insn->imm == BPF_FUNC_spin_unlock || insn->imm == BPF_FUNC_kptr_xchg;
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return !insn->off && kfunc && (kfunc->flags & ALV_KFUNC_SPIN);
	return true;
}

static int step_any_call(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	int err;

	if (BPF_SRC(insn->code) != BPF_K ||
	    (insn->src_reg != BPF_PSEUDO_KFUNC_CALL && insn->off) ||
	    insn->src_reg > BPF_PSEUDO_KFUNC_CALL || insn->dst_reg ||
	    BPF_CLASS(insn->code) == BPF_JMP32) {
		alv_say(env, RESERVED_CALL);
		return -EINVAL;
	}
	if (env->state->n_locks && !may_call_locked(env, insn)) {
		alv_say(env, LOCK_HELD_CALL);
		return -EINVAL;
	}
	if (insn->src_reg == BPF_PSEUDO_CALL)
		err = alv_step_call(env, insn, next);
	else if (insn->src_reg == 0)
		err = alv_step_helper(env, insn, next);
	else
		err = alv_step_kfunc(env, insn);
	if (!err)
		alv_env_touch_reg(env, BPF_REG_0);
	return err;
}

static int step_jump(struct alv_env *env, const struct bpf_insn *insn, u32 *next, bool *show)
{
	env->n_jumps++;
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return step_any_call(env, insn, next);
	case BPF_JA:
		return step_ja(env, insn, next);
	case BPF_EXIT:
		return step_exit(env, insn, next, show);
	default:
		return alv_step_branch(env, insn, next);
	}
}

static int step_ld(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
	case BPF_IND:
		return alv_step_ld_abs(env, insn, next);
	case BPF_IMM:
		*next += 1;
		return alv_step_ldimm64(env, insn);
	default:
		alv_say(env, BAD_LD_MODE);
		return -EINVAL;
	}
}

static int step(struct alv_env *env, u32 *next, bool *show)
{
	const struct bpf_insn *insn = &env->insns[env->insn];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return alv_step_alu(env, insn);
	case BPF_LDX:
		return alv_step_load(env, insn);
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return alv_step_atomic(env, insn);
		return alv_step_store(env, insn);
	case BPF_ST:
		return alv_step_store_imm(env, insn);
	case BPF_LD:
		return step_ld(env, insn, next);
	default:
		return step_jump(env, insn, next, show);
	}
}

static const char *kind_of_path(const struct alv_env *env)
{
	return env->state->speculative ? " (speculative execution)" : "";
}

/* At a checkpoint's place: 1: the path ends here. */
static int visit(struct alv_env *env, bool show)
{
	int err;

	if (!alv_env_marked(env, env->insn, ALV_MARK_PRUNE))
		return 0;
	err = alv_prune(env);
	if (err == 1 && alv_env_logs(env, ALV_LOG_ANY)) {
		if (show)
			alv_trace(env, "\nfrom %d to %d%s: safe\n", env->previous, env->insn,
				  kind_of_path(env));
		else
			alv_trace(env, "%d: safe\n", env->insn);
	}
	return err;
}

static void show_insn(struct alv_env *env, bool *show)
{
	if (*show && alv_env_logs(env, ALV_REPORT_LEVEL2)) {
		alv_trace(env, "\nfrom %d to %d%s:", env->previous, env->insn, kind_of_path(env));
		alv_print_state(env, env->state, env->state->top, true);
		*show = false;
	}
	if (alv_env_logs(env, ALV_LOG_ANY))
		alv_print_insn(env, env->insn);
}

/*
 * The instruction itself. A path that can only be taken ahead of time ends at barriers,
 * and at what would be unsafe there: it gets a barrier.
 */
static int perform(struct alv_env *env, u32 *next, bool *show)
{
	struct alv_insn_verdict *facts = &env->facts[env->insn];
	bool speculative = env->state->speculative;
	int err;

	/* Code that is only reached so is dead. */
	facts->seen |= !speculative;
	if (speculative && facts->barrier)
		return PATH_ENDS;
	err = alv_live_begin(env);
	if (err)
		return err;
	err = step(env, next, show);
	if (err < 0 && !alv_speculation_stops(env, err))
		return err;
	if (alv_live_commit(env))
		return -ENOMEM;
	if (err < 0) {
		facts->barrier = true;
		facts->mask = 0;
		return PATH_ENDS;
	}
	return speculative && facts->barrier_behind ? PATH_ENDS : err;
}

/* One instruction of the current path. */
static int advance(struct alv_env *env, s32 *previous, bool *show)
{
	u32 next = env->insn + 1;
	int err;

	env->step = NULL;
	env->previous = *previous;
	if (env->insn >= env->n_insns) {
		alv_say(env, BAD_INSN_INDEX, env->insn, env->n_insns);
		return -EFAULT;
	}
	if (++env->n_processed > ALV_VERIFIER_MAX_PROCESSED) {
		alv_say(env, TOO_LARGE, env->n_processed);
		return -E2BIG;
	}
	env->state->last_insn = env->previous;
	env->state->insn = env->insn;
	err = visit(env, *show);
	if (err)
		return err < 0 ? err : PATH_ENDS;
	if (alv_env_marked(env, env->insn, ALV_MARK_JUMP))
		err = alv_env_note_step(env, &(struct alv_step){});
	if (err)
		return err;
	show_insn(env, show);
	*previous = (s32)env->insn;
	err = perform(env, &next, show);
	if (err == GO_ON)
		env->insn = next;
	return err;
}

static int end_path(struct alv_env *env)
{
	int err;

	alv_env_touch_all(env);
	err = alv_prune_leave(env, env->state);
	return err ? err : alv_live_update(env);
}

static int explore_all(struct alv_env *env)
{
	s32 previous = -1;
	bool show = false;

	for (;;) {
		int err = advance(env, &previous, &show);

		if (err < 0)
			return err;
		if (err == GO_ON)
			continue;
		err = end_path(env);
		if (!err)
			err = pop(env);
		if (err)
			return err == -ENOENT ? 0 : err;
		previous = env->previous;
		show = true;
	}
}

static int begin(struct alv_env *env, u32 subprog)
{
	u32 start = env->cfg.subprogs[subprog].start;
	struct alv_state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	env->state = state;
	state->frames[0] = calloc(1, sizeof(*state->frames[0]));
	if (!state->frames[0])
		return -ENOMEM;
	alv_frame_init(state->frames[0], ALV_NO_CALLER, 0, subprog, !env->capable);
	state->branches = 1;
	state->first_insn = start;
	state->last_insn = -1;
	env->insn = start;
	env->last_line = NULL;
	err = alv_prune_new(env);
	if (!err)
		err = alv_scc_new(env);
	return err ? err : alv_subprog_set_args(env, subprog);
}

static void finish(struct alv_env *env)
{
	if (env->state) {
		alv_state_fini(env->state);
		free(env->state);
		env->state = NULL;
	}
	while (env->pending)
		free_pending(env);
	alv_scc_free(env->scc, env->cfg.n_sccs);
	env->scc = NULL;
	alv_prune_finish(env);
}

int alv_explore(struct alv_env *env, u32 subprog)
{
	int err = begin(env, subprog);

	if (!err)
		err = explore_all(env);
	finish(env);
	/* Nothing needs to be said of what is safe. */
	if (!err && env->request->report && !alv_env_logs(env, ALV_REPORT_LEVEL2))
		alv_report_rewind(env->request->report, 0);
	return err;
}

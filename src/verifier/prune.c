/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/prune.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/iter.h"
#include "verifier/live.h"
#include "verifier/precision.h"
#include "verifier/print.h"
#include "verifier/scc.h"

#define MAX_STEPS       40 /* a history longer than this ends in a checkpoint */
#define MAX_UNPRIV      64 /* checkpoints for an instruction of an unprivileged program */
#define MISSES          3
#define MISSES_FORCED   64 /* of checkpoints that must be there for loops to converge */

/* A checkpoint; what points to its state points to its first member. */
struct checkpoint {
	struct alv_state state;
	u32 hits;
	u32 misses;
	bool dropped; /* out of its bucket, kept until its paths ended */
	struct checkpoint *next;
	struct checkpoint *previous;
	struct checkpoint **list;
};

struct alv_explored {
	u32 n_buckets;
	u32 n_kept;
	u32 n_dropped;
	struct checkpoint *dropped;
	struct checkpoint *buckets[];
};

int alv_prune_new(struct alv_env *env)
{
	env->explored = calloc(1, sizeof(*env->explored) +
					  env->n_insns * sizeof(struct checkpoint *));
	if (!env->explored)
		return -ENOMEM;
	env->explored->n_buckets = env->n_insns;
	return 0;
}

static void unlink_checkpoint(struct checkpoint *c)
{
	if (c->previous)
		c->previous->next = c->next;
	else
		*c->list = c->next;
	if (c->next)
		c->next->previous = c->previous;
}

static void link_checkpoint(struct checkpoint *c, struct checkpoint **list)
{
	c->list = list;
	c->previous = NULL;
	c->next = *list;
	if (c->next)
		c->next->previous = c;
	*list = c;
}

static void free_checkpoint(struct checkpoint *c)
{
	unlink_checkpoint(c);
	alv_state_fini(&c->state);
	free(c);
}

static void free_explored(struct alv_explored *explored)
{
	if (!explored)
		return;
	for (u32 i = 0; i < explored->n_buckets; i++)
		while (explored->buckets[i])
			free_checkpoint(explored->buckets[i]);
	while (explored->dropped)
		free_checkpoint(explored->dropped);
	free(explored);
}

static struct checkpoint **bucket(const struct alv_env *env, u32 insn)
{
	struct alv_explored *explored = env->explored;

	return &explored->buckets[(insn ^ alv_env_frame(env)->callsite) % explored->n_buckets];
}

void alv_prune_count_peak(struct alv_env *env)
{
	u32 states = env->n_old_states + env->explored->n_kept + env->explored->n_dropped +
		     alv_scc_edges(env->scc);

	if (states > env->verdict->peak_states)
		env->verdict->peak_states = states;
}

/* The kernel goes on counting the states of functions that it is done with. */
void alv_prune_finish(struct alv_env *env)
{
	if (env->explored)
		env->n_old_states += env->explored->n_kept + env->explored->n_dropped;
	free_explored(env->explored);
	env->explored = NULL;
}

/* A dropped checkpoint goes when nothing below it is under way. */
static void release(struct alv_env *env, struct checkpoint *c)
{
	if (!c->dropped || c->state.branches || alv_scc_is_open(env, &c->state))
		return;
	env->explored->n_dropped--;
	free_checkpoint(c);
}

int alv_prune_leave(struct alv_env *env, struct alv_state *state)
{
	struct checkpoint *below = NULL;

	while (state) {
		struct alv_state *parent = state->parent;
		int err;

		if (--state->branches)
			return 0;
		err = alv_scc_exit(env, state);
		if (err)
			return err;
		if (below)
			release(env, below);
		below = parent ? alv_container(parent, struct checkpoint, state) : NULL;
		state = parent;
	}
	return 0;
}

struct alv_state *alv_prune_previous(struct alv_env *env, const struct alv_state *state, u32 insn)
{
	for (struct checkpoint *c = *bucket(env, insn); c; c = c->next)
		if (c->state.insn == insn && c->state.branches &&
		    alv_state_same_calls(&c->state, state) && c->state.depth < state->depth)
			return &c->state;
	return NULL;
}

/* Forget what nothing reads any more: more states are covered then. */
static int clean(struct alv_env *env, struct alv_state *state)
{
	int err = alv_live_ask(env, state);

	state->cleaned = true;
	for (u32 f = 0; !err && f <= state->top; f++) {
		struct alv_frame *frame = state->frames[f];
		u16 live = env->cfg.facts[alv_state_insn_of(state, f)].live;

		for (u32 i = 0; i < BPF_REG_10; i++)
			if (!(live & 1u << i))
				alv_env_set_uninit(env, &frame->regs[i]);
		for (u32 i = 0; i < frame->n_slots; i++) {
			if (alv_live_is_alive(env, f, i))
				continue;
			alv_env_set_uninit(env, &frame->slots[i].spilled);
			memset(frame->slots[i].bytes, ALV_STACK_INVALID, ALV_REG_SIZE);
		}
	}
	return err;
}

static int clean_finished(struct alv_env *env)
{
	for (struct checkpoint *c = *bucket(env, env->insn); c; c = c->next) {
		struct alv_state *state = &c->state;
		int err;

		if (state->branches || state->insn != env->insn || state->cleaned ||
		    !alv_state_same_calls(state, env->state) || alv_scc_is_open(env, state))
			continue;
		err = clean(env, state);
		if (err)
			return err;
	}
	return 0;
}

/* The running frames' registers are the same, ids included. */
static bool maybe_looping(const struct alv_state *old, const struct alv_state *cur)
{
	if (old->top != cur->top)
		return false;
	for (u32 i = 0; i < ALV_N_REGS; i++) {
		const struct alv_reg *was = &alv_state_top(old)->regs[i];
		const struct alv_reg *is = &alv_state_top(cur)->regs[i];

		if (!alv_reg_same_value(was, is) || was->id != is->id || was->ref != is->ref)
			return false;
	}
	return true;
}

static int refuse_loop(struct alv_env *env, struct alv_state *old)
{
	alv_print_source(env, env->insn);
	alv_say(env, INFINITE_LOOP, env->insn);
	alv_trace(env, "cur state:");
	alv_print_state(env, env->state, env->state->top, true);
	alv_trace(env, "old state:");
	alv_print_state(env, old, env->state->top, true);
	return -EINVAL;
}

enum match {
	MATCH_NONE,
	MATCH_COVERED, /* and what that state depends on is known */
	MATCH_LOOP,    /* and it is known when the loop's paths ended */
};

static bool is_iter_next(const struct alv_env *env)
{
	const struct alv_kfunc *kfunc = env->facts[env->insn].kfunc;

	return kfunc && (kfunc->flags & ALV_KFUNC_ITER_NEXT);
}

/* Against a state on the way to the current one. <0: an endless loop. */
static int match_running(struct alv_env *env, struct alv_state *old)
{
	const struct bpf_insn *insn = &env->insns[env->insn];
	struct alv_state *cur = env->state;
	const struct alv_frame *frame = alv_state_top(old);

	if (frame->in_async_callback && frame->async_entries != alv_state_top(cur)->async_entries)
		return MATCH_NONE;
	/* A step of an iterator loops as long as the iterator is not drained. */
	if (is_iter_next(env))
		return alv_states_equal(env, old, cur, ALV_WITHIN) && alv_iter_is_active(cur)
			       ? MATCH_LOOP
			       : MATCH_NONE;
	if (insn->code == (BPF_JMP | ALV_BPF_JCOND) && old->may_gotos != cur->may_gotos &&
	    alv_states_equal(env, old, cur, ALV_WITHIN))
		return MATCH_LOOP;
	if (alv_env_marked(env, env->insn, ALV_MARK_CALLBACK))
		return alv_states_equal(env, old, cur, ALV_WITHIN) ? MATCH_COVERED : MATCH_NONE;
	if (maybe_looping(old, cur) && alv_states_equal(env, old, cur, ALV_EXACT) &&
	    !alv_iters_differ(old, cur) && old->may_gotos == cur->may_gotos && old->callback_unrolls == cur->callback_unrolls)
		return refuse_loop(env, old);
	return MATCH_NONE;
}

static int match_state(struct alv_env *env, struct alv_state *old)
{
	bool open;

	if (old->branches)
		return match_running(env, old);
	open = alv_scc_is_open(env, old);
	if (!alv_states_equal(env, old, env->state, open ? ALV_WITHIN : ALV_NOT_EXACT))
		return MATCH_NONE;
	return open ? MATCH_LOOP : MATCH_COVERED;
}

static int end_path(struct alv_env *env, struct alv_state *old, int match)
{
	bool changed;
	int err = 0;

	if (alv_env_marked(env, env->insn, ALV_MARK_JUMP))
		err = alv_env_note_step(env, &(struct alv_step){});
	if (!err)
		err = alv_precision_propagate(env, old, env->state, &changed);
	if (!err && match == MATCH_LOOP)
		err = alv_scc_add_edge(env, old);
	return err ? err : 1;
}

static int remember(struct alv_env *env)
{
	struct alv_state *cur = env->state;
	struct checkpoint *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	env->verdict->total_states++;
	env->explored->n_kept++;
	alv_prune_count_peak(env);
	env->n_jumps_at_checkpoint = env->n_jumps;
	env->n_processed_at_checkpoint = env->n_processed;
	if (env->capable)
		alv_precision_forget(cur);
	err = alv_state_copy(&c->state, cur);
	c->state.insn = env->insn;
	/* Linked before anything can fail, so that it is freed with the rest. */
	link_checkpoint(c, bucket(env, env->insn));
	if (!err)
		err = alv_scc_enter(env, &c->state);
	if (err)
		return err;
	cur->parent = &c->state;
	cur->first_insn = env->insn;
	cur->depth = c->state.depth + 1;
	alv_state_forget_steps(cur);
	return 0;
}

static void miss(struct alv_env *env, struct checkpoint *c, bool counted)
{
	bool forced = alv_env_marked(env, env->insn, ALV_MARK_CHECKPOINT) && c->state.branches;
	u32 limit = forced ? MISSES_FORCED : MISSES;

	c->misses += counted;
	if (c->misses <= c->hits * limit + limit)
		return;
	c->dropped = true;
	unlink_checkpoint(c);
	link_checkpoint(c, &env->explored->dropped);
	env->explored->n_dropped++;
	env->explored->n_kept--;
	release(env, c);
}

int alv_prune(struct alv_env *env)
{
	bool forced = env->test_states || alv_env_marked(env, env->insn, ALV_MARK_CHECKPOINT) ||
		      env->state->n_steps > MAX_STEPS;
	u32 jumps = env->n_jumps - env->n_jumps_at_checkpoint;
	u32 insns = env->n_processed - env->n_processed_at_checkpoint;
	bool add = forced || (jumps >= 2 && insns >= 8);
	struct checkpoint *next;
	u32 n_states = 0;
	int err = clean_finished(env);

	if (err)
		return err;
	for (struct checkpoint *c = *bucket(env, env->insn); c; c = next) {
		int match;

		next = c->next;
		n_states++;
		if (c->state.insn != env->insn)
			continue;
		match = match_state(env, &c->state);
		if (match < 0)
			return match;
		if (match != MATCH_NONE) {
			c->hits++;
			return end_path(env, &c->state, match);
		}
		/* In a loop, not each round is worth remembering. */
		if (c->state.branches && !forced && jumps < 20 && insns < 100)
			add = false;
		miss(env, c, add);
	}
	if (n_states > env->verdict->max_states_per_insn)
		env->verdict->max_states_per_insn = n_states;
	if (!add || (!env->capable && n_states > MAX_UNPRIV))
		return 0;
	return remember(env);
}

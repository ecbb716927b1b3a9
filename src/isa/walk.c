/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A depth-first walk over all instructions, into subprograms at their calls: each
 * edge of an instruction (the next instruction first, then where it leads) is
 * followed once. It finds what is unreachable, which edges lead back, and sets the
 * marks. A subprogram has walked its callees when it is left, so what they do is
 * known for it by then.
 */
#include "isa/cfg.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* State of an instruction: 0 unseen, 1 + edges followed so far, EXPLORED. */
#define EXPLORED 0xff

struct walk {
	struct alv_cfg *cfg;
	const struct alv_cfg_rules *rules;
	struct alv_isa_error *error;
	u8 *state;
	u32 *stack;
	u32 depth;
};

/* Where an instruction leads, in the order of the walk. */
struct edges {
	u32 n;
	s64 to[2];
	bool branch[2]; /* a jump's or call's target, not what comes next */
};

static bool is_goto(const struct bpf_insn *insn)
{
	return alv_insn_kind(insn) == ALV_INSN_JA;
}

/* A call of a subprogram, or a callback's address: as if called here. */
static bool leads_to_subprog(const struct bpf_insn *insn)
{
	return alv_insn_is_subprog_call(insn) || alv_insn_is_func_load(insn);
}

static struct edges edges_of(const struct alv_cfg *cfg, u32 i)
{
	const struct bpf_insn *insn = &cfg->insns[i];
	struct edges edges = { 0 };

	if (alv_insn_is_exit(insn))
		return edges;
	if (is_goto(insn)) {
		edges.to[edges.n++] = (s64)i + alv_insn_jump_offset(insn) + 1;
		return edges;
	}
	edges.to[edges.n++] = (s64)i + alv_insn_length(insn);
	if (alv_insn_is_jump(insn))
		edges.to[edges.n] = (s64)i + alv_insn_jump_offset(insn) + 1;
	else if (leads_to_subprog(insn))
		edges.to[edges.n] = alv_cfg_callee(cfg, i);
	else
		return edges;
	edges.branch[edges.n++] = true;
	return edges;
}

static void mark(struct walk *walk, s64 i, u8 marks)
{
	if (i >= 0 && i < walk->cfg->n)
		walk->cfg->facts[i].marks |= marks;
}

static struct alv_subprog *subprog_of(struct walk *walk, u32 i)
{
	return &walk->cfg->subprogs[alv_cfg_subprog_of(walk->cfg, i)];
}

static void mark_call(struct walk *walk, u32 i)
{
	const struct bpf_insn *insn = &walk->cfg->insns[i];
	struct alv_call_facts facts = { 0 };

	/* A return is as much a jump as a call. */
	mark(walk, (s64)i + 1, ALV_MARK_PRUNE | ALV_MARK_JUMP);
	if (alv_insn_is_subprog_call(insn)) {
		mark(walk, i, ALV_MARK_PRUNE);
		return;
	}
	if (walk->rules->call)
		facts = walk->rules->call(walk->rules->data, insn);
	if (facts.traits & ALV_CALL_ASYNC_CALLBACK)
		mark(walk, i, ALV_MARK_PRUNE);
	if (facts.traits & ALV_CALL_SYNC_CALLBACK)
		mark(walk, i,
		     ALV_MARK_CALLBACK | ALV_MARK_CHECKPOINT | ALV_MARK_PRUNE |
			     ALV_MARK_JUMP);
	if (facts.traits & ALV_CALL_ITER_NEXT)
		mark(walk, i, ALV_MARK_PRUNE | ALV_MARK_CHECKPOINT);
	if (facts.traits & ALV_CALL_SLEEPS)
		subprog_of(walk, i)->sleeps = true;
	if (facts.traits & ALV_CALL_CHANGES_PACKET)
		subprog_of(walk, i)->changes_packet = true;
}

static void mark_insn(struct walk *walk, u32 i, const struct edges *edges)
{
	const struct bpf_insn *insn = &walk->cfg->insns[i];

	if (alv_insn_is_call(insn))
		mark_call(walk, i);
	else if (alv_insn_is_conditional(insn))
		mark(walk, i, ALV_MARK_PRUNE);
	if (alv_insn_is_may_goto(insn))
		mark(walk, i, ALV_MARK_CHECKPOINT);
	if (alv_insn_is_func_load(insn)) {
		mark(walk, i, ALV_MARK_PRUNE);
		mark(walk, (s64)i + 2, ALV_MARK_PRUNE | ALV_MARK_JUMP);
	}
	for (u32 e = 0; e < edges->n; e++) {
		if (edges->branch[e] || is_goto(insn))
			mark(walk, edges->to[e],
			     ALV_MARK_PRUNE | ALV_MARK_JUMP | ALV_MARK_TARGET);
	}
}

static void merge_effects(struct walk *walk, u32 caller, u32 callee)
{
	struct alv_subprog *to = subprog_of(walk, caller),
			   *from = subprog_of(walk, callee);

	to->changes_packet |= from->changes_packet;
	to->sleeps |= from->sleeps;
}

static void push(struct walk *walk, u32 i)
{
	walk->state[i] = 1;
	walk->stack[walk->depth++] = i;
}

static int fail_range(struct walk *walk, u32 from, s64 to)
{
	alv_isa_fail(walk->error, -EINVAL, from, "jump out of range from insn %u to %d",
		     from, (s32)to);
	walk->error->lines[walk->error->n_lines++] = from;
	return -EINVAL;
}

static int fail_back_edge(struct walk *walk, u32 from, u32 to)
{
	alv_isa_fail(walk->error, -EINVAL, from, "back-edge from insn %u to %u", from,
		     to);
	walk->error->lines[walk->error->n_lines++] = from;
	walk->error->lines[walk->error->n_lines++] = to;
	return -EINVAL;
}

/* One more edge of the instruction on top of the stack. */
static int step(struct walk *walk)
{
	u32 i = walk->stack[walk->depth - 1];
	struct edges edges = edges_of(walk->cfg, i);
	u32 followed = walk->state[i] - 1;
	s64 to;

	if (!followed)
		mark_insn(walk, i, &edges);
	else if (leads_to_subprog(&walk->cfg->insns[i]))
		merge_effects(walk, i, edges.to[1]);
	if (followed == edges.n) {
		walk->state[i] = EXPLORED;
		walk->depth--;
		return 0;
	}
	to = edges.to[followed];
	if (to < 0 || to >= walk->cfg->n)
		return fail_range(walk, i, to);
	walk->state[i]++;
	if (!walk->state[to])
		push(walk, to);
	else if (walk->state[to] != EXPLORED && !walk->rules->may_call)
		return fail_back_edge(walk, i, to);
	return 0;
}

static int walk_from(struct walk *walk, u32 start)
{
	int err = 0;

	push(walk, start);
	while (!err && walk->depth)
		err = step(walk);
	return err;
}

static int check_reached(struct walk *walk)
{
	const struct alv_cfg *cfg = walk->cfg;

	for (u32 i = 0; i < cfg->n; i++) {
		if (walk->state[i] != EXPLORED)
			return alv_isa_fail(walk->error, -EINVAL, i,
					    "unreachable insn %u", i);
		if (!alv_insn_is_ldimm64(&cfg->insns[i]))
			continue;
		if (walk->state[i + 1])
			return alv_isa_fail(walk->error, -EINVAL, i,
					    "jump into the middle of ldimm64 insn %u", i);
		i++;
	}
	return 0;
}

int alv_cfg_walk(struct alv_cfg *cfg, const struct alv_cfg_rules *rules,
		 struct alv_isa_error *error)
{
	ALV_AUTO(mem) u8 *state = calloc(cfg->n, sizeof(*state));
	ALV_AUTO(mem) u32 *stack = calloc(cfg->n, sizeof(*stack));
	struct walk walk = { cfg, rules, error, state, stack, 0 };
	u32 callback = cfg->subprogs[cfg->exception_callback].start;
	int err;

	if (!state || !stack)
		return alv_isa_fail(error, -ENOMEM, 0, "%s", "");
	err = walk_from(&walk, 0);
	if (!err && state[callback] != EXPLORED)
		err = walk_from(&walk, callback);
	return err ? err : check_reached(&walk);
}

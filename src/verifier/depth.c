/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stack along chains of calls: all frames of a chain share 512 bytes. The chains are
 * walked over the program's text, so that callbacks count as calls. Where nothing can
 * interrupt a program with itself, large frames are elsewhere and count alone.
 */
#include "verifier/env.h"

#define ROUND        16 /* how the compiled program rounds frames up */
#define MAX_BELOW_TAIL_CALL 256
#define LARGE        64 /* frames of this size get a place of their own */

/* Types whose programs never run twice at a time on a CPU. */
static const struct {
	u32 type;
	enum alv_kernel since;
} never_nested[] = {
	{ BPF_PROG_TYPE_KPROBE, V6_13 },
	{ BPF_PROG_TYPE_TRACEPOINT, V6_13 },
	{ BPF_PROG_TYPE_PERF_EVENT, V6_13 },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, V6_13 },
};

struct walk {
	u32 subprog;
	u32 insn;
	s32 depth;
	bool own_stacks; /* frames may have their own place */
	u32 n_frames;
	struct {
		u32 insn;
		u32 subprog;
	} callers[ALV_MAX_FRAMES];
};

static s32 size_of(const struct alv_env *env, u32 subprog)
{
	return (s32)alv_round_up(env->functions[subprog].stack_depth, ROUND);
}

static int check_callback(struct alv_env *env, const struct walk *walk)
{
	bool callback = env->functions[walk->subprog].is_callback;

	if (!env->cfg.subprogs[walk->subprog].has_ld_abs)
		return 0;
	for (u32 i = 0; i < walk->n_frames && !callback; i++)
		callback = env->functions[walk->callers[i].subprog].is_callback;
	if (!callback)
		return 0;
	alv_say(env, LD_ABS_CALLBACK);
	return -EINVAL;
}

/* Room for the frame. */
static int claim(struct alv_env *env, struct walk *walk)
{
	struct alv_function *function = &env->functions[walk->subprog];
	s32 size = size_of(env, walk->subprog);

	if (!walk->own_stacks)
		function->shared_stack = true;
	if (walk->own_stacks && !function->shared_stack && size >= LARGE)
		function->own_stack = true;
	if (!function->own_stack)
		walk->depth += size;
	else if (size > ALV_STACK_SIZE)
		alv_say(env, STACK_OWN, walk->subprog, size);
	if (walk->depth > ALV_STACK_SIZE)
		alv_say(env, STACK_COMBINED, walk->n_frames + 1, walk->depth);
	return size > ALV_STACK_SIZE || walk->depth > ALV_STACK_SIZE ? -EACCES : 0;
}

static int enter(struct alv_env *env, struct walk *walk)
{
	const struct alv_subprog *subprog = &env->cfg.subprogs[walk->subprog];
	int err = check_callback(env, walk);

	if (err)
		return err;
	if (walk->subprog && subprog->has_tail_call && walk->depth >= MAX_BELOW_TAIL_CALL) {
		alv_say(env, STACK_DEEP_TAIL_CALL, walk->depth);
		return -EACCES;
	}
	walk->insn = subprog->start;
	return claim(env, walk);
}

/* The next call of the function; false: there is none. */
static bool find_call(const struct alv_env *env, struct walk *walk, u32 *ret_callee)
{
	u32 end = env->cfg.subprogs[walk->subprog + 1].start;

	for (; walk->insn < end; walk->insn++) {
		const struct bpf_insn *insn = &env->insns[walk->insn];
		int callee;

		if (!alv_insn_is_subprog_call(insn) && !alv_insn_is_func_load(insn))
			continue;
		callee = alv_cfg_subprog_at(&env->cfg, alv_cfg_callee(&env->cfg, walk->insn));
		if (callee < 0 || (env->functions[callee].is_async_callback &&
				   !alv_insn_is_subprog_call(insn)))
			continue;
		*ret_callee = (u32)callee;
		return true;
	}
	return false;
}

static int check_callee(struct alv_env *env, const struct walk *walk)
{
	if (!env->functions[walk->subprog].is_exception_callback)
		return 0;
	alv_say(env, EXCEPTION_CALLED, walk->callers[walk->n_frames - 1].insn - 1);
	return -EINVAL;
}

/* Programs that the kernel keeps from interrupting themselves, without tail calls. */
static bool has_own_stacks(const struct alv_env *env)
{
	const struct alv_prog_traits *traits = &env->request->traits;

	for (u32 i = 0; i < env->cfg.n_subprogs; i++)
		if (env->cfg.subprogs[i].has_tail_call)
			return false;
	for (size_t i = 0; i < ALV_COUNT(never_nested); i++)
		if (never_nested[i].type == traits->type->type)
			return never_nested[i].since <= traits->kernel;
	return false;
}

static int check_from(struct alv_env *env, u32 subprog)
{
	struct walk walk = {
		.subprog = subprog,
		.own_stacks = !subprog && has_own_stacks(env),
	};
	u32 callee;
	int err = enter(env, &walk);

	while (!err) {
		if (find_call(env, &walk, &callee)) {
			walk.callers[walk.n_frames].insn = walk.insn + 1;
			walk.callers[walk.n_frames++].subprog = walk.subprog;
			walk.subprog = callee;
			if (walk.n_frames >= ALV_MAX_FRAMES) {
				alv_say(env, TOO_DEEP_STATIC, walk.n_frames);
				return -E2BIG;
			}
			err = check_callee(env, &walk);
			if (!err)
				err = enter(env, &walk);
			continue;
		}
		if (!walk.n_frames)
			return 0;
		if (!env->functions[walk.subprog].own_stack)
			walk.depth -= size_of(env, walk.subprog);
		walk.n_frames--;
		walk.insn = walk.callers[walk.n_frames].insn;
		walk.subprog = walk.callers[walk.n_frames].subprog;
	}
	return err;
}

/* Stack that only spills around inlined calls used is not needed any more. */
static void drop_fastcall_stack(struct alv_env *env, u32 subprog)
{
	const struct alv_subprog *s = &env->cfg.subprogs[subprog];

	for (u32 i = s[0].start; i < s[1].start && !s->keep_fastcall_stack; i++) {
		if (!env->cfg.facts[i].spills)
			continue;
		env->functions[subprog].stack_depth = (u32)-(s32)s->fastcall_stack_off;
		return;
	}
}

int alv_check_stack_depth(struct alv_env *env)
{
	for (u32 i = 0; i < env->cfg.n_subprogs; i++)
		drop_fastcall_stack(env, i);
	for (s32 i = (s32)env->cfg.n_subprogs - 1; i >= 0; i--) {
		int err;

		if (i && !env->functions[i].is_async_callback)
			continue;
		err = check_from(env, (u32)i);
		if (err)
			return err;
	}
	return 0;
}

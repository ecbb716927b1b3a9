/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the program that helpers call: what each helper hands them. Those that
 * run later, when the program is long over, are verified as programs of their own.
 */
#include "verifier/call.h"
#include "verifier/dynptr.h"
#include "verifier/kernel_type.h"
#include "verifier/live.h"
#include "verifier/prototype.h"

static void set_map_reg(struct alv_reg *reg, enum alv_reg_base base, const struct alv_reg *map)
{
	alv_reg_set_pointer(reg, base, 0);
	reg->map = map->map;
	reg->map_uid = map->map_uid;
}

static int set_map_elem_args(struct alv_env *env, const struct alv_frame *caller,
			     struct alv_frame *callee)
{
	const struct alv_reg *map = &caller->regs[BPF_REG_1];

	callee->regs[BPF_REG_1] = *map;
	set_map_reg(&callee->regs[BPF_REG_2], ALV_REG_MAP_KEY, map);
	set_map_reg(&callee->regs[BPF_REG_3], ALV_REG_MAP_VALUE, map);
	callee->regs[BPF_REG_4] = caller->regs[BPF_REG_3];
	return 0;
}

static int set_loop_args(struct alv_env *env, const struct alv_frame *caller,
			 struct alv_frame *callee)
{
	alv_env_set_unknown(env, &callee->regs[BPF_REG_1]);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	return 0;
}

/* The timer's map, and where the timer is in it. */
static int set_timer_args(struct alv_env *env, const struct alv_frame *caller,
			  struct alv_frame *callee)
{
	static const u8 bases[] = { ALV_REG_MAP, ALV_REG_MAP_KEY, ALV_REG_MAP_VALUE };
	const struct alv_reg *timer = &caller->regs[BPF_REG_1];

	for (u32 i = 0; i < ALV_COUNT(bases); i++) {
		struct alv_reg *reg = &callee->regs[BPF_REG_1 + i];

		alv_reg_set_pointer(reg, bases[i], 0);
		reg->map = timer->map;
	}
	return 0;
}

/* A sample of a user ring buffer. */
static int set_sample_args(struct alv_env *env, const struct alv_frame *caller,
			   struct alv_frame *callee)
{
	alv_dynptr_set_pointer(env, &callee->regs[BPF_REG_1], ALV_DYNPTR_KIND_LOCAL);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	return 0;
}

/* A task, and its mapping at an address. */
static int set_mapping_args(struct alv_env *env, const struct alv_frame *caller,
			    struct alv_frame *callee)
{
	u32 id = alv_kernel_struct(env, "vm_area_struct");

	if (!id)
		return -EINVAL;
	callee->regs[BPF_REG_1] = caller->regs[BPF_REG_1];
	alv_reg_set_struct(env, &callee->regs[BPF_REG_2], alv_env_vmlinux(env), id, 0);
	callee->regs[BPF_REG_3] = caller->regs[BPF_REG_4];
	return 0;
}

typedef int set_args_fn(struct alv_env *env, const struct alv_frame *caller,
			struct alv_frame *callee);

static const struct callback {
	u32 helper;
	set_args_fn *set_args;
	s32 max_result; /* from 0 on */
	bool async;     /* it runs later, on nobody's behalf */
} callbacks[] = {
	{ BPF_FUNC_for_each_map_elem, set_map_elem_args, 1, false },
	{ BPF_FUNC_find_vma, set_mapping_args, 1, false },
	{ BPF_FUNC_loop, set_loop_args, 1, false },
	{ BPF_FUNC_timer_set_callback, set_timer_args, 0, true },
	{ BPF_FUNC_user_ringbuf_drain, set_sample_args, 1, false },
};

static const struct callback *find_callback(u32 helper)
{
	for (size_t i = 0; i < ALV_COUNT(callbacks); i++)
		if (callbacks[i].helper == helper)
			return &callbacks[i];
	return NULL;
}

/* The types of maps that can be walked. */
static bool is_walkable(const struct alv_checked_map *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return true;
	default:
		return false;
	}
}

/* A loop without flags over one function can be inlined. */
static int record_loop(struct alv_env *env, u32 subprog)
{
	struct alv_insn_verdict *facts = &env->facts[env->insn];
	bool plain = alv_reg_is_null(alv_env_reg(env, BPF_REG_4));

	if (facts->loop_seen && !facts->loops_plainly)
		return 0;
	facts->loops_plainly = plain && (!facts->loop_seen || facts->callback == subprog);
	facts->loop_seen = true;
	facts->callback = subprog;
	return plain ? alv_mark_precise(env, BPF_REG_4) : 0;
}

/* bpf_loop() has run the callback as often as it may. */
static int check_loop_end(struct alv_env *env, bool *ret_ended)
{
	struct alv_frame *frame = alv_env_frame(env);
	int err = alv_mark_precise(env, BPF_REG_1);

	*ret_ended = frame->callback_depth >= frame->regs[BPF_REG_1].val.umax;
	if (err || !*ret_ended)
		return err;
	frame->callback_depth = 0;
	if (alv_env_logs(env, ALV_REPORT_LEVEL2))
		alv_trace(env, "frame%d bpf_loop iteration limit reached\n", env->state->top);
	return 0;
}

static int push_async(struct alv_env *env, const struct callback *callback, u32 subprog)
{
	struct alv_frame *caller = alv_env_frame(env), *callee;
	int err;

	env->functions[subprog].is_async_callback = true;
	err = alv_push_async(env, subprog, &callee);
	if (err)
		return err;
	callee->async_entries = caller->async_entries + 1;
	callee->in_async_callback = true;
	return callback->set_args(env, caller, callee);
}

static int push_sync(struct alv_env *env, const struct callback *callback, u32 subprog)
{
	struct alv_frame *caller = alv_env_frame(env), *callee;
	struct alv_state *state;
	int err;

	err = alv_push(env, env->cfg.subprogs[subprog].start, (s32)env->insn, &state);
	if (!err)
		err = alv_enter(env, state, subprog, env->insn, &callee);
	if (!err)
		err = callback->set_args(env, caller, callee);
	if (err)
		return err;
	callee->in_callback = true;
	callee->returns = (struct alv_ret_range){ .max = callback->max_result, .checked = true };
	state->callback_unrolls++;
	state->frames[state->top - 1]->callback_depth++;
	caller->callback_depth = 0;
	return 0;
}

int alv_push_callback(struct alv_env *env, const struct alv_call *call)
{
	const struct callback *callback = find_callback(call->helper->id);
	bool loop = call->helper->id == BPF_FUNC_loop, ended = false;
	int err = loop ? record_loop(env, call->subprog) : 0;

	if (!callback)
		return -ENOENT;
	if (!err && loop)
		err = check_loop_end(env, &ended);
	if (err || ended)
		return err;
	if (call->helper->id == BPF_FUNC_for_each_map_elem && !is_walkable(call->map)) {
		alv_say(env, CALLBACK_MAP);
		return -ALV_ENOTSUPP;
	}
	err = alv_prototype_check_call(env, call->subprog);
	if (err == -EFAULT)
		return err;
	env->functions[call->subprog].is_callback = true;
	return callback->async ? push_async(env, callback, call->subprog)
			       : push_sync(env, callback, call->subprog);
}

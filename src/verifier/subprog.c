/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/subprog.h"

#include <stdlib.h>

#include "verifier/call.h"
#include "verifier/dynptr.h"
#include "verifier/kernel_type.h"
#include "verifier/live.h"
#include "verifier/print.h"
#include "verifier/prototype.h"
#include "verifier/prune.h"

int alv_subprog_read_info(struct alv_env *env)
{
	const struct alv_verifier_request *request = env->request;

	for (u32 i = 0; i < env->cfg.n_subprogs; i++)
		env->functions[i].name = "";
	if (!request->btf)
		return 0;
	for (u32 i = 0; i < request->n_func_info && i < env->cfg.n_subprogs; i++) {
		const struct btf_type *type;

		type = alv_btf_type(request->btf, request->func_info[i].type_id);
		if (!type || !alv_btf_is(type, BTF_KIND_FUNC))
			return -EINVAL;
		env->functions[i].name = alv_btf_name(request->btf, type);
		env->functions[i].is_global = alv_btf_vlen(type) == BTF_FUNC_GLOBAL;
	}
	return 0;
}

static void set_arg(struct alv_env *env, struct alv_reg *reg, const struct alv_param *param)
{
	switch (param->kind) {
	case ALV_PARAM_NUMBER:
		alv_env_set_unknown(env, reg);
		break;
	case ALV_PARAM_CTX:
		alv_reg_set_pointer(reg, ALV_REG_CTX, 0);
		break;
	case ALV_PARAM_STRUCT:
		alv_reg_set_struct(env, reg, alv_env_vmlinux(env),
				   alv_kernel_struct(env, param->struct_name),
				   (param->untrusted ? ALV_UNTRUSTED : ALV_TRUSTED) |
					   (param->may_be_null ? ALV_MAYBE_NULL : 0));
		if (!reg->id)
			reg->id = alv_env_new_id(env);
		break;
	case ALV_PARAM_MEMORY:
		if (param->untrusted) {
			alv_reg_set_pointer(reg, ALV_REG_MEM, ALV_RDONLY | ALV_UNTRUSTED);
			break;
		}
		alv_reg_set_pointer(reg, ALV_REG_MEM, param->may_be_null ? ALV_MAYBE_NULL : 0);
		reg->mem_size = param->size;
		if (param->may_be_null)
			reg->id = alv_env_new_id(env);
		break;
	case ALV_PARAM_DYNPTR:
		alv_dynptr_set_pointer(env, reg, ALV_DYNPTR_KIND_LOCAL);
		break;
	}
}

int alv_subprog_set_args(struct alv_env *env, u32 subprog)
{
	struct alv_frame *frame = alv_env_frame(env);
	struct alv_function *function = &env->functions[subprog];
	int err = 0;

	if (!subprog) {
		/* The kernel calls it with its context, whatever the prototype says. */
		if (env->request->n_func_info && alv_prototype_read(env, 0))
			function->unreliable = true;
		alv_reg_set_pointer(&frame->regs[BPF_REG_1], ALV_REG_CTX, 0);
		return 0;
	}
	alv_trace(env, "Validating %s() func#%d...\n", function->name, subprog);
	err = alv_prototype_read(env, subprog);
	if (!err)
		err = alv_subprog_check_exception_callback(env, subprog);
	for (u32 i = 0; !err && i < function->n_params; i++)
		set_arg(env, &frame->regs[BPF_REG_1 + i], &function->params[i]);
	return err;
}

int alv_enter(struct alv_env *env, struct alv_state *state, u32 subprog, u32 callsite,
	      struct alv_frame **ret_callee)
{
	u32 number = state->top + 1;
	struct alv_frame *callee;

	if (number >= ALV_MAX_FRAMES) {
		alv_say(env, TOO_DEEP, number + 1);
		return -E2BIG;
	}
	callee = calloc(1, sizeof(*callee));
	if (!callee)
		return -ENOMEM;
	alv_frame_init(callee, callsite, number, subprog, !env->capable);
	state->frames[number] = callee;
	alv_env_touch_all(env);
	state->top = number;
	*ret_callee = callee;
	return 0;
}

/* A global function is verified by itself: only its prototype counts here. */
static int call_global(struct alv_env *env, u32 subprog, int err)
{
	const char *name = env->functions[subprog].name;

	if (env->state->n_locks) {
		alv_say(env, GLOBAL_LOCK);
		return -EINVAL;
	}
	if (err) {
		alv_say(env, GLOBAL_BAD_ARGS, subprog, name);
		return err;
	}
	alv_trace(env, "Func#%d ('%s') is global and assumed valid.\n", subprog, name);
	if (env->cfg.subprogs[subprog].changes_packet)
		alv_packet_forget_all(env->state, !env->may_leak);
	env->functions[subprog].was_called = true;
	alv_env_clear_caller_saved(env, alv_env_frame(env));
	alv_env_set_unknown(env, alv_env_reg(env, BPF_REG_0));
	return 0;
}

int alv_step_call(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	int subprog = alv_cfg_subprog_at(&env->cfg, alv_cfg_callee(&env->cfg, env->insn));
	struct alv_frame *caller = alv_env_frame(env), *callee;
	int err;

	if (subprog < 0)
		return -EFAULT;
	/* Static functions are followed with whatever they are given. */
	err = alv_prototype_check_call(env, (u32)subprog);
	if (env->functions[subprog].is_global)
		return call_global(env, (u32)subprog, err);
	err = alv_enter(env, env->state, (u32)subprog, env->insn, &callee);
	if (err)
		return err;
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++)
		callee->regs[i] = caller->regs[i];
	alv_env_clear_caller_saved(env, caller);
	*next = env->cfg.subprogs[subprog].start;
	alv_live_leave(env);
	if (!alv_env_logs(env, ALV_LOG_ANY))
		return 0;
	alv_trace(env, "caller:\n");
	alv_print_state(env, env->state, env->state->top - 1, true);
	alv_trace(env, "callee:\n");
	alv_print_state(env, env->state, env->state->top, true);
	return 0;
}

static void drop_top(struct alv_state *state)
{
	alv_frame_fini(state->frames[state->top]);
	free(state->frames[state->top]);
	state->frames[state->top--] = NULL;
}

static int finish_callback(struct alv_env *env, const struct alv_frame *callee)
{
	if (!alv_reg_is_scalar(&callee->regs[BPF_REG_0])) {
		alv_say(env, CALLBACK_NOT_SCALAR);
		return -EACCES;
	}
	return alv_check_range(env, callee->returns, "At callback return");
}

int alv_step_return(struct alv_env *env, u32 *next)
{
	struct alv_state *state = env->state, *previous;
	struct alv_frame *callee = alv_env_frame(env), *caller = state->frames[state->top - 1];
	bool callback = callee->in_callback;
	int err = alv_live_update(env);

	if (err)
		return err;
	if (alv_reg_is(&callee->regs[BPF_REG_0], ALV_REG_STACK)) {
		alv_say(env, STACK_RETURNED);
		return -EINVAL;
	}
	if (callback)
		err = finish_callback(env, callee);
	else
		caller->regs[BPF_REG_0] = callee->regs[BPF_REG_0];
	if (err)
		return err;
	/* A callback's caller runs it again, or goes on. */
	*next = callback ? callee->callsite : callee->callsite + 1;
	if (alv_env_logs(env, ALV_LOG_ANY)) {
		alv_trace(env, "returning from callee:\n");
		alv_print_state(env, state, state->top, true);
		alv_trace(env, "to caller at %d:\n", *next);
		alv_print_state(env, state, state->top - 1, true);
	}
	drop_top(state);
	previous = callback ? alv_prune_previous(env, state, *next) : NULL;
	if (previous)
		alv_prune_widen(env, previous, state);
	return 0;
}

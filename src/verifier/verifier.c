/* SPDX-License-Identifier: BSD-2-Clause */
/* The phases of a check, in the kernel's order: the first fault is the one reported. */
#include "verifier/verifier.h"

#include <stdlib.h>

#include "verifier/explore.h"
#include "verifier/info.h"
#include "verifier/kernel_type.h"
#include "verifier/kfunc.h"
#include "verifier/live.h"
#include "verifier/print.h"
#include "verifier/subprog.h"

/* Of Linux 6.2. */
#define ALV_BPF_MAP_TYPE_CGRP_STORAGE 32

static int say_isa_error(struct alv_env *env, int err, const struct alv_isa_error *error)
{
	if (err && error->text[0])
		alv_trace(env, "%s\n", error->text);
	return err;
}

static struct alv_call_facts kfunc_facts(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_kfunc *kfunc = alv_kfunc_of(env, insn);
	struct alv_call_facts facts = { .traits = ALV_CALL_KNOWN };
	bool returns_void;

	if (!kfunc)
		return (struct alv_call_facts){};
	facts.n_args = (u8)alv_kfunc_n_args(env, insn, &returns_void);
	if (returns_void)
		facts.traits |= ALV_CALL_VOID;
	if (kfunc->flags & ALV_KFUNC_FASTCALL)
		facts.traits |= ALV_CALL_FASTCALL;
	if (kfunc->flags & ALV_KFUNC_ITER_NEXT)
		facts.traits |= ALV_CALL_ITER_NEXT;
	if (kfunc->flags & ALV_KFUNC_SLEEPS)
		facts.traits |= ALV_CALL_SLEEPS;
	return facts;
}

static int find_kfunc(void *data, u32 insn)
{
	return alv_kfunc_find(data, insn);
}

static struct alv_call_facts call_facts(void *data, const struct bpf_insn *insn)
{
	struct alv_env *env = data;
	const struct alv_prog_traits *traits = &env->request->traits;
	const struct alv_helper *helper = NULL;
	struct alv_call_facts facts = {};
	u32 id = (u32)insn->imm;

	if (alv_insn_is_kfunc_call(insn))
		return kfunc_facts(env, insn);
	if (!alv_insn_is_helper_call(insn))
		return facts;
	if (id == BPF_FUNC_for_each_map_elem || id == BPF_FUNC_loop || id == BPF_FUNC_find_vma ||
	    id == BPF_FUNC_user_ringbuf_drain)
		facts.traits |= ALV_CALL_SYNC_CALLBACK;
	if (id == BPF_FUNC_timer_set_callback)
		facts.traits |= ALV_CALL_ASYNC_CALLBACK;
	helper = alv_helper_by_id(id);
	if (helper && (helper->flags & ALV_HELPER_CHANGES_PACKET))
		facts.traits |= ALV_CALL_CHANGES_PACKET;
	if (traits->type->helper && helper)
		helper = traits->type->helper(traits, id);
	if (!helper)
		return facts;
	facts.traits |= ALV_CALL_KNOWN;
	if (helper->ret == ALV_RET_VOID)
		facts.traits |= ALV_CALL_VOID;
	if (helper->flags & ALV_HELPER_FASTCALL)
		facts.traits |= ALV_CALL_FASTCALL;
	if (helper->flags & ALV_HELPER_SLEEPS)
		facts.traits |= ALV_CALL_SLEEPS;
	while (facts.n_args < ALV_HELPER_ARGS &&
	       helper->args[facts.n_args].base != ALV_ARG_NONE)
		facts.n_args++;
	return facts;
}

static bool is_tracing(u32 type)
{
	return type == BPF_PROG_TYPE_KPROBE || type == BPF_PROG_TYPE_TRACEPOINT ||
	       type == BPF_PROG_TYPE_PERF_EVENT || type == BPF_PROG_TYPE_RAW_TRACEPOINT ||
	       type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE;
}

static bool is_for_sleepers(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case ALV_BPF_MAP_TYPE_CGRP_STORAGE:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		return true;
	default:
		return false;
	}
}

static int check_map(struct alv_env *env, const struct alv_checked_map *map)
{
	const struct alv_prog_traits *traits = &env->request->traits;

	if (alv_record_has(map->record, ALV_FIELDS_ROOT) && is_tracing(traits->type->type)) {
		alv_say(env, ROOT_TRACING);
		return -EINVAL;
	}
	if (alv_record_has(map->record, ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK)) {
		if (traits->type->type == BPF_PROG_TYPE_SOCKET_FILTER) {
			alv_say(env, LOCK_SOCKET_FILTER);
			return -EINVAL;
		}
		if (is_tracing(traits->type->type)) {
			alv_say(env, LOCK_TRACING);
			return -EINVAL;
		}
	}
	if (is_tracing(traits->type->type)) {
		if (alv_record_has(map->record, ALV_FIELD_TIMER)) {
			alv_say(env, TIMER_TRACING);
			return -EINVAL;
		}
		if (alv_record_has(map->record, ALV_FIELD_WORKQUEUE)) {
			alv_say(env, WORKQUEUE_TRACING);
			return -EINVAL;
		}
	}
	if (traits->sleepable && !is_for_sleepers(map->type)) {
		alv_say(env, SLEEPABLE_MAP);
		return -EINVAL;
	}
	return 0;
}

static int use_map(struct alv_env *env, const struct alv_checked_map *map)
{
	struct alv_verdict *verdict = env->verdict;
	int err;

	for (u32 i = 0; i < verdict->n_maps; i++)
		if (verdict->maps[i] == map)
			return 0;
	if (verdict->n_maps == ALV_VERIFIER_MAX_MAPS) {
		alv_say(env, TOO_MANY_MAPS, ALV_VERIFIER_MAX_MAPS);
		return -E2BIG;
	}
	err = check_map(env, map);
	if (!err)
		verdict->maps[verdict->n_maps++] = map;
	return err;
}

/* A descriptor that stands beside the instructions. */
static int use_descriptor(struct alv_env *env, u32 i)
{
	const struct alv_verifier_names *names = &env->request->names;
	const struct alv_checked_map *map = NULL;
	s32 fd;
	int err = names->fd_at(names->data, (s32)i, &fd);

	if (err)
		return err == -EPROTO ? -EFAULT : err;
	err = names->map_or_btf(names->data, fd, &map);
	if (err == -EBADF || err == -EINVAL)
		alv_say(env, BAD_LISTED_FD, fd);
	return err || !map ? err : use_map(env, map);
}

static int use_listed(struct alv_env *env)
{
	u32 n = env->request->n_listed;
	int err = 0;

	if (n >= UINT32_MAX / sizeof(s32)) {
		alv_say(env, LIST_TOO_LONG, n);
		return -EINVAL;
	}
	for (u32 i = 0; i < n && !err; i++)
		err = use_descriptor(env, i);
	return err;
}

static int check_value(struct alv_env *env, u32 insn, const struct alv_checked_map *map)
{
	u32 off = (u32)env->insns[insn + 1].imm;

	if (off >= ALV_MAX_OFFSET) {
		alv_say(env, VALUE_OFFSET, off);
		return -EINVAL;
	}
	if (!map->direct) {
		alv_say(env, STR_NO_VALUE);
		return -EINVAL;
	}
	if (map->max_entries != 1) {
		alv_say(env, VALUE_OUTSIDE, map->value_size, off);
		return -ALV_ENOTSUPP;
	}
	if (off >= map->value_size) {
		alv_say(env, VALUE_OUTSIDE, map->value_size, off);
		return -EINVAL;
	}
	env->facts[insn].map_offset = off;
	return 0;
}

static int resolve_map(struct alv_env *env, u32 i)
{
	const struct alv_verifier_names *names = &env->request->names;
	const struct bpf_insn *insn = &env->insns[i];
	bool by_index = insn->src_reg == BPF_PSEUDO_MAP_IDX ||
			insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	bool value = insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
		     insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	const struct alv_checked_map *map;
	s32 fd = insn->imm;
	int err = 0;

	if (insn->src_reg > BPF_PSEUDO_MAP_IDX_VALUE || (!value && insn[1].imm)) {
		alv_say(env, UNKNOWN_LDIMM64);
		return -EINVAL;
	}
	if (by_index)
		err = names->fd_at(names->data, insn->imm, &fd);
	if (err) {
		if (err == -EPROTO)
			alv_say(env, NO_FD_ARRAY);
		return err;
	}
	err = names->map(names->data, fd, &map);
	if (err == -EBADF || err == -EINVAL)
		alv_say(env, BAD_MAP_FD, fd);
	if (err)
		return err;
	err = use_map(env, map);
	if (err)
		return err;
	env->facts[i].map = map;
	return value ? check_value(env, i, map) : 0;
}

static int check_form(struct alv_env *env)
{
	for (u32 i = 0; i < env->n_insns; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		struct alv_isa_error error = {};
		int err = alv_insn_check_form(env->request->traits.kernel,
					      env->insns, env->n_insns, i, &error);

		if (err)
			return say_isa_error(env, err, &error);
		if (!alv_insn_is_ldimm64(insn))
			continue;
		if (insn->src_reg == BPF_PSEUDO_BTF_ID)
			err = alv_resolve_ksym(env, i);
		else if (insn->src_reg && insn->src_reg != BPF_PSEUDO_FUNC)
			err = resolve_map(env, i);
		if (err)
			return err;
		i++;
	}
	return 0;
}

static int find_structure(struct alv_env *env, const struct alv_cfg_rules *rules)
{
	struct alv_isa_error error = {};
	int err = use_listed(env);

	if (!err)
		err = alv_check_func_types(env);
	if (err)
		return err;
	err = alv_cfg_find_subprogs(&env->cfg, rules, &error);
	if (err)
		return say_isa_error(env, err, &error);
	err = alv_subprog_find_exception_callback(env);
	if (err)
		return err;
	if (alv_env_logs(env, ALV_REPORT_LEVEL2))
		for (u32 i = 0; i < env->cfg.n_subprogs; i++)
			alv_trace(env, "func#%d @%d\n", i, env->cfg.subprogs[i].start);
	err = alv_cfg_check_subprogs(&env->cfg, &error);
	return say_isa_error(env, err, &error);
}

/* Functions without type information can't do everything. */
static int check_untyped(struct alv_env *env)
{
	for (u32 i = 1; !env->request->n_func_info && i < env->cfg.n_subprogs; i++) {
		if (env->cfg.subprogs[i].has_ld_abs) {
			alv_say(env, NO_BTF_LD_ABS);
			return -EINVAL;
		}
		if (env->cfg.subprogs[i].has_tail_call) {
			alv_say(env, NO_BTF_TAIL_CALL);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_sleep(struct alv_env *env)
{
	const struct alv_prog_traits *traits = &env->request->traits;
	u32 type = traits->type->type;

	if (traits->type->must_sleep && !traits->sleepable) {
		alv_say(env, SYSCALL_SLEEPS);
		return -EINVAL;
	}
	if (!traits->sleepable || traits->type->must_sleep || type == BPF_PROG_TYPE_KPROBE)
		return 0;
	alv_say(env, CANNOT_SLEEP);
	return -EINVAL;
}

static int find_flow(struct alv_env *env, const struct alv_cfg_rules *rules)
{
	struct alv_isa_error error = {};
	int err = alv_cfg_walk(&env->cfg, rules, &error);

	if (err)
		return say_isa_error(env, err, &error);
	err = alv_cfg_find_postorder(&env->cfg);
	if (!err)
		err = check_sleep(env);
	if (!err)
		err = alv_cfg_find_loops(&env->cfg);
	if (!err)
		err = alv_cfg_find_live(&env->cfg, rules);
	if (err)
		return err;
	if (alv_env_logs(env, ALV_REPORT_LEVEL2))
		alv_print_live(env);
	alv_cfg_find_fastcalls(&env->cfg, rules);
	return 0;
}

/* Global functions that something verified calls, until there is no new one. */
static int explore_globals(struct alv_env *env)
{
	bool again = true;
	bool done[ALV_MAX_SUBPROGS] = {};

	while (again) {
		again = false;
		for (u32 i = 1; i < env->cfg.n_subprogs; i++) {
			const struct alv_function *function = &env->functions[i];
			int err;

			if (!function->is_global || !function->was_called || done[i])
				continue;
			err = alv_explore(env, i);
			if (err)
				return err;
			if (alv_env_logs(env, ALV_LOG_ANY))
				alv_trace(env,
					  "Func#%d ('%s') is safe for any args that match "
					  "its prototype\n",
					  i, function->name);
			done[i] = true;
			again = true;
		}
	}
	return 0;
}

static int check_unresolved(struct alv_env *env)
{
	for (u32 i = 0; i < env->n_insns; i++) {
		if (!env->facts[i].seen || !alv_insn_is_kfunc_call(&env->insns[i]) ||
		    env->insns[i].imm)
			continue;
		alv_say(env, KFUNC_UNRESOLVED);
		return -EINVAL;
	}
	return 0;
}

/* Spills and fills around calls that need none; false: there are none in this function. */
static bool drop_spills(struct alv_env *env, const struct alv_subprog *subprog)
{
	bool dropped = false;

	for (u32 i = subprog[0].start; i < subprog[1].start; i++) {
		for (u32 pair = 1; pair <= env->cfg.facts[i].spills; pair++) {
			env->facts[i - pair].dropped = true;
			env->facts[i + pair].dropped = true;
			dropped = true;
		}
	}
	return dropped;
}

static void drop_all_spills(struct alv_env *env)
{
	for (u32 i = 0; i < env->cfg.n_subprogs; i++) {
		const struct alv_subprog *subprog = &env->cfg.subprogs[i];

		if (drop_spills(env, subprog) && !subprog->keep_fastcall_stack)
			env->functions[i].stack_depth = (u32)-subprog->fastcall_stack_off;
	}
}

static void describe_functions(const struct alv_env *env, struct alv_verdict *verdict)
{
	verdict->n_functions = env->cfg.n_subprogs;
	for (u32 i = 0; i < env->cfg.n_subprogs; i++)
		verdict->functions[i] = (struct alv_checked_function){
			.start = env->cfg.subprogs[i].start,
			.stack_depth = env->functions[i].stack_depth,
		};
}

static int check(struct alv_env *env)
{
	const struct alv_cfg_rules rules = {
		.may_call = env->capable,
		.data = env,
		.call = call_facts,
		.kfunc = find_kfunc,
	};
	int err = find_structure(env, &rules);

	if (!err)
		err = check_untyped(env);
	if (!err)
		err = alv_check_info(env);
	if (!err)
		err = alv_subprog_read_info(env);
	if (!err)
		err = check_form(env);
	if (!err)
		err = find_flow(env, &rules);
	if (!err)
		err = alv_explore(env, 0);
	if (!err)
		err = explore_globals(env);
	if (!err) {
		drop_all_spills(env);
		err = alv_check_stack_depth(env);
	}
	return err ? err : check_unresolved(env);
}

static void read_rights(struct alv_env *env)
{
	const struct alv_verifier_request *request = env->request;
	const struct alv_authority *authority = &request->traits.authority;

	env->capable = alv_may_bpf(authority);
	env->all_precise = request->observer && request->observer->precise;
	env->may_leak = alv_may_perfmon(authority);
	env->may_read_uninit = env->may_leak;
	env->bypass_v1 = env->may_leak;
	env->bypass_v4 = env->may_leak;
	env->strict_alignment = (request->flags & BPF_F_STRICT_ALIGNMENT) &&
				!(request->flags & BPF_F_ANY_ALIGNMENT);
	env->test_states = env->capable && (request->flags & BPF_F_TEST_STATE_FREQ);
	env->test_invariants =
		env->capable && (request->flags & ALV_BPF_F_TEST_REG_INVARIANTS);
}

int alv_verify(const struct alv_verifier_request *request, struct alv_verdict *ret_verdict)
{
	struct alv_env *env = calloc(1, sizeof(*env));
	int err = env ? 0 : -ENOMEM;

	*ret_verdict = (struct alv_verdict){};
	if (err)
		return err;
	env->started_ns = alv_print_clock();
	env->request = request;
	env->verdict = ret_verdict;
	env->insns = request->insns;
	env->n_insns = request->n_insns;
	read_rights(env);
	env->facts = calloc(request->n_insns, sizeof(*env->facts));
	ret_verdict->facts = env->facts;
	err = env->facts ? alv_cfg_init(&env->cfg, request->insns, request->n_insns) : -ENOMEM;
	if (!err)
		err = alv_live_new(&env->live);
	if (!err) {
		alv_env_touch_all(env);
		err = check(env);
		alv_print_stats(env, !err);
	}
	ret_verdict->processed = env->n_processed;
	ret_verdict->stack_depth = env->functions[0].stack_depth;
	describe_functions(env, ret_verdict);
	alv_live_free(env->live);
	alv_cfg_fini(&env->cfg);
	free(env);
	return err;
}

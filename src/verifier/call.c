/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/call.h"

#include <stdio.h>

#include "helper/format.h"
#include "verifier/dynptr.h"
#include "verifier/kernel_type.h"
#include "verifier/kptr.h"
#include "verifier/print.h"

#define MAX_ERRNO 4095

const char *alv_helper_text(char text[ALV_HELPER_TEXT], u32 id)
{
	const struct alv_helper *helper = alv_helper_by_id(id);

	if (!id)
		snprintf(text, ALV_HELPER_TEXT, "bpf_unspec");
	else
		snprintf(text, ALV_HELPER_TEXT, "%s%s", helper ? "bpf_" : "",
			 helper ? helper->name : "unknown");
	return text;
}

static int find_helper(struct alv_env *env, u32 id, struct alv_call *call)
{
	const struct alv_prog_traits *traits = &env->request->traits;
	const struct alv_helper *helper = NULL;
	char text[ALV_HELPER_TEXT];

	alv_helper_text(text, id);
	if (id && !alv_helper_by_id(id)) {
		alv_say(env, BAD_HELPER, text, id);
		return -EINVAL;
	}
	if (id && traits->type->helper)
		helper = traits->type->helper(traits, id);
	if (!helper) {
		alv_say(env, HELPER_NOT_FOR_TYPE, text, id);
		return -EINVAL;
	}
	if (!traits->gpl && (helper->flags & ALV_HELPER_GPL)) {
		alv_say(env, GPL_ONLY);
		return -EINVAL;
	}
	if (helper->flags & ALV_HELPER_REFUSED) {
		alv_say(env, HELPER_REFUSED);
		return -EINVAL;
	}
	if (!alv_env_may_sleep(env) && (helper->flags & ALV_HELPER_SLEEPS)) {
		alv_say(env, HELPER_SLEEPS);
		return -EINVAL;
	}
	call->helper = helper;
	if (!(helper->flags & ALV_HELPER_SLEEPS))
		return 0;
	if (env->state->in_rcu) {
		alv_say(env, RCU_HELPER_SLEEPS, text, id);
		return -EINVAL;
	}
	if (env->state->preempt_locks) {
		alv_say(env, PREEMPT_HELPER_SLEEPS, text, id);
		return -EINVAL;
	}
	return 0;
}

static bool names_its_map(u32 id)
{
	switch (id) {
	case BPF_FUNC_tail_call:
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem:
	case BPF_FUNC_for_each_map_elem:
	case BPF_FUNC_redirect_map:
	case BPF_FUNC_map_lookup_percpu_elem:
		return true;
	default:
		return false;
	}
}

static bool changes_map(u32 id)
{
	return id == BPF_FUNC_map_delete_elem || id == BPF_FUNC_map_update_elem ||
	       id == BPF_FUNC_map_push_elem || id == BPF_FUNC_map_pop_elem;
}

/* Which map is the call made with: one, or several? */
static int record_map(struct alv_env *env, const struct alv_call *call)
{
	struct alv_insn_verdict *facts = &env->facts[env->insn];
	u32 id = call->helper->id;

	if (!names_its_map(id))
		return 0;
	if (!call->map)
		return -EINVAL;
	if ((call->map->flags & BPF_F_RDONLY_PROG) && changes_map(id)) {
		alv_say(env, MAP_NO_UPDATE);
		return -EACCES;
	}
	if (!facts->calls_with_maps)
		facts->call_map = call->map;
	else if (facts->call_map != call->map)
		facts->call_map = NULL;
	facts->calls_with_maps = true;
	return 0;
}

/* The index of a tail call that is a constant lets the engine jump directly. */
static int record_key(struct alv_env *env, const struct alv_call *call)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_3);

	if (call->helper->id != BPF_FUNC_tail_call)
		return 0;
	if (!call->map || call->map->type != BPF_MAP_TYPE_PROG_ARRAY) {
		alv_say(env, TAIL_CALL_MAP);
		return -EINVAL;
	}
	if (!alv_reg_is_const(reg) || reg->val.bits.value >= call->map->max_entries)
		return 0;
	return alv_mark_precise(env, BPF_REG_3);
}

/* The helper writes these bytes of the stack. */
static int write_raw(struct alv_env *env, const struct alv_call *call)
{
	for (u32 i = 0; i < call->raw.size; i++) {
		struct alv_mem_access access = {
			.pointer = call->raw.number,
			.off = (s32)i,
			.size = 1,
			.kind = ALV_ACCESS_WRITE,
			.value = -1,
		};
		int err = alv_check_mem(env, &access);

		if (err)
			return err;
	}
	return 0;
}

static int give_back(struct alv_env *env, const struct alv_call *call)
{
	char text[ALV_HELPER_TEXT];
	int err = -EINVAL;

	if (!call->release)
		return 0;
	if (call->helper->args[call->release - BPF_REG_1].base == ALV_ARG_DYNPTR)
		err = alv_dynptr_release(env, alv_env_reg(env, call->release));
	else if (call->ref)
		err = call->kptr ? alv_kptr_release(env, call) : alv_release(env, call->ref);
	else if (alv_reg_is_null(alv_env_reg(env, call->release)))
		err = 0;
	if (err)
		alv_say(env, NOT_ACQUIRED, alv_helper_text(text, call->helper->id),
			call->helper->id);
	return err;
}

/* Memory that others may hold for longer than the program runs must be a map's. */
static int check_dynptr_memory(struct alv_env *env)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_1);
	char text[ALV_TYPE_TEXT];

	if (alv_reg_is(reg, ALV_REG_MAP_VALUE))
		return 0;
	alv_say(env, DYNPTR_MEMORY, alv_type_text(text, reg->type));
	return -EACCES;
}

/* bpf_snprintf(): its format is known, so it is read before any program runs. */
static int check_format(struct alv_env *env)
{
	const struct alv_reg *text = alv_env_reg(env, BPF_REG_3);
	u64 size = alv_env_reg(env, BPF_REG_5)->val.bits.value;
	s64 at = text->off + (s64)text->val.bits.value;
	int err;

	if (size % sizeof(u64))
		return -EINVAL;
	err = alv_format_check((const char *)text->map->value(text->map) + at,
			       text->map->value_size - (u32)at, (u32)(size / sizeof(u64)));
	if (err)
		alv_say(env, BAD_FORMAT);
	return err;
}

static int check_special(struct alv_env *env, struct alv_call *call)
{
	const struct alv_reg *dynptr;
	int err;

	switch (call->helper->id) {
	case BPF_FUNC_tail_call:
		return alv_check_no_leak(env, false, "tail_call");
	case BPF_FUNC_get_local_storage:
		if (!alv_reg_is_null(alv_env_reg(env, BPF_REG_2))) {
			alv_say(env, STORAGE_FLAGS);
			return -EINVAL;
		}
		return 0;
	case BPF_FUNC_snprintf:
		return check_format(env);
	case BPF_FUNC_dynptr_from_mem:
		return check_dynptr_memory(env);
	case BPF_FUNC_dynptr_data:
		dynptr = alv_dynptr_of(env, alv_env_reg(env, BPF_REG_1));
		call->dynptr_id = dynptr->id;
		call->ref = dynptr->ref;
		return 0;
	case BPF_FUNC_dynptr_write:
		dynptr = alv_dynptr_of(env, alv_env_reg(env, BPF_REG_1));
		call->changes_packet |= dynptr->dynptr == ALV_DYNPTR_KIND_SKB;
		return 0;
	default:
		err = alv_push_callback(env, call);
		return err == -ENOENT ? 0 : err;
	}
}

static const struct {
	u8 ret;
	u8 base;
} pointer_results[] = {
	{ ALV_RET_MAP_VALUE, ALV_REG_MAP_VALUE },     { ALV_RET_SOCKET, ALV_REG_SOCKET },
	{ ALV_RET_SOCK_COMMON, ALV_REG_SOCK_COMMON }, { ALV_RET_TCP_SOCK, ALV_REG_TCP_SOCK },
	{ ALV_RET_MEM, ALV_REG_MEM },
};

/* A constant key inside an array: there is a value. */
static bool finds_for_sure(const struct alv_call *call)
{
	return call->helper->id == BPF_FUNC_map_lookup_elem && call->has_key &&
	       call->key < call->map->max_entries;
}

static int set_pointer_result(struct alv_env *env, const struct alv_call *call, u32 base,
			      bool certain)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	u32 flags = call->helper->ret_flags;

	if (certain)
		flags &= ~(u32)ALV_MAYBE_NULL;
	alv_reg_set_pointer(r0, base, flags);
	r0->precise = false;
	if (base == ALV_REG_MEM)
		r0->mem_size = call->mem_size;
	if (base != ALV_REG_MAP_VALUE)
		return 0;
	r0->map = call->map;
	r0->map_uid = call->map_uid;
	if (!(flags & ALV_MAYBE_NULL) &&
	    alv_record_has(call->map->record, ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK))
		r0->id = alv_env_new_id(env);
	return 0;
}

static int set_struct_result(struct alv_env *env, const struct alv_call *call)
{
	const struct alv_helper *helper = call->helper;
	u32 id = alv_kernel_struct(env, helper->ret_btf_type);
	char text[ALV_HELPER_TEXT];

	if (!id) {
		alv_say(env, NO_RESULT_TYPE, helper->ret, alv_helper_text(text, helper->id),
			helper->id);
		return -EINVAL;
	}
	alv_reg_set_struct(env, alv_env_reg(env, BPF_REG_0), alv_env_vmlinux(env), id,
			   helper->ret_flags);
	return 0;
}

/* One CPU's copy of a variable: a struct, or memory. */
static int set_percpu_result(struct alv_env *env, const struct alv_call *call)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	const struct btf_type *type;
	u32 id = call->btf_id, size;

	type = alv_btf_skip_modifiers(call->btf, id, NULL);
	if (type && alv_btf_is_composite(type)) {
		alv_reg_set_struct(env, r0, call->btf, id,
				   call->helper->ret_flags & ~(u32)ALV_RDONLY);
		return 0;
	}
	if (!type || !alv_btf_sized(call->btf, &id, &size)) {
		alv_say(env, KSYM_NO_SIZE, type ? alv_btf_name(call->btf, type) : "", -EINVAL);
		return -EINVAL;
	}
	alv_reg_set_pointer(r0, ALV_REG_MEM, call->helper->ret_flags);
	r0->precise = false;
	r0->mem_size = size;
	return 0;
}

static int set_result(struct alv_env *env, const struct alv_call *call, bool certain)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);

	if (call->helper->ret == ALV_RET_INTEGER) {
		alv_env_set_unknown(env, r0);
		return 0;
	}
	if (call->helper->ret == ALV_RET_VOID)
		return 0;
	for (size_t i = 0; i < ALV_COUNT(pointer_results); i++)
		if (pointer_results[i].ret == call->helper->ret)
			return set_pointer_result(env, call, pointer_results[i].base, certain);
	if (call->kptr) {
		alv_kptr_set_result(env, call);
		return 0;
	}
	if (call->helper->ret == ALV_RET_BTF_ID)
		return set_struct_result(env, call);
	if (call->helper->ret == ALV_RET_MEM_OR_BTF_ID)
		return set_percpu_result(env, call);
	return -EFAULT;
}

static bool acquires(const struct alv_call *call)
{
	const struct alv_checked_map *map = call->map;

	if (call->helper->flags & ALV_HELPER_ACQUIRES)
		return true;
	return call->helper->id == BPF_FUNC_map_lookup_elem && map &&
	       (map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH);
}

/* The same object under another type. */
static bool casts(u32 id)
{
	switch (id) {
	case BPF_FUNC_tcp_sock:
	case BPF_FUNC_sk_fullsock:
	case BPF_FUNC_skc_to_tcp_sock:
	case BPF_FUNC_skc_to_tcp6_sock:
	case BPF_FUNC_skc_to_udp6_sock:
	case BPF_FUNC_skc_to_mptcp_sock:
	case BPF_FUNC_skc_to_tcp_timewait_sock:
	case BPF_FUNC_skc_to_tcp_request_sock:
		return true;
	default:
		return false;
	}
}

static int own_result(struct alv_env *env, const struct alv_call *call)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	int err;

	if (alv_reg_maybe_null(r0) && !r0->id)
		r0->id = alv_env_new_id(env);
	r0->dynptr_id = call->dynptr_id;
	if (casts(call->helper->id) || call->helper->id == BPF_FUNC_dynptr_data) {
		r0->ref = call->ref;
	} else if (acquires(call)) {
		err = alv_acquire(env, env->insn, &r0->ref);
		if (err)
			return err;
		r0->id = r0->ref;
	}
	return 0;
}

static void set_range(struct alv_scalar *s, s32 min, s32 max)
{
	s->smin = s->s32_min = min;
	s->smax = s->s32_max = max;
}

/* What is known of some helpers' results. */
static int refine_result(struct alv_env *env, const struct alv_call *call)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	u32 cpus = env->request->n_cpus;

	if (call->helper->ret != ALV_RET_INTEGER)
		return 0;
	switch (call->helper->id) {
	case BPF_FUNC_get_stack:
	case BPF_FUNC_get_task_stack:
	case BPF_FUNC_probe_read_str:
	case BPF_FUNC_probe_read_kernel_str:
	case BPF_FUNC_probe_read_user_str:
		set_range(&r0->val, -MAX_ERRNO, (s32)call->max_size);
		break;
	case BPF_FUNC_get_smp_processor_id:
		set_range(&r0->val, 0, (s32)cpus - 1);
		r0->val.umax = r0->val.u32_max = cpus - 1;
		break;
	default:
		return 0;
	}
	alv_scalar_sync(&r0->val);
	return alv_check_bounds(env, r0, "retval");
}

/* bpf_get_func_ip(): more types of programs have the helper than may call it. */
static int check_func_ip(struct alv_env *env, const struct alv_call *call)
{
	u32 type = env->request->traits.type->type, id = call->helper->id;
	char text[ALV_HELPER_TEXT];

	if (id != BPF_FUNC_get_func_ip || type == BPF_PROG_TYPE_KPROBE)
		return 0;
	alv_say(env, FUNC_IP_TYPE, alv_helper_text(text, id), id, type);
	return -ALV_ENOTSUPP;
}

/*
 * From a function, a tail call that succeeds ends the function with any result, and
 * the packet may be another. One that fails changed nothing.
 */
static int leave_by_tail_call(struct alv_env *env, u32 *next)
{
	struct alv_state *other;
	int err;

	alv_env_touch_reg(env, BPF_REG_0);
	err = alv_push(env, env->insn + 1, (s32)env->insn, &other);
	if (err)
		return err;
	alv_packet_forget_all(env->state, !env->may_leak);
	alv_env_set_unknown(env, alv_env_reg(env, BPF_REG_0));
	return alv_step_return(env, next);
}

static int leave(struct alv_env *env, const struct alv_call *call, u32 *next)
{
	if (call->helper->id == BPF_FUNC_tail_call)
		return env->state->top ? leave_by_tail_call(env, next) : 0;
	if (call->changes_packet)
		alv_packet_forget_all(env->state, !env->may_leak);
	return 0;
}

int alv_step_helper(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	struct alv_call call = {};
	bool certain;
	int err = find_helper(env, (u32)insn->imm, &call);

	if (!err)
		call.changes_packet = call.helper->flags & ALV_HELPER_CHANGES_PACKET;
	for (u32 i = 0; !err && i < ALV_HELPER_ARGS; i++)
		err = alv_check_arg(env, &call, i);
	if (!err)
		err = record_map(env, &call);
	if (!err)
		err = record_key(env, &call);
	if (!err)
		err = write_raw(env, &call);
	if (!err)
		err = give_back(env, &call);
	if (!err)
		err = check_special(env, &call);
	if (err)
		return err;
	certain = finds_for_sure(&call);
	alv_env_clear_caller_saved(env, alv_env_frame(env));
	err = set_result(env, &call, certain);
	if (!err)
		err = own_result(env, &call);
	if (!err)
		err = refine_result(env, &call);
	if (!err)
		err = alv_check_map_rule(env, &call);
	if (!err)
		err = check_func_ip(env, &call);
	return err ? err : leave(env, &call, next);
}

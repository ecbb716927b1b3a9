/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/kfunc.h"

#include "verifier/dynptr.h"
#include "verifier/iter.h"
#include "verifier/kernel_type.h"
#include "verifier/object.h"

static const struct btf_type *function_type(struct alv_env *env, u32 id)
{
	const struct alv_btf *btf = alv_env_vmlinux(env);
	const struct btf_type *type = btf ? alv_btf_type(btf, id) : NULL;

	return type && alv_btf_is(type, BTF_KIND_FUNC) ? type : NULL;
}

static const struct btf_type *prototype(struct alv_env *env, const struct btf_type *function)
{
	const struct btf_type *type = alv_btf_type(alv_env_vmlinux(env), function->type);

	return type && alv_btf_is(type, BTF_KIND_FUNC_PROTO) ? type : NULL;
}

const char *alv_kfunc_name(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct btf_type *type = insn->off ? NULL : function_type(env, (u32)insn->imm);

	return type ? alv_btf_name(alv_env_vmlinux(env), type) : "";
}

const struct alv_kfunc *alv_kfunc_of(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_verifier_request *request = env->request;
	const struct alv_kfunc *kfunc;

	kfunc = alv_kfunc_by_name(request->traits.kernel, alv_kfunc_name(env, insn));
	if (!kfunc || !alv_kfunc_is_for(kfunc, request->traits.type->type) ||
	    (!kfunc->call && !request->has_all_kfuncs))
		return NULL;
	return kfunc;
}

u32 alv_kfunc_n_args(struct alv_env *env, const struct bpf_insn *insn, bool *ret_void)
{
	const struct btf_type *proto = prototype(env, function_type(env, (u32)insn->imm));

	*ret_void = proto && !proto->type;
	return proto ? alv_btf_vlen(proto) : 0;
}

/* Functions of modules; there are none. */
static int find_in_module(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_verifier_names *names = &env->request->names;
	s32 fd;
	int err = -EINVAL;

	if (insn->off < 0) {
		alv_say(env, KFUNC_OFFSET);
	} else {
		err = names->fd_at(names->data, insn->off, &fd);
		if (err == -EPROTO) {
			alv_say(env, KFUNC_NO_ARRAY);
		} else if (!err) {
			alv_say(env, KFUNC_NO_MODULE);
			err = -EINVAL;
		}
	}
	alv_say(env, KFUNC_NO_BTF);
	return err;
}

int alv_kfunc_find(struct alv_env *env, u32 insn)
{
	const struct bpf_insn *call = &env->insns[insn];
	const struct btf_type *type;

	if (!alv_env_vmlinux(env)) {
		alv_say(env, KFUNC_NO_VMLINUX);
		return -ALV_ENOTSUPP;
	}
	if (!env->request->traits.gpl) {
		alv_say(env, KFUNC_GPL);
		return -EINVAL;
	}
	if (!call->imm && !call->off)
		return 0;
	if (call->off)
		return find_in_module(env, call);
	type = function_type(env, (u32)call->imm);
	if (!type) {
		alv_say(env, KFUNC_NO_FUNCTION, (u32)call->imm);
		return -EINVAL;
	}
	if (!prototype(env, type)) {
		alv_say(env, KFUNC_NO_PROTO, (u32)call->imm);
		return -EINVAL;
	}
	env->facts[insn].kfunc = alv_kfunc_of(env, call);
	return 0;
}

static int begin(struct alv_env *env, const struct bpf_insn *insn, struct alv_kfunc_call *call)
{
	const struct alv_kfunc *kfunc = env->facts[env->insn].kfunc;

	if (!kfunc) {
		alv_say(env, KFUNC_NOT_ALLOWED, alv_kfunc_name(env, insn));
		return -EACCES;
	}
	if ((kfunc->flags & ALV_KFUNC_SLEEPS) && !alv_env_may_sleep(env)) {
		alv_say(env, KFUNC_SLEEPS, kfunc->name);
		return -EACCES;
	}
	call->kfunc = kfunc;
	call->type_id = (u32)insn->imm;
	call->proto = prototype(env, function_type(env, call->type_id));
	return 0;
}

/* Behind the critical section, what RCU protected may be gone. */
static void end_rcu(struct alv_state *state)
{
	for (u32 f = 0; f <= state->top; f++) {
		struct alv_frame *frame = state->frames[f];

		for (u32 i = 0; i < ALV_N_REGS + frame->n_slots; i++) {
			struct alv_slot *slot = i < ALV_N_REGS ? NULL
							       : &frame->slots[i - ALV_N_REGS];
			struct alv_reg *reg = slot ? &slot->spilled : &frame->regs[i];

			if (slot && !alv_slot_is_spill(slot) &&
			    slot->bytes[ALV_REG_SIZE - 1] != ALV_STACK_ITER)
				continue;
			if (!(reg->type.flags & ALV_RCU_MEM))
				continue;
			reg->type.flags &= ~(u32)(ALV_RCU_MEM | ALV_MAYBE_NULL);
			reg->type.flags |= ALV_UNTRUSTED;
		}
	}
	state->in_rcu = false;
}

static int step_rcu(struct alv_env *env, const struct alv_kfunc *kfunc)
{
	struct alv_state *state = env->state;
	bool lock = kfunc->id == ALV_KFUNC_ID_bpf_rcu_read_lock;
	bool unlock = kfunc->id == ALV_KFUNC_ID_bpf_rcu_read_unlock;

	if (lock && state->in_rcu) {
		alv_say(env, RCU_NESTED, kfunc->name);
		return -EINVAL;
	}
	if (unlock && !state->in_rcu) {
		alv_say(env, RCU_UNMATCHED, kfunc->name);
		return -EINVAL;
	}
	if (state->in_rcu && (kfunc->flags & ALV_KFUNC_SLEEPS)) {
		alv_say(env, RCU_KFUNC_SLEEPS, kfunc->name);
		return -EACCES;
	}
	if (lock)
		state->in_rcu = true;
	else if (unlock)
		end_rcu(state);
	return 0;
}

static int step_preemption(struct alv_env *env, const struct alv_kfunc *kfunc)
{
	struct alv_state *state = env->state;

	if (kfunc->id == ALV_KFUNC_ID_bpf_preempt_disable) {
		state->preempt_locks++;
	} else if (kfunc->id == ALV_KFUNC_ID_bpf_preempt_enable) {
		if (!state->preempt_locks) {
			alv_say(env, PREEMPT_UNMATCHED, kfunc->name);
			return -EINVAL;
		}
		state->preempt_locks--;
	} else if (state->preempt_locks && (kfunc->flags & ALV_KFUNC_SLEEPS)) {
		alv_say(env, PREEMPT_KFUNC_SLEEPS, kfunc->name);
		return -EACCES;
	}
	return 0;
}

static int give_back(struct alv_env *env, const struct alv_kfunc_call *call)
{
	int err;

	if (!call->release)
		return 0;
	err = alv_release(env, alv_env_reg(env, call->release)->ref);
	if (err)
		alv_say(env, KFUNC_NOT_ACQUIRED, call->kfunc->name, call->type_id);
	return err;
}

static int set_cast(struct alv_env *env, const struct alv_kfunc_call *call, struct alv_reg *r0)
{
	const struct alv_btf *btf = alv_env_vmlinux(env);
	const struct btf_type *type;

	type = call->constant > UINT32_MAX ? NULL : alv_btf_type(btf, (u32)call->constant);
	if (!type) {
		alv_say(env, CAST_UNKNOWN, (long long)call->constant);
		return -EINVAL;
	}
	if (alv_btf_is_composite(type)) {
		alv_reg_set_struct(env, r0, btf, (u32)call->constant, ALV_UNTRUSTED);
		return 0;
	}
	if (!alv_btf_is(type, 0)) {
		alv_say(env, CAST_TYPE);
		return -EINVAL;
	}
	alv_reg_set_pointer(r0, ALV_REG_MEM, ALV_RDONLY | ALV_UNTRUSTED);
	r0->precise = false;
	return 0;
}

static int set_slice(struct alv_env *env, const struct alv_kfunc_call *call, struct alv_reg *r0)
{
	u32 flags = alv_dynptr_flag(call->dynptr);

	if (call->kfunc->id == ALV_KFUNC_ID_bpf_dynptr_slice) {
		flags |= ALV_RDONLY;
	} else if (!env->request->traits.type->writes_packet) {
		alv_say(env, SLICE_WRITE);
		return -EINVAL;
	}
	alv_reg_set_pointer(r0, ALV_REG_MEM, flags);
	r0->precise = false;
	r0->mem_size = (u32)call->constant;
	r0->dynptr_id = call->dynptr_id;
	return 0;
}

/* Memory of a type that is no struct: what the size says, or the type. */
static int set_memory(struct alv_env *env, const struct alv_kfunc_call *call, u32 id,
		      struct alv_reg *r0)
{
	const struct alv_btf *btf = alv_env_vmlinux(env);
	bool read_only = call->result_read_only;
	u32 size = call->result_size;

	if (!size && alv_btf_sized(btf, &id, &size))
		read_only = true;
	if (!size) {
		const struct btf_type *type = alv_btf_type(btf, id);

		alv_say(env, KFUNC_RESULT, call->kfunc->name, alv_type_kind(type),
			alv_btf_name(btf, type));
		return -EINVAL;
	}
	alv_reg_set_pointer(r0, ALV_REG_MEM, read_only ? ALV_RDONLY : 0);
	r0->precise = false;
	r0->mem_size = size;
	r0->ref = call->ref;
	if (call->kfunc->flags & ALV_KFUNC_RCU_PROTECTED)
		r0->type.flags |= ALV_RCU_MEM;
	return 0;
}

static void set_struct(struct alv_env *env, const struct alv_kfunc_call *call, u32 id,
		       struct alv_reg *r0)
{
	const struct alv_reg *iter;
	u32 flags = 0;

	if (call->kfunc->flags & ALV_KFUNC_RCU_PROTECTED)
		flags = ALV_RCU_MEM;
	if (call->kfunc->flags & ALV_KFUNC_ITER_NEXT) {
		iter = &env->state->frames[call->iter_frame]->slots[call->iter_slot].spilled;
		flags |= iter->type.flags & ALV_RCU_MEM ? ALV_RCU_MEM : ALV_TRUSTED;
	}
	alv_reg_set_struct(env, r0, alv_env_vmlinux(env), id, flags);
}

static int set_pointer(struct alv_env *env, const struct alv_kfunc_call *call, u32 target)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	const struct btf_type *type;
	u32 id;

	type = alv_btf_skip_modifiers(alv_env_vmlinux(env), target, &id);
	if (!type)
		return -EINVAL;
	switch (call->kfunc->id) {
	case ALV_KFUNC_ID_bpf_cast_to_kern_ctx:
		alv_reg_set_struct(env, r0, alv_env_vmlinux(env), call->result_id, ALV_TRUSTED);
		return 0;
	case ALV_KFUNC_ID_bpf_rdonly_cast:
		return set_cast(env, call, r0);
	case ALV_KFUNC_ID_bpf_dynptr_slice:
	case ALV_KFUNC_ID_bpf_dynptr_slice_rdwr:
		return set_slice(env, call, r0);
	default:
		break;
	}
	if (alv_btf_is(type, 0)) {
		alv_env_set_unknown(env, r0);
		return 0;
	}
	if (!alv_btf_is_composite(type))
		return set_memory(env, call, id, r0);
	set_struct(env, call, id, r0);
	return 0;
}

static int own_result(struct alv_env *env, const struct alv_kfunc_call *call)
{
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	bool null = call->kfunc->flags & ALV_KFUNC_RET_NULL;
	int err;

	if (null) {
		r0->type.flags |= ALV_MAYBE_NULL;
		r0->id = alv_env_new_id(env);
	}
	if (!(call->kfunc->flags & ALV_KFUNC_ACQUIRE))
		return 0;
	err = alv_acquire(env, env->insn, &r0->ref);
	if (!err && null)
		r0->id = r0->ref;
	return err;
}

static int set_result(struct alv_env *env, const struct alv_kfunc_call *call)
{
	const struct btf_type *type;
	int err;

	type = alv_btf_skip_modifiers(alv_env_vmlinux(env), call->proto->type, NULL);
	if (!type)
		return -EINVAL;
	if (alv_btf_is(type, 0))
		return 0;
	if (!alv_btf_is(type, BTF_KIND_PTR)) {
		alv_env_set_unknown(env, alv_env_reg(env, BPF_REG_0));
		return 0;
	}
	err = set_pointer(env, call, type->type);
	return err ? err : own_result(env, call);
}

int alv_step_kfunc(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_kfunc_call call = {};
	int err;

	/* What a loader could not resolve is judged when nothing removed it. */
	if (!insn->imm)
		return 0;
	err = begin(env, insn, &call);
	if (!err)
		err = alv_kfunc_check_args(env, &call);
	if (!err)
		err = step_rcu(env, call.kfunc);
	if (!err)
		err = step_preemption(env, call.kfunc);
	if (!err && (call.kfunc->flags & ALV_KFUNC_RCU_PROTECTED) && !alv_env_in_rcu(env)) {
		alv_say(env, KFUNC_WANTS_RCU, call.kfunc->name);
		err = -EACCES;
	}
	if (!err)
		err = give_back(env, &call);
	if (err)
		return err;
	alv_env_clear_caller_saved(env, alv_env_frame(env));
	err = set_result(env, &call);
	if (!err && (call.kfunc->flags & ALV_KFUNC_ITER_NEXT))
		err = alv_iter_step(env, &call);
	return err;
}

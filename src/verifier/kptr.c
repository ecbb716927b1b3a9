/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/kptr.h"

#include <string.h>

#include "verifier/kernel_type.h"
#include "verifier/object.h"
#include "verifier/print.h"

static const struct alv_field *find(const struct alv_record *record, s64 at, u32 kinds)
{
	for (u32 i = 0; record && i < record->count; i++)
		if ((record->fields[i].kind & kinds) && record->fields[i].offset == at)
			return &record->fields[i];
	return NULL;
}

const struct alv_field *alv_kptr_at(const struct alv_reg *reg, s32 off)
{
	if (!alv_scalar_is_const(&reg->val))
		return NULL;
	return find(reg->map->record, off + (s64)reg->val.bits.value, ALV_FIELDS_POINTER);
}

/* Whose type the field's target is. */
static const struct alv_btf *btf_of(struct alv_env *env, const struct alv_field *field,
				    const struct alv_checked_map *map)
{
	return field->in_kernel ? alv_env_vmlinux(env) : map->btf;
}

/* Structs that RCU keeps until its readers are done. */
static bool is_rcu_protected(const struct alv_reg *target)
{
	static const char *const names[] = {
		"prog_test_ref_kfunc", "cgroup", "bpf_cpumask", "task_struct", "bpf_crypto_ctx",
	};

	if (!target->btf->kernel)
		return true;
	for (size_t i = 0; i < ALV_COUNT(names); i++)
		if (!strcmp(names[i], alv_reg_type_name(target)))
			return true;
	return false;
}

static u32 flags_of_load(struct alv_env *env, const struct alv_field *field,
			 const struct alv_reg *target)
{
	bool percpu = field->kind == ALV_FIELD_KPTR_PERCPU;

	if (!alv_env_in_rcu(env) ||
	    (!percpu && (field->kind != ALV_FIELD_KPTR_REF || !is_rcu_protected(target))))
		return ALV_MAYBE_NULL | ALV_UNTRUSTED;
	if (percpu)
		return ALV_MAYBE_NULL | ALV_RCU_MEM | ALV_PERCPU_MEM;
	return ALV_MAYBE_NULL | ALV_RCU_MEM | (target->btf->kernel ? 0 : ALV_ALLOCATED);
}

static void load_uptr(struct alv_env *env, struct alv_reg *value, const struct alv_reg *target)
{
	const struct btf_type *type = alv_btf_type(target->btf, target->btf_id);

	alv_reg_set_pointer(value, ALV_REG_MEM, ALV_MAYBE_NULL);
	value->precise = false;
	value->mem_size = type ? type->size : 0;
	value->id = alv_env_new_id(env);
}

static int load(struct alv_env *env, const struct alv_mem_access *access,
		const struct alv_field *field, const struct alv_checked_map *map)
{
	const struct alv_reg target = { .btf = btf_of(env, field, map), .btf_id = field->target };
	struct alv_reg *value;

	if (access->value < 0 || !target.btf)
		return -EACCES;
	value = alv_env_reg(env, (u32)access->value);
	if (field->kind == ALV_FIELD_UPTR)
		load_uptr(env, value, &target);
	else
		alv_reg_set_struct(env, value, target.btf, target.btf_id,
				   flags_of_load(env, field, &target));
	return 0;
}

static bool flags_fit(const struct alv_field *field, const struct alv_reg *reg)
{
	u32 allowed = ALV_MAYBE_NULL;

	if (reg->btf->kernel) {
		allowed |= ALV_TRUSTED | ALV_RCU_MEM;
		if (field->kind == ALV_FIELD_KPTR_UNREF)
			allowed |= ALV_UNTRUSTED;
	} else {
		allowed |= ALV_ALLOCATED;
		if (field->kind == ALV_FIELD_KPTR_PERCPU)
			allowed |= ALV_PERCPU_MEM;
	}
	if (reg->type.flags & ~allowed)
		return false;
	return (field->kind == ALV_FIELD_KPTR_PERCPU) == !!(reg->type.flags & ALV_PERCPU_MEM);
}

static int refuse(struct alv_env *env, const struct alv_field *field, const struct alv_reg *reg,
		  u32 number, const struct alv_reg *target)
{
	const struct alv_type plain = { .base = ALV_REG_BTF_ID };
	const struct alv_type untrusted = { ALV_REG_BTF_ID, ALV_UNTRUSTED };
	char text[ALV_TYPE_TEXT];

	alv_say(env, KPTR_TYPE, number, alv_type_text(text, reg->type),
		reg->type.base == ALV_REG_BTF_ID && flags_fit(field, reg) ? alv_reg_type_name(reg)
									  : "");
	alv_say(env, KPTR_EXPECTED, alv_type_text(text, plain), alv_reg_type_name(target));
	if (field->kind == ALV_FIELD_KPTR_UNREF)
		alv_say(env, KPTR_OR, alv_type_text(text, untrusted), alv_reg_type_name(target));
	else
		alv_say(env, KPTR_END);
	return -EACCES;
}

int alv_kptr_check_value(struct alv_env *env, const struct alv_field *field,
			 const struct alv_checked_map *map, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_reg target = { .btf = btf_of(env, field, map), .btf_id = field->target };

	if (reg->type.base != ALV_REG_BTF_ID || !flags_fit(field, reg))
		return refuse(env, field, reg, number, &target);
	if (alv_check_fixed_offset(env, reg, number, true))
		return -EACCES;
	if (alv_type_holds(env, reg->btf, reg->btf_id, reg->off, target.btf, target.btf_id,
			   field->kind != ALV_FIELD_KPTR_UNREF,
			   !(reg->type.flags & ALV_ALLOCATED)))
		return 0;
	return refuse(env, field, reg, number, &target);
}

int alv_access_kptr(struct alv_env *env, const struct alv_mem_access *access,
		    const struct alv_field *field)
{
	const struct bpf_insn *insn = &env->insns[env->insn];
	const struct alv_checked_map *map = alv_env_reg(env, access->pointer)->map;
	u8 class = BPF_CLASS(insn->code);

	if (BPF_MODE(insn->code) != BPF_MEM) {
		alv_say(env, KPTR_MODE);
		return -EACCES;
	}
	if (class == BPF_LDX)
		return load(env, access, field, map);
	if (field->kind != ALV_FIELD_KPTR_UNREF) {
		if (field->kind == ALV_FIELD_UPTR)
			alv_say(env, UPTR_STORE);
		else
			alv_say(env, KPTR_STORE);
		return -EACCES;
	}
	if (class == BPF_STX)
		return alv_reg_is_null(alv_env_reg(env, (u32)access->value))
			       ? 0
			       : alv_kptr_check_value(env, field, map, (u32)access->value);
	if (class == BPF_ST && !insn->imm)
		return 0;
	if (class == BPF_ST)
		alv_say(env, KPTR_ST, field->offset);
	else
		alv_say(env, KPTR_CLASS);
	return -EACCES;
}

int alv_kptr_check_field(struct alv_env *env, struct alv_call *call, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_checked_map *map = reg->map;
	s32 at = reg->off + (s32)reg->val.bits.value;

	/* Objects of programs can't be looked into here: none can be allocated. */
	if (!map)
		return -EACCES;
	if (!map->btf) {
		alv_say(env, KPTR_NO_BTF, map->name);
		return -EINVAL;
	}
	call->map = map;
	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, FIELD_OFFSET, number, "kptr");
		return -EINVAL;
	}
	if (!alv_record_has(map->record, ALV_FIELDS_KPTR)) {
		alv_say(env, KPTR_NONE, number);
		return -EINVAL;
	}
	call->kptr = find(map->record, at, ALV_FIELDS_KPTR);
	if (!call->kptr) {
		alv_say(env, KPTR_ELSEWHERE, at);
		return -EACCES;
	}
	if (call->kptr->kind == ALV_FIELD_KPTR_UNREF) {
		alv_say(env, KPTR_UNREF, at);
		return -EACCES;
	}
	return 0;
}

void alv_kptr_set_result(struct alv_env *env, const struct alv_call *call)
{
	const struct alv_btf *btf = btf_of(env, call->kptr, call->map);
	u32 flags = call->helper->ret_flags;

	if (!btf->kernel)
		flags |= ALV_ALLOCATED;
	if (!btf->kernel && call->kptr->kind == ALV_FIELD_KPTR_PERCPU)
		flags |= ALV_PERCPU_MEM;
	alv_reg_set_struct(env, alv_env_reg(env, BPF_REG_0), btf, call->kptr->target, flags);
}

struct given {
	struct alv_env *env;
	u32 ref;
	bool in_rcu;
};

static void forget(struct alv_reg *reg, void *data)
{
	const struct given *given = data;
	const u32 percpu = ALV_ALLOCATED | ALV_PERCPU_MEM;

	if (reg->ref != given->ref)
		return;
	if (!given->in_rcu || (reg->type.flags & percpu) != percpu) {
		alv_reg_invalidate(given->env, reg);
		return;
	}
	/* Whoever reads it in the critical section still may. */
	reg->ref = 0;
	reg->type.flags &= ~(u32)ALV_ALLOCATED;
	reg->type.flags |= ALV_RCU_MEM;
}

int alv_kptr_release(struct alv_env *env, const struct alv_call *call)
{
	struct given given = { env, call->ref, alv_env_in_rcu(env) };
	int err = alv_state_drop_ref(env->state, ALV_REF_OBJECT, call->ref);

	if (!err)
		alv_state_each_reg(env->state, forget, &given);
	return err;
}

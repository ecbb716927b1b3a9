/* SPDX-License-Identifier: BSD-2-Clause */
/* Constants that are addresses of the kernel's variables and functions. */
#include "verifier/kernel_type.h"

#include <string.h>

/* Is the variable one that each CPU has its own of? */
static bool is_percpu(const struct alv_btf *btf, u32 variable)
{
	const struct btf_type *section;
	u32 id;

	if (alv_btf_find(btf, ".data..percpu", BTF_KIND_DATASEC, &id))
		return false;
	section = alv_btf_type(btf, id);
	for (u32 i = 0; i < alv_btf_vlen(section); i++)
		if (alv_btf_vars(section)[i].type == variable)
			return true;
	return false;
}

static int resolve_variable(struct alv_env *env, struct alv_insn_verdict *facts, u32 variable)
{
	const struct alv_btf *btf = facts->ksym_btf;
	u32 id = alv_btf_type(btf, variable)->type;
	const struct btf_type *type = alv_btf_skip_modifiers(btf, id, NULL);

	if (is_percpu(btf, variable)) {
		facts->ksym = (struct alv_type){ ALV_REG_BTF_ID, ALV_PERCPU_MEM };
		facts->ksym_id = id;
		return 0;
	}
	if (type && alv_btf_is_composite(type)) {
		facts->ksym = (struct alv_type){ .base = ALV_REG_BTF_ID };
		facts->ksym_id = id;
		return 0;
	}
	if (!type || !alv_btf_sized(btf, &id, &facts->ksym_size)) {
		alv_say(env, KSYM_NO_SIZE, type ? alv_btf_name(btf, type) : "", -EINVAL);
		return -EINVAL;
	}
	facts->ksym = (struct alv_type){ ALV_REG_MEM, ALV_RDONLY };
	return 0;
}

int alv_resolve_ksym(struct alv_env *env, u32 insn)
{
	struct alv_insn_verdict *facts = &env->facts[insn];
	const struct alv_btf *btf = alv_env_vmlinux(env);
	const struct alv_verifier_names *names = &env->request->names;
	u32 id = (u32)env->insns[insn].imm;
	const struct btf_type *type;

	/* There are no modules. */
	if (env->insns[insn + 1].imm) {
		alv_say(env, KSYM_MODULE);
		return -EINVAL;
	}
	if (!btf) {
		alv_say(env, KSYM_NO_VMLINUX);
		return -EINVAL;
	}
	type = alv_btf_type(btf, id);
	if (!type) {
		alv_say(env, KSYM_NO_TYPE, (s32)id);
		return -ENOENT;
	}
	if (!alv_btf_is(type, BTF_KIND_VAR) && !alv_btf_is(type, BTF_KIND_FUNC)) {
		alv_say(env, KSYM_NO_SYMBOL, (s32)id);
		return -EINVAL;
	}
	if (!names->has_symbol || !names->has_symbol(names->data, alv_btf_name(btf, type))) {
		alv_say(env, KSYM_NO_ADDRESS, alv_btf_name(btf, type));
		return -ENOENT;
	}
	facts->ksym_btf = btf;
	if (alv_btf_is(type, BTF_KIND_VAR))
		return resolve_variable(env, facts, id);
	facts->ksym = (struct alv_type){ ALV_REG_MEM, ALV_RDONLY };
	return 0;
}

void alv_load_ksym(struct alv_env *env, const struct alv_insn_verdict *facts, struct alv_reg *dst)
{
	if (facts->ksym.base == ALV_REG_BTF_ID) {
		alv_reg_set_struct(env, dst, facts->ksym_btf, facts->ksym_id, facts->ksym.flags);
		return;
	}
	alv_reg_set_pointer(dst, facts->ksym.base, facts->ksym.flags);
	dst->mem_size = facts->ksym_size;
}

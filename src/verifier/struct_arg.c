/* SPDX-License-Identifier: BSD-2-Clause */
/* Pointers to the kernel's structs as arguments of helpers. */
#include "verifier/call.h"
#include "verifier/kernel_type.h"
#include "verifier/kptr.h"
#include "verifier/print.h"

static bool is_memory(u8 base)
{
	return base == ALV_ARG_MEM || base == ALV_ARG_MAP_KEY || base == ALV_ARG_MAP_VALUE;
}

/* The struct that an argument wants; 0: the kernel has none such. */
static u32 wanted(struct alv_env *env, const struct alv_arg *arg)
{
	const char *name = arg->btf_type;

	if (arg->base == ALV_ARG_BTF_SOCK_COMMON)
		name = "sock_common";
	return alv_kernel_struct(env, name);
}

static const char *struct_name(struct alv_env *env, u32 id)
{
	const struct alv_reg reg = { .btf = alv_env_vmlinux(env), .btf_id = id };

	return alv_reg_type_name(&reg);
}

static bool null_refused(const struct alv_env *env, u32 number, const struct alv_arg *arg)
{
	return alv_reg_maybe_null(alv_env_reg(env, number)) &&
	       (!(arg->flags & ALV_MAYBE_NULL) || (arg->flags & ALV_RELEASES));
}

int alv_check_struct_arg(struct alv_env *env, const struct alv_call *call, u32 number,
			 const struct alv_arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	bool strict = call && (arg->flags & ALV_RELEASES) &&
		      call->helper->id != BPF_FUNC_sk_release;
	char helper[ALV_HELPER_TEXT], text[ALV_TYPE_TEXT];
	u32 id;

	if (is_memory(arg->base)) {
		if (arg->flags & ALV_RDONLY)
			return 0;
		alv_say(env, STRUCT_WRITTEN, alv_helper_text(helper, call->helper->id), number,
			alv_type_text(text, reg->type));
		return -EACCES;
	}
	if (call && call->kptr && number == BPF_REG_2 && !null_refused(env, number, arg))
		return alv_kptr_check_value(env, call->kptr, call->map, number);
	/* Of these the helper knows what to make. */
	if (reg->type.flags & (ALV_PERCPU_MEM | ALV_ALLOCATED))
		return 0;
	if (null_refused(env, number, arg)) {
		alv_say(env, STRUCT_NULL, number);
		return -EACCES;
	}
	id = wanted(env, arg);
	if (!id)
		return -EFAULT;
	if (alv_type_holds(env, reg->btf, reg->btf_id, reg->off, alv_env_vmlinux(env), id, strict,
			   true))
		return 0;
	alv_say(env, STRUCT_OTHER, number, alv_reg_type_name(reg), struct_name(env, id));
	return -EACCES;
}

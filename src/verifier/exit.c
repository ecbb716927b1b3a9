/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the program: is its result one that the hook understands? */
#include "verifier/print.h"

static int refuse_range(struct alv_env *env, const struct alv_reg *reg, struct alv_ret_range range,
			const char *where)
{
	bool bounded = false;

	alv_say(env, RETURN_AT, where, "R0");
	if (reg->val.smin > INT64_MIN) {
		alv_say(env, RETURN_MIN, (long long)reg->val.smin);
		bounded = true;
	}
	if (reg->val.smax < INT64_MAX) {
		alv_say(env, RETURN_MAX, (long long)reg->val.smax);
		bounded = true;
	}
	if (!bounded)
		alv_say(env, RETURN_ANY);
	alv_say(env, RETURN_RANGE, range.min, range.max);
	return -EINVAL;
}

int alv_check_range(struct alv_env *env, struct alv_ret_range range, const char *where)
{
	const struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	char text[ALV_TYPE_TEXT];
	int err;

	if (!alv_reg_is_scalar(r0)) {
		alv_say(env, RETURN_UNKNOWN, where, BPF_REG_0, alv_type_text(text, r0->type));
		return -EINVAL;
	}
	err = alv_mark_precise(env, BPF_REG_0);
	if (err)
		return err;
	if (r0->val.smin < range.min || r0->val.smax > range.max)
		return refuse_range(env, r0, range, where);
	return 0;
}

int alv_check_return(struct alv_env *env)
{
	const struct alv_prog_traits *traits = &env->request->traits;
	const struct alv_frame *frame = alv_env_frame(env);
	struct alv_ret_range range = {};
	const struct alv_reg *r0;
	char text[ALV_TYPE_TEXT];
	int err = alv_check_reads(env, BPF_REG_0);

	if (err)
		return err;
	r0 = alv_env_reg(env, BPF_REG_0);
	if (alv_env_is_pointer(env, r0)) {
		alv_say(env, LEAK_RETURNED, BPF_REG_0);
		return -EACCES;
	}
	if (frame->in_async_callback)
		return alv_check_range(env, (struct alv_ret_range){}, "At async callback return");
	if (frame->subprog && !frame->in_exception_callback) {
		if (alv_reg_is_scalar(r0))
			return 0;
		alv_say(env, SUBPROG_NOT_SCALAR, BPF_REG_0, alv_type_text(text, r0->type));
		return -EINVAL;
	}
	if (traits->type->returns)
		range = traits->type->returns(traits);
	return range.checked ? alv_check_range(env, range, "At program exit") : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exception callback: a global function that the main function's type names in a
 * tag. It returns in the main function's place when the program throws.
 */
#include "verifier/subprog.h"

#include <string.h>

#define TAG "exception_callback:"

/* What the tag of the main function says. -EEXIST: there are several. */
static int read_tag(struct alv_env *env, u32 main_id, const char **ret_name)
{
	const struct alv_btf *btf = env->request->btf;

	*ret_name = NULL;
	for (u32 id = 1; id < alv_btf_end(btf); id++) {
		const struct btf_type *type = alv_btf_type(btf, id);
		const char *name;

		if (!alv_btf_is(type, BTF_KIND_DECL_TAG) || type->type != main_id ||
		    ((const struct btf_decl_tag *)(type + 1))->component_idx != -1)
			continue;
		name = alv_btf_string(btf, type->name_off);
		if (!name || strncmp(name, TAG, sizeof(TAG) - 1))
			continue;
		if (*ret_name) {
			alv_say(env, EXCEPTION_TAGS);
			return -EEXIST;
		}
		*ret_name = name + sizeof(TAG) - 1;
	}
	return 0;
}

/* Where the function of this type begins. */
static int find_start(struct alv_env *env, u32 type_id, u32 *ret_start)
{
	const struct alv_verifier_request *request = env->request;

	for (u32 i = 0; i < request->n_func_info; i++) {
		if (request->func_info[i].type_id != type_id)
			continue;
		*ret_start = request->func_info[i].insn_off;
		if (*ret_start)
			return 0;
		alv_say(env, EXCEPTION_OFFSET);
		return -EINVAL;
	}
	alv_say(env, EXCEPTION_NO_INFO);
	return -EINVAL;
}

static int add(struct alv_env *env, u32 start)
{
	struct alv_isa_error error = {};
	int err = alv_cfg_add_exception_callback(&env->cfg, start, &error);
	struct alv_function *function;

	if (err) {
		alv_trace(env, "%s\n", error.text);
		return err;
	}
	function = &env->functions[env->cfg.exception_callback];
	function->is_callback = true;
	function->is_async_callback = true;
	function->is_exception_callback = true;
	function->was_called = true;
	return 0;
}

int alv_subprog_find_exception_callback(struct alv_env *env)
{
	const struct alv_verifier_request *request = env->request;
	const struct btf_type *type;
	const char *name;
	u32 id, start;
	int err;

	if (!request->n_func_info || !request->btf)
		return 0;
	err = read_tag(env, request->func_info[0].type_id, &name);
	if (err || !name)
		return err;
	err = alv_btf_find(request->btf, name, BTF_KIND_FUNC, &id);
	if (err) {
		alv_say(env, EXCEPTION_NO_FUNCTION, name);
		return err;
	}
	type = alv_btf_type(request->btf, id);
	if (alv_btf_vlen(type) != BTF_FUNC_GLOBAL) {
		alv_say(env, EXCEPTION_STATIC, name);
		return -EINVAL;
	}
	err = find_start(env, id, &start);
	return err ? err : add(env, start);
}

int alv_subprog_check_exception_callback(struct alv_env *env, u32 subprog)
{
	const struct alv_function *function = &env->functions[subprog];

	if (!function->is_exception_callback)
		return 0;
	alv_env_frame(env)->in_exception_callback = true;
	if (function->n_params == 1 && function->params[0].kind == ALV_PARAM_NUMBER)
		return 0;
	alv_say(env, EXCEPTION_ARGS);
	return -EINVAL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/info.h"

static const struct btf_type *prototype_of(const struct alv_env *env, u32 i)
{
	const struct alv_btf *btf = env->request->btf;
	const struct btf_type *type = alv_btf_type(btf, env->request->func_info[i].type_id);

	if (!type || !alv_btf_is(type, BTF_KIND_FUNC))
		return NULL;
	type = alv_btf_type(btf, type->type);
	return type && alv_btf_is(type, BTF_KIND_FUNC_PROTO) ? type : NULL;
}

int alv_collect(struct alv_env *env, enum alv_verifier_phase phase)
{
	const struct alv_verifier_request *request = env->request;

	return request->collect ? request->collect(request->data, phase) : 0;
}

int alv_check_func_types(struct alv_env *env)
{
	int err = alv_collect(env, ALV_PHASE_FUNCS);
	const struct bpf_func_info *info = env->request->func_info;

	if (err)
		return err;
	for (u32 i = 0; i < env->request->n_func_info; i++) {
		if (!i && info[i].insn_off) {
			alv_say(env, FUNC_FIRST_OFFSET, info[i].insn_off);
			return -EINVAL;
		}
		if (i && info[i].insn_off <= info[i - 1].insn_off) {
			alv_say(env, FUNC_ORDER, info[i].insn_off, info[i - 1].insn_off);
			return -EINVAL;
		}
		if (!prototype_of(env, i)) {
			alv_say(env, FUNC_TYPE, (s32)info[i].type_id);
			return -EINVAL;
		}
	}
	return 0;
}

static bool returns_number(const struct alv_env *env, u32 i)
{
	const struct btf_type *proto = prototype_of(env, i);
	const struct btf_type *type =
		alv_btf_skip_modifiers(env->request->btf, proto->type, NULL);

	if (!type)
		return false;
	return (alv_btf_is(type, BTF_KIND_INT) && type->size <= sizeof(u64)) ||
	       alv_btf_is(type, BTF_KIND_ENUM) || alv_btf_is(type, BTF_KIND_ENUM64);
}

static int check_func(struct alv_env *env, u32 i)
{
	const struct alv_subprog *subprog = &env->cfg.subprogs[i];

	if (env->request->func_info[i].insn_off != subprog->start) {
		alv_say(env, FUNC_LAYOUT);
		return -EINVAL;
	}
	if (!i || returns_number(env, i))
		return 0;
	if (subprog->has_ld_abs) {
		alv_say(env, FUNC_LD_ABS);
		return -EINVAL;
	}
	if (subprog->has_tail_call) {
		alv_say(env, FUNC_TAIL_CALL);
		return -EINVAL;
	}
	return 0;
}

static int check_funcs(struct alv_env *env)
{
	u32 n = env->request->n_func_info;

	if (!n)
		return 0;
	if (n != env->cfg.n_subprogs) {
		alv_say(env, FUNC_COUNT);
		return -EINVAL;
	}
	for (u32 i = 0; i < n; i++) {
		int err = check_func(env, i);

		if (err)
			return err;
	}
	return 0;
}

/* A record by itself, behind one at `previous`. */
static int check_line(struct alv_env *env, u32 i, u32 previous)
{
	const struct bpf_line_info *line = &env->request->line_info[i];
	const struct alv_btf *btf = env->request->btf;

	if ((i && line->insn_off <= previous) || line->insn_off >= env->n_insns) {
		alv_say(env, LINE_OFFSET, i, line->insn_off, previous, env->n_insns);
		return -EINVAL;
	}
	if (!env->insns[line->insn_off].code) {
		alv_say(env, LINE_CODE, i);
		return -EINVAL;
	}
	if (!alv_btf_string(btf, line->line_off) || !alv_btf_string(btf, line->file_name_off)) {
		alv_say(env, LINE_STRING, i);
		return -EINVAL;
	}
	return 0;
}

static int check_lines(struct alv_env *env)
{
	const struct alv_verifier_request *request = env->request;
	u32 subprog = 0, n = env->cfg.n_subprogs, previous = 0;

	for (u32 i = 0; i < request->n_line_info; i++) {
		u32 at = request->line_info[i].insn_off;
		int err = check_line(env, i, previous);

		if (err)
			return err;
		if (subprog < n && at == env->cfg.subprogs[subprog].start) {
			subprog++;
		} else if (subprog < n && env->cfg.subprogs[subprog].start < at) {
			alv_say(env, LINE_MISSING_AT, subprog);
			return -EINVAL;
		}
		previous = at;
	}
	if (!request->n_line_info || subprog == n)
		return 0;
	alv_say(env, LINE_MISSING, n - subprog, subprog);
	return -EINVAL;
}

int alv_check_info(struct alv_env *env)
{
	int err = check_funcs(env);

	if (!err)
		err = alv_collect(env, ALV_PHASE_LINES);
	if (!err)
		err = check_lines(env);
	return err ? err : alv_collect(env, ALV_PHASE_RELOCATIONS);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/prototype.h"

#include <string.h>

#include "verifier/call.h"
#include "verifier/dynptr.h"

/* What programs call the struct behind their context. */
static const struct {
	u32 type;
	const char *name;
} ctx_names[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER, "__sk_buff" },
	{ BPF_PROG_TYPE_SCHED_CLS, "__sk_buff" },
	{ BPF_PROG_TYPE_SCHED_ACT, "__sk_buff" },
	{ BPF_PROG_TYPE_XDP, "xdp_md" },
	{ BPF_PROG_TYPE_CGROUP_SKB, "__sk_buff" },
	{ BPF_PROG_TYPE_CGROUP_SOCK, "bpf_sock" },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "bpf_sock_addr" },
	{ BPF_PROG_TYPE_SOCK_OPS, "bpf_sock_ops" },
	{ BPF_PROG_TYPE_PERF_EVENT, "bpf_perf_event_data" },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, "bpf_raw_tracepoint_args" },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "bpf_raw_tracepoint_args" },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, "bpf_cgroup_dev_ctx" },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, "bpf_sysctl" },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, "bpf_sockopt" },
	{ BPF_PROG_TYPE_LWT_IN, "__sk_buff" },
	{ BPF_PROG_TYPE_LWT_OUT, "__sk_buff" },
	{ BPF_PROG_TYPE_LWT_XMIT, "__sk_buff" },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, "__sk_buff" },
	{ BPF_PROG_TYPE_SK_SKB, "__sk_buff" },
	{ BPF_PROG_TYPE_SK_MSG, "sk_msg_md" },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, "__sk_buff" },
	{ BPF_PROG_TYPE_SK_REUSEPORT, "sk_reuseport_md" },
	{ BPF_PROG_TYPE_SK_LOOKUP, "bpf_sk_lookup" },
};

static const char *const kind_names[] = {
	"UNKNOWN", "INT",   "PTR",      "ARRAY",  "STRUCT",     "UNION",   "ENUM",
	"FWD",     "TYPEDEF", "VOLATILE", "CONST", "RESTRICT",   "FUNC",    "FUNC_PROTO",
	"VAR",     "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64",
};

static const char *kind_name(const struct btf_type *type)
{
	u32 kind = alv_btf_kind(type);

	return kind < ALV_COUNT(kind_names) ? kind_names[kind] : "UNKNOWN";
}

static const char *type_name(const struct btf_type *type, const struct alv_btf *btf)
{
	const char *name = type->name_off ? alv_btf_string(btf, type->name_off) : "";

	return name ? name : "";
}

static bool is_number(const struct btf_type *type)
{
	return alv_btf_is(type, BTF_KIND_INT) || alv_btf_is(type, BTF_KIND_ENUM) ||
	       alv_btf_is(type, BTF_KIND_ENUM64);
}

/* kprobes' context is a typedef, whatever it is of. */
static bool is_regs_typedef(const struct alv_btf *btf, u32 id)
{
	const struct btf_type *type = alv_btf_type(btf, id);

	for (u32 i = 0; type && i < ALV_BTF_MAX_DEPTH; i++) {
		if (alv_btf_is(type, BTF_KIND_TYPEDEF))
			return !strcmp(type_name(type, btf), "bpf_user_pt_regs_t");
		if (!alv_btf_is_modifier(type))
			return false;
		type = alv_btf_type(btf, type->type);
	}
	return false;
}

static bool is_ctx(const struct alv_env *env, const struct btf_type *pointer)
{
	const struct alv_btf *btf = env->request->btf;
	u32 prog = env->request->traits.type->type;
	const struct btf_type *type;

	if ((prog == BPF_PROG_TYPE_KPROBE || prog == BPF_PROG_TYPE_PERF_EVENT) &&
	    is_regs_typedef(btf, pointer->type))
		return true;
	type = alv_btf_skip_modifiers(btf, pointer->type, NULL);
	if (!type || !alv_btf_is(type, BTF_KIND_STRUCT))
		return false;
	for (size_t i = 0; i < ALV_COUNT(ctx_names); i++)
		if (ctx_names[i].type == prog)
			return !strcmp(type_name(type, btf), ctx_names[i].name);
	return false;
}

/* Declaration tags "arg:..." of a parameter. */
enum arg_tag {
	TAG_CTX = 1 << 0,
	TAG_NONNULL = 1 << 1,
	TAG_NULLABLE = 1 << 2,
};

static const struct {
	const char *name;
	enum arg_tag tag;
} arg_tags[] = {
	{ "arg:ctx", TAG_CTX },
	{ "arg:nonnull", TAG_NONNULL },
	{ "arg:nullable", TAG_NULLABLE },
};

static int read_tag(struct alv_env *env, u32 i, const char *name, u32 *tags)
{
	for (size_t k = 0; k < ALV_COUNT(arg_tags); k++) {
		if (!strcmp(arg_tags[k].name, name)) {
			*tags |= arg_tags[k].tag;
			return 0;
		}
	}
	alv_say(env, PARAM_TAGS, i);
	return -EOPNOTSUPP;
}

static int read_tags(struct alv_env *env, u32 subprog, u32 i, u32 *ret_tags)
{
	const struct alv_btf *btf = env->request->btf;
	u32 function = env->request->func_info[subprog].type_id, tags = 0;
	int err = 0;

	for (u32 id = 1; !err && id < alv_btf_end(btf); id++) {
		const struct btf_type *type = alv_btf_type(btf, id);

		if (!alv_btf_is(type, BTF_KIND_DECL_TAG) || type->type != function ||
		    ((const struct btf_decl_tag *)(type + 1))->component_idx != (s32)i ||
		    strncmp(type_name(type, btf), "arg:", 4))
			continue;
		if (!env->functions[subprog].is_global) {
			alv_say(env, PARAM_TAG_STATIC, i);
			return -EOPNOTSUPP;
		}
		err = read_tag(env, i, type_name(type, btf), &tags);
	}
	if (!err)
		*ret_tags = tags;
	return err;
}

static int refuse_tags(struct alv_env *env, u32 i)
{
	alv_say(env, PARAM_TAG_MIX, i);
	return -EINVAL;
}

/* Types whose context is an array of numbers, or whatever one likes. */
static bool is_loose_ctx(const struct alv_env *env, const struct btf_type *type)
{
	switch (env->request->traits.type->type) {
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return alv_btf_is(type, BTF_KIND_INT) && type->size == 8;
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_SYSCALL:
		return true;
	default:
		return false;
	}
}

/* A parameter that is tagged as the context may be of its type, or void. */
static int check_ctx_type(struct alv_env *env, u32 i, const struct btf_type *pointer)
{
	const struct alv_btf *btf = env->request->btf;
	u32 prog = env->request->traits.type->type;
	bool regs = prog == BPF_PROG_TYPE_KPROBE || prog == BPF_PROG_TYPE_PERF_EVENT;
	const struct btf_type *type = alv_btf_skip_modifiers(btf, pointer->type, NULL);
	const char *expected = prog == BPF_PROG_TYPE_KPROBE ? "pt_regs" : NULL, *name;

	if (!type)
		return -EINVAL;
	if ((regs && is_regs_typedef(btf, pointer->type)) || alv_btf_is(type, 0))
		return 0;
	name = type_name(type, btf);
	if (!name[0]) {
		alv_say(env, PARAM_NO_NAME, i);
		return -EINVAL;
	}
	if ((regs && alv_btf_is(type, BTF_KIND_STRUCT) && !strcmp(name, "pt_regs")) ||
	    is_loose_ctx(env, type))
		return 0;
	for (size_t k = 0; k < ALV_COUNT(ctx_names) && !expected; k++)
		if (ctx_names[k].type == prog)
			expected = ctx_names[k].name;
	if (!expected) {
		alv_say(env, PARAM_CTX_VOID, i);
		return -EINVAL;
	}
	if (alv_btf_is(type, BTF_KIND_STRUCT) && !strcmp(name, expected))
		return 0;
	alv_say(env, PARAM_CTX_STRUCT, i, expected);
	return -EINVAL;
}

static bool is_dynptr(const struct alv_btf *btf, const struct btf_type *pointer)
{
	const struct btf_type *type = alv_btf_skip_modifiers(btf, pointer->type, NULL);
	const char *name = type ? type_name(type, btf) : "";

	return type && alv_btf_is(type, BTF_KIND_STRUCT) &&
	       (!strcmp(name, "bpf_dynptr") || !strcmp(name, "bpf_dynptr_kern"));
}

static int read_memory(struct alv_env *env, u32 i, const struct btf_type *pointer,
		       struct alv_param *param)
{
	const struct alv_btf *btf = env->request->btf;
	const struct btf_type *type;
	u32 id;

	type = alv_btf_skip_modifiers(btf, pointer->type, &id);
	param->kind = ALV_PARAM_MEMORY;
	if (type && alv_btf_sized(btf, &id, &param->size))
		return 0;
	if (type)
		alv_say(env, PARAM_SIZE, i, kind_name(type), type_name(type, btf), -EINVAL);
	return -EINVAL;
}

/* -ENOENT: by its type it is no parameter of a static function that is known. */
static int read_pointer(struct alv_env *env, u32 subprog, u32 i, const struct btf_type *pointer,
			u32 tags, struct alv_param *param)
{
	if ((tags & TAG_CTX) || is_ctx(env, pointer)) {
		if (tags & ~(u32)TAG_CTX)
			return refuse_tags(env, i);
		param->kind = ALV_PARAM_CTX;
		return tags ? check_ctx_type(env, i, pointer) : 0;
	}
	if (is_dynptr(env->request->btf, pointer)) {
		param->kind = ALV_PARAM_DYNPTR;
		return tags ? refuse_tags(env, i) : 0;
	}
	if (!env->functions[subprog].is_global)
		return -ENOENT;
	if (tags & TAG_NULLABLE)
		return refuse_tags(env, i);
	param->may_be_null = !(tags & TAG_NONNULL);
	return read_memory(env, i, pointer, param);
}

static int read_param(struct alv_env *env, u32 subprog, u32 i, u32 type_id)
{
	struct alv_function *function = &env->functions[subprog];
	struct alv_param *param = &function->params[i];
	const struct btf_type *type;
	u32 tags;
	int err = read_tags(env, subprog, i, &tags);

	if (err)
		return err;
	type = alv_btf_skip_modifiers(env->request->btf, type_id, NULL);
	if (!type)
		return -EINVAL;
	if (alv_btf_is(type, BTF_KIND_PTR)) {
		err = read_pointer(env, subprog, i, type, tags, param);
		if (err != -ENOENT)
			return err;
	}
	if (tags) {
		alv_say(env, PARAM_TAG_NUMBER, i);
		return -EINVAL;
	}
	if (is_number(type)) {
		param->kind = ALV_PARAM_NUMBER;
		return 0;
	}
	if (function->is_global)
		alv_say(env, PARAM_TYPE, i, kind_name(type), function->name);
	return -EINVAL;
}

static int read_result(struct alv_env *env, const struct alv_function *function,
		       const struct btf_type *proto)
{
	const struct btf_type *type;

	type = alv_btf_skip_modifiers(env->request->btf, proto->type, NULL);
	if (type && is_number(type))
		return 0;
	if (function->is_global)
		alv_say(env, RESULT_TYPE, function->name);
	return -EINVAL;
}

int alv_prototype_read(struct alv_env *env, u32 subprog)
{
	const struct alv_verifier_request *request = env->request;
	struct alv_function *function = &env->functions[subprog];
	const struct btf_type *type;
	u32 n;
	int err;

	if (function->has_params)
		return 0;
	if (!request->btf || subprog >= request->n_func_info)
		return -EINVAL;
	type = alv_btf_type(request->btf, request->func_info[subprog].type_id);
	type = type ? alv_btf_type(request->btf, type->type) : NULL;
	if (!type || !alv_btf_is(type, BTF_KIND_FUNC_PROTO))
		return -EINVAL;
	n = alv_btf_vlen(type);
	if (n > ALV_MAX_PARAMS) {
		if (function->is_global)
			alv_say(env, TOO_MANY_PARAMS, function->name, n, ALV_MAX_PARAMS);
		return -EINVAL;
	}
	err = read_result(env, function, type);
	for (u32 i = 0; !err && i < n; i++)
		err = read_param(env, subprog, i, alv_btf_params(type)[i].type);
	if (err)
		return err;
	function->n_params = n;
	function->has_params = true;
	return 0;
}

/* Memory that the function may read and write; NULL is fine. */
static int check_memory(struct alv_env *env, u32 number, u32 size)
{
	struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_reg saved = *reg;
	int err;

	if (alv_reg_is_null(reg))
		return 0;
	if (alv_reg_maybe_null(reg))
		alv_reg_set_not_null(reg);
	err = alv_check_arg_memory(env, number, (s32)size, ALV_ACCESS_READ, true, NULL);
	if (!err)
		err = alv_check_arg_memory(env, number, (s32)size, ALV_ACCESS_WRITE, true, NULL);
	if (alv_reg_maybe_null(&saved))
		*reg = saved;
	return err ? -EINVAL : 0;
}

static int check_param(struct alv_env *env, u32 i, const struct alv_param *param)
{
	u32 number = BPF_REG_1 + i;
	const struct alv_reg *reg = alv_env_reg(env, number);
	int err;

	switch (param->kind) {
	case ALV_PARAM_NUMBER:
		if (alv_reg_is_scalar(reg))
			return 0;
		alv_say(env, ARG_NOT_SCALAR, number);
		return -EINVAL;
	case ALV_PARAM_CTX:
		err = alv_check_arg_offset(env, number);
		if (err || alv_reg_is(reg, ALV_REG_CTX))
			return err;
		alv_say(env, ARG_NOT_CTX, i);
		return -EINVAL;
	case ALV_PARAM_DYNPTR:
		err = alv_check_arg_offset(env, number);
		return err ? err : alv_dynptr_check_arg(env, number, ALV_RDONLY, 0);
	default:
		err = alv_check_arg_offset(env, number);
		if (!err)
			err = check_memory(env, number, param->size);
		if (err || param->may_be_null || !alv_reg_maybe_null(reg))
			return err;
		alv_say(env, ARG_NULL, i);
		return -EINVAL;
	}
}

int alv_prototype_check_call(struct alv_env *env, u32 subprog)
{
	struct alv_function *function = &env->functions[subprog];
	int err;

	if (!env->request->n_func_info || function->unreliable)
		return -EINVAL;
	err = alv_prototype_read(env, subprog);
	for (u32 i = 0; !err && i < function->n_params; i++)
		err = check_param(env, i, &function->params[i]);
	if (err)
		function->unreliable = true;
	return err;
}

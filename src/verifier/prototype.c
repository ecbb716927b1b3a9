/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/prototype.h"

#include <string.h>

#include "verifier/call.h"

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

static int read_pointer(struct alv_env *env, u32 i, const struct btf_type *pointer,
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

static int read_param(struct alv_env *env, u32 subprog, u32 i, u32 type_id)
{
	struct alv_function *function = &env->functions[subprog];
	struct alv_param *param = &function->params[i];
	const struct btf_type *type = alv_btf_skip_modifiers(env->request->btf, type_id, NULL);

	if (!type)
		return -EINVAL;
	if (alv_btf_is(type, BTF_KIND_PTR) && is_ctx(env, type)) {
		param->kind = ALV_PARAM_CTX;
		return 0;
	}
	if (alv_btf_is(type, BTF_KIND_PTR) && function->is_global)
		return read_pointer(env, i, type, param);
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
	default:
		err = alv_check_arg_offset(env, number);
		return err ? err : check_memory(env, number, param->size);
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

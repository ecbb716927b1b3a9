/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments of the kernel's functions. What each must be follows from its type, and
 * from the end of its name: "__sz", "__k" and so on.
 */
#include <string.h>

#include "verifier/dynptr.h"
#include "verifier/iter.h"
#include "verifier/kernel_type.h"
#include "verifier/kfunc.h"
#include "verifier/print.h"
#include "verifier/prototype.h"

#define MAX_NESTING 4

/* One argument. */
struct arg {
	const struct alv_btf *btf;
	const char *name;
	const struct btf_type *type;   /* without modifiers */
	const struct btf_type *target; /* of a pointer */
	u32 target_id;
	u32 index;
	bool sized; /* the next one is its size */
};

enum kind {
	KIND_CTX,
	KIND_NULL,
	KIND_DYNPTR,
	KIND_ITER,
	KIND_STRING,
	KIND_MAP,
	KIND_STRUCT,
	KIND_MEMORY,
};

static const char *name_of(const struct alv_btf *btf, u32 name_off)
{
	const char *name = name_off ? alv_btf_string(btf, name_off) : "";

	return name ? name : "";
}

static bool ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && !strcmp(name + n - k, suffix);
}

static bool is_number(const struct btf_type *type)
{
	return alv_btf_is(type, BTF_KIND_INT) || alv_btf_is(type, BTF_KIND_ENUM) ||
	       alv_btf_is(type, BTF_KIND_ENUM64);
}

static int get_arg(struct alv_env *env, const struct alv_kfunc_call *call, u32 i, struct arg *arg)
{
	const struct btf_param *param = &alv_btf_params(call->proto)[i];

	*arg = (struct arg){ .btf = alv_env_vmlinux(env), .index = i };
	arg->name = name_of(arg->btf, param->name_off);
	arg->type = alv_btf_skip_modifiers(arg->btf, param->type, NULL);
	if (!arg->type)
		return -EINVAL;
	if (!alv_btf_is(arg->type, BTF_KIND_PTR))
		return 0;
	arg->target = alv_btf_skip_modifiers(arg->btf, arg->type->type, &arg->target_id);
	return arg->target ? 0 : -EINVAL;
}

static const char *target_name(const struct arg *arg)
{
	return name_of(arg->btf, arg->target->name_off);
}

static int refuse_unknown(struct alv_env *env, u32 number)
{
	alv_say(env, KFUNC_UNKNOWN, number);
	return -EINVAL;
}

/* A size that comes back with the result. */
static int check_result_size(struct alv_env *env, struct alv_kfunc_call *call, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (call->result_size) {
		alv_say(env, KFUNC_SIZES);
		return -EINVAL;
	}
	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, KFUNC_NOT_CONST, number);
		return -EINVAL;
	}
	if (reg->val.bits.value > UINT32_MAX) {
		alv_say(env, KFUNC_SIZE, number);
		return -EINVAL;
	}
	call->result_size = (u32)reg->val.bits.value;
	return alv_mark_precise(env, number);
}

static int check_number(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index;
	const struct alv_reg *reg = alv_env_reg(env, number);
	bool read_only = !strcmp(arg->name, "rdonly_buf_size");

	if (!alv_reg_is_scalar(reg)) {
		alv_say(env, ARG_NOT_SCALAR, number);
		return -EINVAL;
	}
	if (ends(arg->name, "__k")) {
		if (!alv_scalar_is_const(&reg->val))
			return refuse_unknown(env, number);
		call->has_constant = true;
		call->constant = reg->val.bits.value;
		return alv_mark_precise(env, number);
	}
	if (!read_only && strcmp(arg->name, "rdwr_buf_size"))
		return 0;
	call->result_read_only |= read_only;
	return check_result_size(env, call, number);
}

/* Numbers, and structs of them. */
static bool is_plain(struct alv_env *env, const struct alv_btf *btf, const struct btf_type *type,
		     u32 depth)
{
	if (!alv_btf_is_composite(type))
		return false;
	for (u32 i = 0; i < alv_btf_vlen(type); i++) {
		const struct btf_type *member;

		member = alv_btf_skip_modifiers(btf, alv_btf_members(type)[i].type, NULL);
		if (!member)
			return false;
		if (alv_btf_is_composite(member)) {
			if (depth + 1 >= MAX_NESTING) {
				alv_say(env, KFUNC_NESTING);
				return false;
			}
			if (!is_plain(env, btf, member, depth + 1))
				return false;
			continue;
		}
		if (alv_btf_is(member, BTF_KIND_ARRAY)) {
			if (!alv_btf_array(member)->nelems)
				return false;
			member = alv_btf_skip_modifiers(btf, alv_btf_array(member)->type, NULL);
		}
		if (!member || !is_number(member))
			return false;
	}
	return true;
}

static bool is_size(struct alv_env *env, const struct alv_kfunc_call *call, u32 i)
{
	struct arg arg;

	if (i >= alv_btf_vlen(call->proto) || get_arg(env, call, i, &arg))
		return false;
	return is_number(arg.type) && alv_reg_is_scalar(alv_env_reg(env, BPF_REG_1 + i)) &&
	       (ends(arg.name, "__sz") || ends(arg.name, "__szk"));
}

/* Registers that stand for a struct of the kernel. */
static const char *struct_of(const struct alv_reg *reg)
{
	switch (reg->type.base) {
	case ALV_REG_SOCKET:
		return "sock";
	case ALV_REG_SOCK_COMMON:
		return "sock_common";
	case ALV_REG_TCP_SOCK:
		return "tcp_sock";
	case ALV_REG_MAP:
		return "bpf_map";
	default:
		return NULL;
	}
}

static int find_memory_kind(struct alv_env *env, const struct alv_kfunc_call *call,
			    struct arg *arg)
{
	arg->sized = is_size(env, call, arg->index + 1);
	if (is_number(arg->target) || is_plain(env, arg->btf, arg->target, 0) ||
	    (arg->sized && alv_btf_is(arg->target, 0)))
		return KIND_MEMORY;
	alv_say(env, KFUNC_TARGET, arg->index, alv_type_kind(arg->target), target_name(arg),
		arg->sized ? "void, " : "");
	return -EINVAL;
}

static int find_kind(struct alv_env *env, const struct alv_kfunc_call *call, struct arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_1 + arg->index);

	if (call->kfunc->id == ALV_KFUNC_ID_bpf_cast_to_kern_ctx ||
	    alv_prototype_is_ctx(env, arg->btf, arg->type))
		return KIND_CTX;
	if (ends(arg->name, "__nullable") && alv_reg_is_null(reg))
		return KIND_NULL;
	if (arg->target_id == alv_kernel_struct(env, "bpf_dynptr"))
		return KIND_DYNPTR;
	if (call->kfunc->flags & ALV_KFUNC_ITER ? !arg->index : ends(arg->name, "__iter"))
		return KIND_ITER;
	if (ends(arg->name, "__str"))
		return KIND_STRING;
	if (ends(arg->name, "__map"))
		return KIND_MAP;
	if (reg->type.base == ALV_REG_BTF_ID || struct_of(reg)) {
		if (alv_btf_is_composite(arg->target))
			return KIND_STRUCT;
		alv_say(env, KFUNC_POINTER, call->kfunc->name, arg->index,
			alv_type_kind(arg->target), target_name(arg));
		return -EINVAL;
	}
	return find_memory_kind(env, call, arg);
}

/* Pointers into the kernel must be valid for functions that rely on it. */
static int check_trust(struct alv_env *env, const struct alv_kfunc_call *call, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	u32 flags = call->kfunc->flags;

	if (!(flags & (ALV_KFUNC_TRUSTED_ARGS | ALV_KFUNC_RELEASE | ALV_KFUNC_RCU)) ||
	    alv_reg_is_trusted(reg))
		return 0;
	if (!(flags & ALV_KFUNC_RCU)) {
		alv_say(env, KFUNC_TRUST, number);
		return -EINVAL;
	}
	if (reg->type.flags & ALV_RCU_MEM)
		return 0;
	alv_say(env, KFUNC_RCU, number);
	return -EINVAL;
}

/* The struct behind the context, as the kernel calls it. */
static int find_ctx_struct(struct alv_env *env, struct alv_kfunc_call *call)
{
	static const struct {
		u32 type;
		const char *name;
	} names[] = {
		{ BPF_PROG_TYPE_SOCKET_FILTER, "sk_buff" },
		{ BPF_PROG_TYPE_SCHED_CLS, "sk_buff" },
		{ BPF_PROG_TYPE_SCHED_ACT, "sk_buff" },
		{ BPF_PROG_TYPE_CGROUP_SKB, "sk_buff" },
		{ BPF_PROG_TYPE_XDP, "xdp_buff" },
		{ BPF_PROG_TYPE_CGROUP_SOCK, "sock" },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "bpf_sock_addr_kern" },
		{ BPF_PROG_TYPE_SOCK_OPS, "bpf_sock_ops_kern" },
		{ BPF_PROG_TYPE_KPROBE, "pt_regs" },
		{ BPF_PROG_TYPE_PERF_EVENT, "bpf_perf_event_data_kern" },
	};

	for (size_t i = 0; i < ALV_COUNT(names); i++)
		if (names[i].type == env->request->traits.type->type)
			call->result_id = alv_kernel_struct(env, names[i].name);
	return call->result_id ? 0 : -EINVAL;
}

static int check_ctx(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_1 + arg->index);
	char text[ALV_TYPE_TEXT];

	if (!alv_reg_is(reg, ALV_REG_CTX)) {
		alv_say(env, KFUNC_NOT_CTX, arg->index, alv_type_text(text, reg->type));
		return -EINVAL;
	}
	return call->kfunc->id == ALV_KFUNC_ID_bpf_cast_to_kern_ctx ? find_ctx_struct(env, call)
								    : 0;
}

static const struct {
	enum alv_kfunc_id kfunc;
	u32 flag;
} dynptr_makers[] = {
	{ ALV_KFUNC_ID_bpf_dynptr_from_skb, ALV_DYNPTR_SKB },
	{ ALV_KFUNC_ID_bpf_dynptr_from_xdp, ALV_DYNPTR_XDP },
	{ ALV_KFUNC_ID_bpf_dynptr_from_skb_meta, ALV_DYNPTR_SKB_META },
};

static int check_dynptr(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index, flags = 0, clone = 0;
	const struct alv_reg *reg = alv_env_reg(env, number), *dynptr;
	int err;

	if (reg->type.base == ALV_REG_DYNPTR)
		flags |= ALV_RDONLY;
	if (ends(arg->name, "__uninit"))
		flags |= ALV_UNINIT;
	for (size_t i = 0; i < ALV_COUNT(dynptr_makers); i++)
		if (dynptr_makers[i].kfunc == call->kfunc->id)
			flags |= dynptr_makers[i].flag;
	if (call->kfunc->id == ALV_KFUNC_ID_bpf_dynptr_clone && (flags & ALV_UNINIT)) {
		flags |= alv_dynptr_flag(call->dynptr);
		clone = call->dynptr_ref;
	}
	err = alv_dynptr_check_arg(env, number, flags, clone);
	if (err || (flags & ALV_UNINIT))
		return err;
	dynptr = alv_dynptr_of(env, reg);
	call->dynptr = dynptr->dynptr;
	call->dynptr_id = dynptr->id;
	call->dynptr_ref = dynptr->ref;
	return 0;
}

static int check_iter(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	if (alv_btf_is(arg->target, BTF_KIND_STRUCT) &&
	    !strncmp(target_name(arg), "bpf_iter_", 9))
		return alv_iter_check_arg(env, call, BPF_REG_1 + arg->index, arg->target_id);
	alv_say(env, ITER_VALID, arg->index);
	return -EINVAL;
}

static bool is_projection(const char *wanted, const char *given)
{
	return (!strcmp(wanted, "__sk_buff") && !strcmp(given, "sk_buff")) ||
	       (!strcmp(wanted, "xdp_md") && !strcmp(given, "xdp_buff"));
}

static int match_struct(struct alv_env *env, const struct alv_kfunc_call *call,
			const struct arg *arg, u32 wanted_id)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_1 + arg->index);
	const struct btf_type *wanted = alv_btf_type(arg->btf, wanted_id), *given;
	struct alv_reg target = *reg;
	bool strict = (call->kfunc->flags & ALV_KFUNC_RELEASE) && reg->ref;

	if (reg->type.base != ALV_REG_BTF_ID) {
		target.btf = arg->btf;
		target.btf_id = alv_kernel_struct(env, struct_of(reg));
	}
	given = alv_btf_skip_modifiers(target.btf, target.btf_id, &target.btf_id);
	if (!given)
		return -EINVAL;
	if (alv_type_holds(env, target.btf, target.btf_id, reg->off, arg->btf, wanted_id, strict,
			   !(reg->type.flags & ALV_ALLOCATED)) ||
	    is_projection(name_of(arg->btf, wanted->name_off), alv_reg_type_name(&target)))
		return 0;
	alv_say(env, KFUNC_STRUCT, call->kfunc->name, arg->index, alv_type_kind(wanted),
		name_of(arg->btf, wanted->name_off), arg->index + 1, alv_type_kind(given),
		alv_reg_type_name(&target));
	return -EINVAL;
}

static int check_struct(struct alv_env *env, const struct alv_kfunc_call *call,
			const struct arg *arg, u32 wanted)
{
	const struct alv_reg *reg = alv_env_reg(env, BPF_REG_1 + arg->index);
	const u32 trusted = ALV_ALLOCATED | ALV_TRUSTED;
	struct alv_type plain = { ALV_REG_BTF_ID, reg->type.flags & trusted };
	char text[ALV_TYPE_TEXT];
	bool unsafe = (reg->type.flags & ~trusted) && !(reg->type.flags & ALV_RCU_MEM);

	if (!struct_of(reg) && (reg->type.base != ALV_REG_BTF_ID || unsafe)) {
		plain.base = reg->type.base;
		alv_say(env, KFUNC_IS, arg->index, alv_type_text(text, reg->type));
		alv_say(env, KFUNC_EXPECTED, alv_type_text(text, plain));
		return -EINVAL;
	}
	return match_struct(env, call, arg, wanted);
}

static int check_map(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index;
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (!reg->map) {
		alv_say(env, KFUNC_NO_MAP, number);
		return -EINVAL;
	}
	call->map = reg->map;
	call->map_uid = reg->map_uid;
	return check_trust(env, call, number);
}

static int check_memory(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index, size, id = arg->target_id;
	const struct alv_reg *size_reg = alv_env_reg(env, number + 1);
	struct arg size_arg;
	int err = 0;

	if (!arg->sized) {
		if (!alv_btf_sized(arg->btf, &id, &size)) {
			alv_say(env, PARAM_SIZE, arg->index, alv_type_kind(arg->target),
				target_name(arg), -EINVAL);
			return -EINVAL;
		}
		return alv_check_memory_arg(env, number, size);
	}
	if (!alv_reg_is_null(alv_env_reg(env, number)) || !ends(arg->name, "__opt"))
		err = alv_check_sized_arg(env, number + 1);
	if (err) {
		alv_say(env, KFUNC_MEMORY, arg->index, arg->index + 1);
		return err;
	}
	err = get_arg(env, call, arg->index + 1, &size_arg);
	if (err || !ends(size_arg.name, "__szk"))
		return err;
	if (!alv_scalar_is_const(&size_reg->val))
		return refuse_unknown(env, number + 1);
	call->has_constant = true;
	call->constant = size_reg->val.bits.value;
	return 0;
}

static int check_string(struct alv_env *env, const struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index;

	if (alv_reg_is(alv_env_reg(env, number), ALV_REG_MAP_VALUE))
		return alv_check_string(env, number);
	alv_say(env, KFUNC_STRING, arg->index);
	return -EINVAL;
}

static int check_offset(struct alv_env *env, const struct alv_kfunc_call *call, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (!(call->kfunc->flags & ALV_KFUNC_RELEASE) || !reg->ref)
		return alv_check_arg_offset(env, number);
	if (!reg->off)
		return alv_check_fixed_offset(env, reg, number, false);
	alv_say(env, RELEASE_OFFSET, number);
	return -EINVAL;
}

static int check_kind(struct alv_env *env, struct alv_kfunc_call *call, const struct arg *arg,
		      enum kind kind)
{
	u32 map = alv_kernel_struct(env, "bpf_map");

	switch (kind) {
	case KIND_CTX:
		return check_ctx(env, call, arg);
	case KIND_DYNPTR:
		return check_dynptr(env, call, arg);
	case KIND_ITER:
		return check_iter(env, call, arg);
	case KIND_STRING:
		return check_string(env, arg);
	case KIND_MAP:
		return check_struct(env, call, arg, map);
	case KIND_STRUCT:
		return check_struct(env, call, arg, arg->target_id);
	default:
		return check_memory(env, call, arg);
	}
}

static int check_pointer(struct alv_env *env, struct alv_kfunc_call *call, struct arg *arg)
{
	u32 number = BPF_REG_1 + arg->index, flags = call->kfunc->flags;
	const struct alv_reg *reg = alv_env_reg(env, number);
	int kind, err = 0;

	if ((flags & (ALV_KFUNC_TRUSTED_ARGS | ALV_KFUNC_RELEASE | ALV_KFUNC_RCU)) &&
	    (alv_reg_is_null(reg) || alv_reg_maybe_null(reg)) && !ends(arg->name, "__nullable")) {
		alv_say(env, KFUNC_NULL, arg->index);
		return -EACCES;
	}
	if (reg->ref) {
		call->ref = reg->ref;
		if (flags & ALV_KFUNC_RELEASE)
			call->release = number;
	}
	kind = find_kind(env, call, arg);
	if (kind < 0 || kind == KIND_NULL)
		return kind < 0 ? kind : 0;
	if (kind == KIND_MAP)
		err = check_map(env, call, arg);
	else if (kind == KIND_STRUCT)
		err = check_trust(env, call, number);
	if (!err)
		err = check_offset(env, call, number);
	return err ? err : check_kind(env, call, arg, kind);
}

int alv_kfunc_check_args(struct alv_env *env, struct alv_kfunc_call *call)
{
	u32 n = alv_btf_vlen(call->proto);

	if (n > ALV_MAX_PARAMS) {
		alv_say(env, KFUNC_ARGS, call->kfunc->name, n, ALV_MAX_PARAMS);
		return -EINVAL;
	}
	for (u32 i = 0; i < n; i++) {
		struct arg arg;
		int err = get_arg(env, call, i, &arg);

		if (err)
			return err;
		if (ends(arg.name, "__ign"))
			continue;
		if (is_number(arg.type)) {
			err = check_number(env, call, &arg);
		} else if (arg.target) {
			err = check_pointer(env, call, &arg);
		} else {
			alv_say(env, KFUNC_TYPE, i, alv_type_kind(arg.type));
			err = -EINVAL;
		}
		if (err)
			return err;
		i += arg.sized;
	}
	if ((call->kfunc->flags & ALV_KFUNC_RELEASE) && !call->release) {
		alv_say(env, KFUNC_NO_RELEASE, call->kfunc->name);
		return -EINVAL;
	}
	return 0;
}

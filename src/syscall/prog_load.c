/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_LOAD: the checks that need no verifier, in the kernel's order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object/btf_object.h"
#include "object/reap.h"
#include "syscall/name.h"
#include "syscall/prog_check.h"

#define MAX_INSNS        1000000
#define MAX_LICENSE      128
#define MAX_UNPRIVILEGED 4096
#define LOOPBACK_IFINDEX 1
#define MAX_SIGNATURE    8192

/* Flags by the kernel that first took them. */
static const struct load_flag {
	u32 flag;
	enum alv_kernel since;
} load_flags[] = {
	{ BPF_F_STRICT_ALIGNMENT, V4_12 },
	{ BPF_F_ANY_ALIGNMENT, V5_0 },
	{ BPF_F_TEST_RND_HI32, V5_3 },
	{ BPF_F_TEST_STATE_FREQ, V5_4 },
	{ BPF_F_SLEEPABLE, V5_10 },
	{ BPF_F_XDP_HAS_FRAGS, V5_18 },
	{ ALV_BPF_F_XDP_DEV_BOUND_ONLY, V6_3 },
	{ ALV_BPF_F_TEST_REG_INVARIANTS, V6_9 },
	{ ALV_BPF_F_TOKEN_FD, V6_9 },
};

static int check_flags(const struct alv_host *host, u32 flags)
{
	for (size_t i = 0; i < ALV_COUNT(load_flags); i++)
		if (alv_host_has(host, load_flags[i].since))
			flags &= ~load_flags[i].flag;
	return flags ? -EINVAL : 0;
}

/* `type` is NULL for those that the host does not have. */
static int check_authority(const struct alv_task *task, const struct alv_attr_prog_load *attr,
			   const struct alv_prog_type *type)
{
	bool able = alv_may_bpf(&task->authority);

	if (!able && !task->authority.unprivileged)
		return -EPERM;
	if (!attr->insn_cnt || attr->insn_cnt > (able ? MAX_INSNS : MAX_UNPRIVILEGED))
		return -E2BIG;
	if (!type)
		return able ? 0 : -EPERM;
	return alv_prog_type_may_load(type, &task->authority);
}

/* No type that is served is attached to kernel functions, or to other programs. */
static int check_target(struct alv_call *call)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	struct alv_object *obj;
	bool typed;

	if (!attr->attach_prog_fd)
		return attr->attach_btf_id ? -EINVAL : 0;
	if (alv_task_object(call->task, (int)attr->attach_prog_fd, ALV_KIND_BTF, &obj, NULL))
		return -EINVAL;
	typed = !alv_btf_object_of(obj)->btf->kernel;
	alv_object_put(obj);
	return typed ? -ENOTSUPP : -EINVAL;
}

static int check_license(struct alv_call *call, bool *ret_gpl)
{
	static const char *const gpl[] = {
		"GPL",          "GPL v2",       "GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};
	char license[MAX_LICENSE];
	int err;

	/* One byte is kept for the end, whether it comes or not. */
	err = alv_copy_string(call->task, license, alv_uaddr_at(call->attr.prog_load.license),
			      sizeof(license) - 1);
	*ret_gpl = false;
	for (size_t i = 0; !err && i < ALV_COUNT(gpl); i++)
		if (!strcmp(license, gpl[i]))
			*ret_gpl = true;
	return err == -ENAMETOOLONG ? 0 : err; /* cut, and none of them */
}

/* The only device that there is takes no programs of its own. */
static int check_device(const struct alv_attr_prog_load *attr)
{
	const u32 bound = ALV_BPF_F_XDP_DEV_BOUND_ONLY;
	bool could;

	if (!attr->prog_ifindex)
		return 0;
	if (attr->prog_type == BPF_PROG_TYPE_XDP)
		could = !(attr->prog_flags & ~(bound | BPF_F_XDP_HAS_FRAGS)) &&
			attr->prog_flags != BPF_F_XDP_HAS_FRAGS;
	else
		could = attr->prog_type == BPF_PROG_TYPE_SCHED_CLS && !attr->prog_flags;
	return could && attr->prog_ifindex == LOOPBACK_IFINDEX ? -EOPNOTSUPP : -EINVAL;
}

/* A kernel without keys: a signature is copied, and that is all. */
static int check_signature(struct alv_call *call)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	u8 signature[MAX_SIGNATURE];

	if (!attr->signature)
		return 0;
	if (attr->signature_size > sizeof(signature))
		return -EINVAL;
	if (attr->signature_size && alv_copy_in(call->task, signature,
						alv_uaddr_at(attr->signature),
						attr->signature_size))
		return -ENOMEM;
	return -EOPNOTSUPP;
}

/* What of the attributes is checked before the instructions are looked at. */
static int check(struct alv_call *call, const struct alv_prog_type *type,
		 struct alv_prog_traits *traits)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	const struct alv_host *host = call->task->host;
	int err = check_flags(host, attr->prog_flags);

	if (!err && (attr->prog_flags & ALV_BPF_F_TOKEN_FD))
		err = alv_call_no_token(call, attr->prog_token_fd);
	if (!err)
		err = check_authority(call->task, attr, type);
	if (!err)
		err = check_target(call);
	if (err)
		return err;
	*traits = (struct alv_prog_traits){
		.type = type,
		.expected_attach_type = attr->expected_attach_type,
		.kernel = host->kernel,
		.authority = call->task->authority,
		.sleepable = attr->prog_flags & BPF_F_SLEEPABLE,
	};
	return type ? alv_prog_type_attach(type, host->kernel, &traits->expected_attach_type) : 0;
}

/* What the program remembers of the request. */
static int describe(struct alv_program *prog, struct alv_call *call,
		    const struct alv_prog_traits *traits, const struct bpf_insn *insns)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	struct alv_run loader = { .host = call->task->host, .task = call->task };
	int err;

	prog->type = attr->prog_type;
	prog->expected_attach_type = traits->expected_attach_type;
	prog->flags = attr->prog_flags;
	prog->gpl = traits->gpl;
	prog->uid = alv_run_caller(&loader)->uid;
	prog->n_loaded = attr->insn_cnt;
	prog->tail = (struct alv_tail_kind){
		.type = prog->type,
		.expected_attach_type = prog->expected_attach_type,
		.xdp_has_frags = attr->prog_flags & BPF_F_XDP_HAS_FRAGS,
	};
	memcpy(prog->name, attr->prog_name, strnlen(attr->prog_name, ALV_NAME_LEN));
	err = alv_program_digest(traits->kernel, insns, attr->insn_cnt, prog->digest);
	memcpy(prog->tag, prog->digest, sizeof(prog->tag));
	return err;
}

static int make(struct alv_call *call, const struct alv_prog_traits *traits,
		const struct bpf_insn *insns)
{
	ALV_AUTO(program) struct alv_program *prog = NULL;
	int err;

	err = alv_program_new(call->task->host, &prog);
	if (!err)
		err = describe(prog, call, traits, insns);
	if (!err)
		err = alv_prog_check(call, traits, insns, prog);
	if (!err)
		err = alv_object_publish(&prog->obj);
	return err ? err : alv_task_install(call->task, &prog->obj, ALV_MAY_BOTH);
}

int alv_cmd_prog_load(struct alv_call *call)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	const struct alv_prog_type *type =
		alv_prog_type(call->task->host->kernel, attr->prog_type);
	ALV_AUTO(mem) struct bpf_insn *insns = NULL;
	struct alv_prog_traits traits;
	char name[ALV_NAME_LEN];
	int err;

	err = check(call, type, &traits);
	if (err)
		return err;
	insns = calloc(attr->insn_cnt, sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	err = alv_copy_in(call->task, insns, alv_uaddr_at(attr->insns),
			  attr->insn_cnt * sizeof(*insns));
	if (!err)
		err = check_license(call, &traits.gpl);
	if (!err)
		err = check_signature(call);
	if (!err)
		err = check_device(attr);
	if (!err && !type)
		err = -EINVAL;
	if (!err)
		err = alv_name_copy(name, attr->prog_name);
	if (err)
		return err;
	/* Objects that their clients closed make room first. */
	alv_reap(call->task->host);
	return make(call, &traits, insns);
}

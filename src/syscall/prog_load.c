/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_LOAD, as far as a host has programs: see program/program.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/interpreter.h"
#include "program/program.h"
#include "syscall/call.h"

#define MAX_INSNS        1000000
#define MAX_LICENSE      128
#define MAX_UNPRIVILEGED 4096

static int check_authority(const struct alv_task *task, const struct alv_attr_prog_load *attr)
{
	bool able = alv_may_bpf(&task->authority);

	if (!able && !task->authority.unprivileged)
		return -EPERM;
	if (!attr->insn_cnt || attr->insn_cnt > (able ? MAX_INSNS : MAX_UNPRIVILEGED))
		return -E2BIG;
	return 0;
}

static int check_name(const char name[ALV_NAME_LEN])
{
	size_t size = strnlen(name, ALV_NAME_LEN);

	if (size == ALV_NAME_LEN)
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '.')
			return -EINVAL;
	return 0;
}

static int check_license(struct alv_call *call, bool *ret_gpl)
{
	char license[MAX_LICENSE] = "";
	int err;

	err = alv_copy_string(call->task, license, alv_uaddr_at(call->attr.prog_load.license),
			      sizeof(license));
	*ret_gpl = !err && alv_license_is_gpl(license);
	return err == -ENAMETOOLONG ? 0 : err; /* cut, as by the kernel */
}

/* Give the instructions to a program; it is found by its id when it is complete. */
static int fill(struct alv_program *prog, const struct alv_call *call,
		const struct bpf_insn *insns, u32 n)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;

	prog->code = malloc(n * sizeof(*insns));
	if (!prog->code)
		return -ENOMEM;
	memcpy(prog->code, insns, n * sizeof(*insns));
	prog->n_code = prog->n_loaded = prog->verified_insns = n;
	prog->engine = alv_interpret;
	prog->type = attr->prog_type;
	memcpy(prog->name, attr->prog_name, sizeof(prog->name));
	return alv_program_tag(call->task->host->kernel, insns, n, prog->tag);
}

static int load(struct alv_call *call, const struct bpf_insn *insns, u32 n, bool gpl)
{
	ALV_AUTO(program) struct alv_program *prog = NULL;
	int err;

	err = alv_program_new(call->task->host, &prog);
	if (err)
		return err;
	prog->gpl = gpl;
	err = fill(prog, call, insns, n);
	if (!err)
		err = alv_object_publish(&prog->obj);
	return err ? err : alv_task_install(call->task, &prog->obj, ALV_MAY_BOTH);
}

int alv_cmd_prog_load(struct alv_call *call)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	struct bpf_insn insns[ALV_TRIVIAL_INSNS];
	int result;
	bool gpl;

	result = check_authority(call->task, attr);
	if (result)
		return result;
	if (attr->prog_type != BPF_PROG_TYPE_SOCKET_FILTER || attr->prog_flags ||
	    attr->insn_cnt != ALV_TRIVIAL_INSNS || attr->log_level)
		return -EINVAL;
	result = alv_copy_in(call->task, insns, alv_uaddr_at(attr->insns), sizeof(insns));
	if (result)
		return result;
	result = check_license(call, &gpl);
	if (result)
		return result;
	result = check_name(attr->prog_name);
	if (result)
		return result;
	if (!alv_program_is_trivial(insns))
		return -EINVAL;
	return load(call, insns, ALV_TRIVIAL_INSNS, gpl);
}

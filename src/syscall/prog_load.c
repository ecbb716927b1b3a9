/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_LOAD, as far as a host has programs: see program/program.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "program/program.h"
#include "syscall/call.h"

#define MAX_INSNS        1000000
#define MAX_LICENSE      128
#define MAX_UNPRIVILEGED 4096

static int check_authority(const struct alv_task *task,
			   const struct alv_attr_prog_load *attr)
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

static int check_license(struct alv_call *call)
{
	char license[MAX_LICENSE];
	int err;

	err = alv_copy_string(call->task, license,
			      alv_uaddr_at(call->attr.prog_load.license),
			      sizeof(license));
	return err == -ENAMETOOLONG ? 0 : err; /* cut, as by the kernel */
}

int alv_cmd_prog_load(struct alv_call *call)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	struct bpf_insn insns[ALV_TRIVIAL_INSNS];
	struct alv_object *obj;
	int result;

	result = check_authority(call->task, attr);
	if (result)
		return result;
	if (attr->prog_type != BPF_PROG_TYPE_SOCKET_FILTER || attr->prog_flags ||
	    attr->insn_cnt != ALV_TRIVIAL_INSNS || attr->log_level)
		return -EINVAL;
	result = alv_copy_in(call->task, insns, alv_uaddr_at(attr->insns), sizeof(insns));
	if (result)
		return result;
	result = check_license(call);
	if (result)
		return result;
	result = check_name(attr->prog_name);
	if (result)
		return result;
	if (!alv_program_is_trivial(insns))
		return -EINVAL;
	result = alv_program_new(call->task->host, &obj);
	if (result)
		return result;
	result = alv_task_install(call->task, obj, ALV_MAY_BOTH);
	alv_object_put(obj);
	return result;
}

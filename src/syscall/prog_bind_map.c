/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_BIND_MAP: a program keeps a map that its instructions do not name. */
#include <errno.h>

#include "program/program.h"
#include "syscall/call.h"

int alv_cmd_prog_bind_map(struct alv_call *call)
{
	const struct alv_attr_bind_map *attr = &call->attr.bind_map;
	ALV_AUTO(program) struct alv_program *prog = NULL;
	ALV_AUTO(map) struct alv_map *map = NULL;
	struct alv_object *obj;
	int err;

	if (attr->flags)
		return -EINVAL;
	err = alv_task_object(call->task, (int)attr->prog_fd, ALV_KIND_PROG, &obj, NULL);
	if (err)
		return err;
	prog = alv_program_of(obj);
	err = alv_task_object(call->task, (int)attr->map_fd, ALV_KIND_MAP, &obj, NULL);
	if (err)
		return err;
	map = alv_map_of(obj);
	err = alv_program_bind_map(prog, map);
	return err == -EEXIST ? 0 : err;
}

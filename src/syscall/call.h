/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call of bpf(2): decoded once, then handed to the command's function. The
 * functions are alv_cmd_*(), one file per family, and read like the man page.
 */
#ifndef ALV_SYSCALL_CALL_H
#define ALV_SYSCALL_CALL_H

#include "abi/attr.h"
#include "abi/uapi.h"
#include "base/buf.h"
#include "map/map.h"
#include "object/host.h"
#include "object/task.h"

struct alv_call {
	struct alv_task *task;
	union alv_attr attr; /* ours; zero behind what the caller gave */
	alv_uaddr uattr;     /* the caller's, for fields that are written back */
	u32 size;            /* as the caller gave it */
};

/*
 * bpf(cmd, attr, size) for a task: what the system call returns, or -errno.
 * With -EINPROGRESS nothing more is due: the task's install() completed it.
 */
int alv_call(struct alv_task *task, int cmd, alv_uaddr attr, u32 size);

/* The name of a command, "MAP_CREATE"; NULL: there is none with this number. */
const char *alv_command_name(int cmd);

/*
 * A descriptor that is to be a BPF token: the host has none, so this is the errno of
 * what it is instead. -EBADF, -EINVAL.
 */
int alv_call_no_token(struct alv_call *call, s32 fd);

/* Write a field of the caller's attributes back. */
#define alv_call_put(call, field, value)                                                           \
	alv_copy_out((call)->task,                                                                 \
		     alv_uaddr_add((call)->uattr, offsetof(union alv_attr, field)), (value),       \
		     sizeof((call)->attr.field))

/* The map behind a descriptor. -EBADF, -EINVAL; -EPERM: not opened for `need`, or frozen. */
int alv_call_map(struct alv_call *call, u32 fd, unsigned int need,
		 struct alv_map **ret_map);

/*
 * The same for a command that writes: a freeze waits for none of these, it fails.
 * ALV_AUTO(written_map) ends the write and puts the map.
 */
int alv_call_map_to_write(struct alv_call *call, u32 fd, unsigned int need,
			  struct alv_map **ret_map);

static inline void alv_written_map_cleanup(struct alv_map **map)
{
	if (!*map)
		return;
	alv_map_end_write(*map);
	alv_map_put(*map);
}

/* BPF_F_RDONLY and BPF_F_WRONLY as access of a new descriptor. -EINVAL: both. */
int alv_call_access(u64 flags, unsigned int *ret_access);

#define COMMAND(NAME, nr, since, attr, last, handler) \
	int alv_cmd_##handler(struct alv_call *call);
#define COMMAND_ABSENT(NAME, nr, since)
#include "abi/command.def"
#undef COMMAND
#undef COMMAND_ABSENT

#endif

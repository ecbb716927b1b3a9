/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch: attributes in, checked as the kernel checks them, to the command. */
#include "syscall/call.h"

#include <errno.h>
#include <string.h>

#include "base/region.h"
#include "object/cpu.h"

struct command {
	const char *name;
	enum alv_kernel since;
	u32 used; /* bytes of the attributes up to its last field */
	int (*handler)(struct alv_call *call); /* NULL: absent */
};

#define END_OF(member, field)                     \
	(offsetof(union alv_attr, member.field) + \
	 sizeof(((union alv_attr *)0)->member.field))

static const struct command commands[] = {
#define COMMAND(NAME, nr, version, member, last, function)                                         \
	[nr] = { .name = #NAME,                                                                    \
		 .since = version,                                                                 \
		 .used = END_OF(member, last),                                                     \
		 .handler = alv_cmd_##function },
#define COMMAND_ABSENT(NAME, nr, version) [nr] = { .name = #NAME, .since = version },
#include "abi/command.def"
#undef COMMAND
#undef COMMAND_ABSENT
};

static const struct attr_end {
	u32 nr;
	enum alv_kernel before;
	u32 used;
} attr_ends[] = {
#define ATTR_END(number, version, member, last)                                                    \
	{ .nr = number, .before = version, .used = END_OF(member, last) },
#include "abi/attr_end.def"
#undef ATTR_END
};

/* Bytes of a command's attributes in the host's kernel. */
static u32 attr_used(const struct alv_host *host, u32 nr)
{
	for (size_t i = 0; i < ALV_COUNT(attr_ends); i++)
		if (attr_ends[i].nr == nr && host->kernel < attr_ends[i].before)
			return attr_ends[i].used;
	return commands[nr].used;
}

const char *alv_command_name(int cmd)
{
	return cmd >= 0 && (size_t)cmd < ALV_COUNT(commands) ? commands[cmd].name : NULL;
}

/* The first `known` bytes are ours to read; a longer tail must be zero. */
static int copy_attr(struct alv_call *call)
{
	u32 known = alv_kernel_attr_size(call->task->host->kernel);
	int zero;

	if (call->size > alv_page_size())
		return -E2BIG;
	if (call->size > known) {
		zero = alv_copy_is_zero(call->task, alv_uaddr_add(call->uattr, known),
					call->size - known);
		if (zero < 0)
			return zero;
		if (!zero)
			return -E2BIG;
	}
	return alv_copy_in(call->task, &call->attr, call->uattr,
			   call->size < known ? call->size : known);
}

/* Bytes that the command has no use for must be zero. */
static bool unused_is_zero(const union alv_attr *attr, u32 used)
{
	for (u32 i = used; i < sizeof(*attr); i++)
		if (attr->bytes[i])
			return false;
	return true;
}

int alv_call(struct alv_task *task, int cmd, alv_uaddr attr, u32 size)
{
	struct alv_call call = { .task = task, .uattr = attr, .size = size };
	const struct command *command;
	int err, served;

	err = copy_attr(&call);
	if (err)
		return err;
	if (cmd < 0 || (size_t)cmd >= ALV_COUNT(commands))
		return -EINVAL;
	command = &commands[cmd];
	if (!command->handler || !alv_host_has(task->host, command->since))
		return -EINVAL;
	if (!unused_is_zero(&call.attr, attr_used(task->host, (u32)cmd)))
		return -EINVAL;
	served = alv_cpu_serve(task->tid);
	err = command->handler(&call);
	alv_cpu_serve(served);
	return err;
}

int alv_bpf(struct alv_host *host, int cmd, const void *attr, unsigned int size)
{
	struct alv_task task;
	int err = alv_host_check_owner(host);

	if (err)
		return err;
	alv_task_init_self(&task, host);
	return alv_call(&task, cmd, alv_uaddr_at((u64)(uintptr_t)attr), size);
}

int alv_call_map(struct alv_call *call, u32 fd, unsigned int need,
		 struct alv_map **ret_map)
{
	struct alv_object *obj;
	unsigned int access;
	struct alv_map *map;
	int err;

	err = alv_task_object(call->task, (int)fd, ALV_KIND_MAP, &obj, &access);
	if (err)
		return err;
	map = alv_map_of(obj);
	if (alv_load_acquire(&map->frozen))
		access &= ~(unsigned int)ALV_MAY_WRITE;
	if (need & ~access) {
		alv_map_put(map);
		return -EPERM;
	}
	*ret_map = map;
	return 0;
}

int alv_call_map_to_write(struct alv_call *call, u32 fd, unsigned int need,
			  struct alv_map **ret_map)
{
	struct alv_map *map;
	int err;

	err = alv_call_map(call, fd, need, &map);
	if (err)
		return err;
	err = alv_map_begin_write(map);
	if (err) {
		alv_map_put(map);
		return err;
	}
	*ret_map = map;
	return 0;
}

int alv_call_no_token(struct alv_call *call, s32 fd)
{
	struct alv_file file;

	if (call->task->ops->file(call->task, fd, &file))
		return -EBADF;
	return call->task->ops->path_only(call->task, fd) ? -EBADF : -EINVAL;
}

int alv_call_access(u64 flags, unsigned int *ret_access)
{
	if (flags & BPF_F_RDONLY && flags & BPF_F_WRONLY)
		return -EINVAL;
	*ret_access = flags & BPF_F_RDONLY ? ALV_MAY_READ :
		      flags & BPF_F_WRONLY ? ALV_MAY_WRITE :
					     ALV_MAY_BOTH;
	return 0;
}

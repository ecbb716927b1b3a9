/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/region.h"
#include "object/host.h"

int alv_copy_in(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	return size ? task->ops->read(task, dst, src, size) : 0;
}

int alv_copy_out(struct alv_task *task, alv_uaddr dst, const void *src, size_t size)
{
	return size ? task->ops->write(task, dst, src, size) : 0;
}

/* Bytes from addr to the end of its page: what can be read without a second fault. */
static size_t to_page_end(u64 addr)
{
	return alv_page_size() - (addr & (alv_page_size() - 1));
}

int alv_copy_string(struct alv_task *task, char *dst, alv_uaddr src, size_t size)
{
	size_t done = 0;

	if (task->ops->string)
		return task->ops->string(task, dst, src, size);
	while (done < size) {
		alv_uaddr at = alv_uaddr_add(src, done);
		size_t chunk = to_page_end(at.addr);
		int err;

		if (chunk > size - done)
			chunk = size - done;
		err = alv_copy_in(task, dst + done, at, chunk);
		if (err)
			return err;
		if (memchr(dst + done, 0, chunk))
			return 0;
		done += chunk;
	}
	return -ENAMETOOLONG;
}

int alv_copy_is_zero(struct alv_task *task, alv_uaddr src, size_t size)
{
	u8 chunk[256];

	for (size_t done = 0; done < size;) {
		size_t part = size - done < sizeof(chunk) ? size - done : sizeof(chunk);
		int err = alv_copy_in(task, chunk, alv_uaddr_add(src, done), part);

		if (err)
			return err;
		for (size_t i = 0; i < part; i++)
			if (chunk[i])
				return 0;
		done += part;
	}
	return 1;
}

int alv_task_object(struct alv_task *task, int fd, enum alv_kind kind,
		    struct alv_object **ret_obj, unsigned int *ret_access)
{
	struct alv_object *obj;
	struct alv_file file;
	int err;

	err = task->ops->file(task, fd, &file);
	if (err)
		return err;
	if (alv_identity_find(task->host, &file, &obj, ret_access))
		return task->ops->path_only(task, fd) ? -EBADF : -EINVAL;
	if (kind != ALV_N_KINDS && obj->ops->kind != kind) {
		alv_object_put(obj);
		return -EINVAL;
	}
	*ret_obj = obj;
	return 0;
}

int alv_task_install(struct alv_task *task, struct alv_object *obj, unsigned int access)
{
	int fd, err;

	err = alv_identity_open(obj, access, &fd);
	if (err)
		return err;
	return task->ops->install(task, fd);
}

static u64 signal_set(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

bool alv_task_is_interrupted(const struct alv_task *task)
{
	char path[64], status[4096];
	ssize_t n;
	int fd;

	if (!task->tid)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", task->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, status, sizeof(status) - 1);
	close(fd);
	if (n <= 0)
		return true;
	status[n] = 0;
	if (strstr(status, "\nState:\tZ") || strstr(status, "\nState:\tX"))
		return true;
	return (signal_set(status, "\nSigPnd:\t") | signal_set(status, "\nShdPnd:\t")) &
	       ~signal_set(status, "\nSigBlk:\t");
}

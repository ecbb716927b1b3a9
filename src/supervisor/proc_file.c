/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/proc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

int alv_proc_read(int fd, char **ret_text)
{
	ALV_AUTO(mem) char *text = NULL;
	size_t size = 0, capacity = 4096;
	ssize_t n;

	do {
		char *more = realloc(text, capacity);

		if (!more)
			return -ENOMEM;
		text = more;
		n = read(fd, text + size, capacity - size - 1);
		if (n < 0)
			return -errno;
		size += (size_t)n;
		if (size > capacity / 2)
			capacity *= 2;
	} while (n);
	text[size] = '\0';
	*ret_text = alv_steal_ptr(text);
	return 0;
}

int alv_proc_read_place(struct alv_task *task, const struct alv_place *place, char **ret_text)
{
	ALV_AUTO(fd) int fd = -1;
	int err = task->ops->assume(task);

	if (err)
		return err;
	fd = openat(place->dir, place->name, O_RDONLY | O_CLOEXEC);
	task->ops->resume(task);
	return fd < 0 ? -ENOENT : alv_proc_read(fd, ret_text);
}

bool alv_proc_is_place(const struct alv_place *place)
{
	struct statfs fs;

	return *place->name && !fstatfs(place->dir, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

int alv_proc_answer_init(struct alv_proc_answer *answer)
{
	int dup, err;

	answer->fd = memfd_create("proc", MFD_CLOEXEC);
	if (answer->fd < 0)
		return -errno;
	dup = fcntl(answer->fd, F_DUPFD_CLOEXEC, 0);
	answer->out = dup < 0 ? NULL : fdopen(dup, "w");
	if (answer->out)
		return 0;
	err = -errno;
	if (dup >= 0)
		close(dup);
	close(answer->fd);
	return err;
}

int alv_proc_answer_finish(struct alv_proc_answer *answer, int err)
{
	char path[32];
	int fd = -1;

	if (fclose(answer->out) && !err)
		err = -errno;
	if (!err) {
		/* Anew: at its start, and read-only as the client asked for it. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", answer->fd);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		err = fd < 0 ? -errno : 0;
	}
	close(answer->fd);
	return err ? err : fd;
}

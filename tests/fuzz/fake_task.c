/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_task.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/bpffs.h"

static struct fake_task *fake_of(struct alv_task *task)
{
	return alv_container(task, struct fake_task, task);
}

static u8 *memory_at(struct alv_task *task, alv_uaddr at, size_t size)
{
	u64 offset = at.addr - FAKE_MEMORY_START;

	if (at.addr < FAKE_MEMORY_START || offset > FAKE_MEMORY_SIZE ||
	    size > FAKE_MEMORY_SIZE - offset)
		return NULL;
	return fake_of(task)->memory + offset;
}

static int fake_read(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	const u8 *from = memory_at(task, src, size);

	if (!from)
		return -EFAULT;
	memcpy(dst, from, size);
	return 0;
}

static int fake_write(struct alv_task *task, alv_uaddr dst, const void *src, size_t size)
{
	u8 *to = memory_at(task, dst, size);

	if (!to)
		return -EFAULT;
	memcpy(to, src, size);
	return 0;
}

static int real_fd(struct alv_task *task, int fd)
{
	return fd >= 0 && fd < FAKE_FDS ? fake_of(task)->fds[fd] : -1;
}

static int fake_file(struct alv_task *task, int fd, struct alv_file *ret_file)
{
	struct stat st;

	if (fstat(real_fd(task, fd), &st))
		return -EBADF;
	ret_file->device = st.st_dev;
	ret_file->inode = st.st_ino;
	return 0;
}

static bool fake_path_only(struct alv_task *task, int fd)
{
	return false;
}

static int fake_install(struct alv_task *task, int fd)
{
	struct fake_task *fake = fake_of(task);

	for (int i = 0; i < FAKE_FDS; i++) {
		if (fake->fds[i] >= 0)
			continue;
		fake->fds[i] = fd;
		return i;
	}
	close(fd);
	return -EMFILE;
}

/* Every path is a name in the root of the bpf filesystem. */
static int fake_resolve(struct alv_task *task, int dirfd, const char *path, bool follow,
			struct alv_place *ret_place)
{
	if (!*path)
		return -ENOENT;
	if (strchr(path, '/') || strlen(path) >= sizeof(ret_place->name))
		return -ENOTDIR;
	ret_place->dir = dup(alv_bpffs_root(task->host->bpffs));
	strcpy(ret_place->name, path);
	return ret_place->dir < 0 ? -errno : 0;
}

static int fake_maps_writable(struct alv_task *task, struct alv_object *obj)
{
	return 0;
}

static int fake_assume(struct alv_task *task)
{
	return 0;
}

static void fake_resume(struct alv_task *task)
{
}

static const struct alv_task_ops fake_ops = {
	.read = fake_read,
	.write = fake_write,
	.file = fake_file,
	.path_only = fake_path_only,
	.install = fake_install,
	.resolve = fake_resolve,
	.maps_writable = fake_maps_writable,
	.assume = fake_assume,
	.resume = fake_resume,
};

void fake_task_init(struct fake_task *fake, struct alv_host *host)
{
	memset(fake->memory, 0, sizeof(fake->memory));
	for (int i = 0; i < FAKE_FDS; i++)
		fake->fds[i] = -1;
	fake->task = (struct alv_task){
		.host = host,
		.ops = &fake_ops,
		.authority = host->authority,
	};
}

void fake_task_fini(struct fake_task *fake)
{
	for (unsigned int i = 0; i < FAKE_FDS; i++)
		fake_task_close(fake, i);
}

void fake_task_close(struct fake_task *fake, unsigned int fd)
{
	if (fd >= FAKE_FDS || fake->fds[fd] < 0)
		return;
	close(fake->fds[fd]);
	fake->fds[fd] = -1;
}

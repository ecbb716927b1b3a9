/* SPDX-License-Identifier: BSD-2-Clause */
/* The task of a thread of this process: the caller of alv_bpf(). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "object/bpffs.h"
#include "object/host.h"
#include "object/task.h"

typedef ssize_t copy_fn(pid_t pid, const struct iovec *local, unsigned long n_local,
			const struct iovec *remote, unsigned long n_remote, unsigned long flags);

/* Through the kernel, because a bad address must be EFAULT and not a signal. */
static int self_copy(struct alv_task *task, copy_fn *copy, void *ours, alv_uaddr theirs,
		     size_t size)
{
	struct iovec local = { .iov_base = ours, .iov_len = size };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)theirs.addr, .iov_len = size };

	return copy(task->host->owner, &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int self_read(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	return self_copy(task, process_vm_readv, dst, src, size);
}

static int self_write(struct alv_task *task, alv_uaddr dst, const void *src, size_t size)
{
	return self_copy(task, process_vm_writev, (void *)src, dst, size);
}

static int self_file(struct alv_task *task, int fd, struct alv_file *ret_file)
{
	static const unsigned int access[] = {
		[O_RDONLY] = ALV_MAY_READ,
		[O_WRONLY] = ALV_MAY_WRITE,
		[O_RDWR] = ALV_MAY_BOTH,
		[O_ACCMODE] = 0,
	};
	struct stat st;
	int flags;

	if (fstat(fd, &st))
		return -EBADF;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -EBADF;
	ret_file->device = st.st_dev;
	ret_file->inode = st.st_ino;
	ret_file->access = access[flags & O_ACCMODE];
	return flags & O_PATH || !ret_file->access ? -EBADF : 0;
}

static int self_install(struct alv_task *task, int fd)
{
	return fd;
}

/* Below the bpf filesystem's usual place: the rest of the path, relative to its root. */
static const char *below_bpffs(const char *path)
{
	size_t size = strlen(ALV_BPFFS_PATH);

	if (strncmp(path, ALV_BPFFS_PATH, size) || (path[size] && path[size] != '/'))
		return NULL;
	path += size;
	return path + strspn(path, "/");
}

static int open_parent(int dirfd, const char *path, struct alv_place *place)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int fd;

	if (strlen(name) >= sizeof(place->name))
		return -ENAMETOOLONG;
	if (!slash)
		strcpy(parent, ".");
	else if (slash == path)
		strcpy(parent, "/");
	else
		memcpy(parent, path, (size_t)(slash - path)), parent[slash - path] = 0;
	fd = openat(dirfd, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	place->dir = fd;
	strcpy(place->name, name);
	return 0;
}

/* Replace `path` by what the link at `place` says. 1: it was one. */
static int read_link(const struct alv_place *place, char path[PATH_MAX])
{
	ssize_t size = readlinkat(place->dir, place->name, path, PATH_MAX - 1);

	if (size < 0)
		return 0;
	path[size] = 0;
	return 1;
}

#define MAX_LINKS 40 /* as path_resolution(7) */

static int self_resolve(struct alv_task *task, int dirfd, const char *asked, bool follow,
			struct alv_place *ret_place)
{
	struct alv_place place = { .dir = -1 };
	char path[PATH_MAX];
	ALV_AUTO(fd) int from = -1;

	if (strlen(asked) >= sizeof(path))
		return -ENAMETOOLONG;
	if (!*asked)
		return -ENOENT;
	strcpy(path, asked);
	for (int links = 0; links <= MAX_LINKS; links++) {
		const char *rest = below_bpffs(path);
		int err;

		err = open_parent(rest ? alv_bpffs_root(task->host->bpffs) :
					 (from >= 0 ? from : dirfd),
				  rest ? rest : path, &place);
		if (err)
			return err;
		if (!follow || !*place.name || !read_link(&place, path)) {
			*ret_place = place;
			return 0;
		}
		if (from >= 0)
			close(from);
		from = place.dir;
	}
	return -ELOOP;
}

static int self_maps_writable(struct alv_task *task, struct alv_object *obj)
{
	int count = alv_count_writable_mappings(task->host->owner, obj->identity.inode);

	return count < 0 ? count : count > (int)obj->identity.host_mappings;
}

/* A thread of this process acts with its own credentials already. */
static int self_assume(struct alv_task *task)
{
	return 0;
}

static void self_resume(struct alv_task *task)
{
}

static const struct alv_task_ops self_ops = {
	.read = self_read,
	.write = self_write,
	.file = self_file,
	.install = self_install,
	.resolve = self_resolve,
	.maps_writable = self_maps_writable,
	.assume = self_assume,
	.resume = self_resume,
};

void alv_task_init_self(struct alv_task *task, struct alv_host *host)
{
	*task = (struct alv_task){
		.host = host,
		.ops = &self_ops,
		.authority = host->authority,
		.tid = gettid(),
	};
}

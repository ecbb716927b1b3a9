/* SPDX-License-Identifier: BSD-2-Clause */
/* The task of a thread of this process: the caller of alv_bpf(). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/region.h"
#include "object/bpffs.h"
#include "object/host.h"
#include "object/mappings.h"
#include "object/task.h"

/*
 * Is this memory surely there? What lies between this frame and the top of the
 * thread's stack is: attributes, keys and values mostly live there, and a probe of
 * the kernel's costs as much as the rest of a call.
 */
static bool on_own_stack(u64 addr, size_t size)
{
	static __thread u64 top;
	u64 here = (u64)(uintptr_t)__builtin_frame_address(0);

	if (!top) {
		pthread_attr_t attr;
		size_t stack_size;
		void *bottom;

		top = 1; /* none known */
		if (pthread_getattr_np(pthread_self(), &attr))
			return false;
		if (!pthread_attr_getstack(&attr, &bottom, &stack_size))
			top = (u64)(uintptr_t)bottom + stack_size;
		pthread_attr_destroy(&attr);
	}
	return here < top && addr >= here && addr <= top && size <= top - addr;
}

/*
 * Elsewhere the kernel is asked page by page, by the cheapest calls that touch an
 * address and change nothing there: an invalid rt_sigprocmask(2) reads 8 bytes before
 * it finds itself invalid, FUTEX_WAKE_OP adds 0 to a word. Both answer EFAULT for what
 * would be a signal. (Memory that another thread unmaps meanwhile is that thread's
 * business.)
 */
static bool can_read(u64 addr)
{
	const int invalid = ~0;

	return syscall(SYS_rt_sigprocmask, invalid, addr & ~7ull, NULL, 8) &&
	       errno != EFAULT;
}

static bool can_write(u64 addr)
{
	u32 nobody = 0;

	return syscall(SYS_futex, &nobody, FUTEX_WAKE_OP_PRIVATE, 0, NULL, addr & ~3ull,
		       FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0)) >= 0;
}

static bool each_page(u64 addr, size_t size, bool (*allowed)(u64 addr))
{
	u64 page = alv_page_size(), last = addr + size - 1;

	if (last < addr || !allowed(addr))
		return false;
	for (u64 at = (addr | (page - 1)) + 1; at && at <= last; at += page)
		if (!allowed(at))
			return false;
	return true;
}

static int self_read(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	if (!on_own_stack(src.addr, size) && !each_page(src.addr, size, can_read))
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)src.addr, size);
	return 0;
}

static int self_write(struct alv_task *task, alv_uaddr dst, const void *src, size_t size)
{
	if (!on_own_stack(dst.addr, size) && !each_page(dst.addr, size, can_write))
		return -EFAULT;
	memcpy((void *)(uintptr_t)dst.addr, src, size);
	return 0;
}

static int self_string(struct alv_task *task, char *dst, alv_uaddr src, size_t size)
{
	size_t page = alv_page_size(), done = 0;

	while (done < size) {
		const char *from = (const char *)(uintptr_t)(src.addr + done);
		size_t part = page - ((src.addr + done) & (page - 1));

		if (part > size - done)
			part = size - done;
		if (!can_read(src.addr + done))
			return -EFAULT;
		if (memccpy(dst + done, from, 0, part))
			return 0;
		done += part;
	}
	return -ENAMETOOLONG;
}

static int self_file(struct alv_task *task, int fd, struct alv_file *ret_file)
{
	struct stat st;

	if (fstat(fd, &st))
		return -EBADF;
	ret_file->device = st.st_dev;
	ret_file->inode = st.st_ino;
	return 0;
}

static bool self_path_only(struct alv_task *task, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || flags & O_PATH;
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
	int count = alv_mappings_count_writable(task->host->owner, obj->identity.inode, false);

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
	.string = self_string,
	.file = self_file,
	.path_only = self_path_only,
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
	};
}

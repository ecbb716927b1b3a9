/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libalveary-libbpf: stands before the C library in the order of symbols, so that
 * libbpf's syscall(__NR_bpf, ...) comes here, and its waiting for ring buffers.
 */
#undef _FILE_OFFSET_BITS /* else statfs is another name for statfs64, and both are wanted */
#include <alveary/libbpf.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define BPFFS       "/sys/fs/bpf"
#define BPFFS_MAGIC 0xcafe4a11

static struct alv_host *routed;

struct alv_host *alv_libbpf_use(struct alv_host *host)
{
	return __atomic_exchange_n(&routed, host, __ATOMIC_ACQ_REL);
}

/* The C library's syscall(), which our symbol hides: arguments in registers, errno set. */
static long set_errno(long result)
{
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

static long raw_syscall(long number, const long args[6])
{
	register long r10 __asm__("r10") = args[3];
	register long r8 __asm__("r8") = args[4];
	register long r9 __asm__("r9") = args[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

ALV_API long syscall(long number, ...);
ALV_API int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
ALV_API int statfs(const char *path, struct statfs *buf);
ALV_API int statfs64(const char *path, struct statfs64 *buf);
ALV_API int mkdir(const char *path, mode_t mode);
ALV_API int rmdir(const char *path);
ALV_API int unlink(const char *path);

long syscall(long number, ...)
{
	struct alv_host *host = __atomic_load_n(&routed, __ATOMIC_ACQUIRE);
	long args[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (host && number == __NR_bpf)
		return set_errno(alv_bpf(host, (int)args[0], (const void *)args[1],
					 (unsigned int)args[2]));
	return set_errno(raw_syscall(number, args));
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	struct alv_host *host = __atomic_load_n(&routed, __ATOMIC_ACQUIRE);
	const long args[6] = { epfd, op, fd, (long)event };

	return (int)set_errno(host ? alv_epoll_ctl(host, epfd, op, fd, event)
				   : raw_syscall(SYS_epoll_ctl, args));
}

/* Below /sys/fs/bpf while a host is in use: the path in the host's directory. 0: not. */
static int translate(const char *path, char out[PATH_MAX])
{
	struct alv_host *host = __atomic_load_n(&routed, __ATOMIC_ACQUIRE);
	size_t size = strlen(BPFFS);

	if (!host || !path || strncmp(path, BPFFS, size) || (path[size] && path[size] != '/'))
		return 0;
	return snprintf(out, PATH_MAX, "%s%s", alv_host_bpffs(host), path + size) < PATH_MAX;
}

/* A call whose first argument is a path. */
static long path_syscall(long number, const char *path, long second)
{
	char own[PATH_MAX];
	const long args[6] = { (long)(translate(path, own) ? own : path), second };

	return set_errno(raw_syscall(number, args));
}

int statfs(const char *path, struct statfs *buf)
{
	char own[PATH_MAX];
	int result = (int)path_syscall(SYS_statfs, path, (long)buf);

	if (!result && translate(path, own))
		buf->f_type = BPFFS_MAGIC;
	return result;
}

/* The same layout on a 64-bit machine. */
int statfs64(const char *path, struct statfs64 *buf)
{
	return statfs(path, (struct statfs *)buf);
}

int mkdir(const char *path, mode_t mode)
{
	return (int)path_syscall(SYS_mkdir, path, mode);
}

int rmdir(const char *path)
{
	return (int)path_syscall(SYS_rmdir, path, 0);
}

int unlink(const char *path)
{
	return (int)path_syscall(SYS_unlink, path, 0);
}

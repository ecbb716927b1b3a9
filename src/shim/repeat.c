/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into clients: calls that end with EINTR come again, if only the launcher
 * can be the reason. It looks at them by seccomp notification, and a signal that comes
 * before it took notice ends the call, which then did not happen. The kernel's own
 * answers to these calls are never EINTR, whatever handlers want.
 */
#include "shim/next.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TEST_RUN       BPF_PROG_TEST_RUN /* runs for long, and says when it was interrupted */
#define PERF_EVENT_TYPE _IOC_TYPE(PERF_EVENT_IOC_ENABLE)
#define MEMORY_DEVICES 1                 /* major number of null, zero, random... */

/* name, parameters, arguments; 0 or more, or -1 and errno */
#define CALLS(X)                                                                           \
	X(access, (const char *path, int mode), (path, mode))                              \
	X(chdir, (const char *path), (path))                                               \
	X(chmod, (const char *path, mode_t mode), (path, mode))                            \
	X(chown, (const char *path, uid_t u, gid_t g), (path, u, g))                       \
	X(epoll_ctl, (int ep, int op, int fd, struct epoll_event *e), (ep, op, fd, e))     \
	X(faccessat, (int dir, const char *path, int m, int f), (dir, path, m, f))         \
	X(fchmod, (int fd, mode_t mode), (fd, mode))                                       \
	X(fchmodat, (int dir, const char *path, mode_t m, int f), (dir, path, m, f))       \
	X(fchown, (int fd, uid_t u, gid_t g), (fd, u, g))                                  \
	X(fchownat, (int dir, const char *path, uid_t u, gid_t g, int f),                  \
	  (dir, path, u, g, f))                                                            \
	X(fstat, (int fd, struct stat *st), (fd, st))                                      \
	X(fstat64, (int fd, struct stat64 *st), (fd, st))                                  \
	X(fstatat, (int dir, const char *path, struct stat *st, int f), (dir, path, st, f)) \
	X(fstatat64, (int dir, const char *path, struct stat64 *st, int f),                \
	  (dir, path, st, f))                                                              \
	X(fstatfs, (int fd, struct statfs *st), (fd, st))                                  \
	X(fstatfs64, (int fd, struct statfs64 *st), (fd, st))                              \
	X(fstatvfs, (int fd, struct statvfs *st), (fd, st))                                \
	X(fstatvfs64, (int fd, struct statvfs64 *st), (fd, st))                            \
	X(ftruncate, (int fd, off_t size), (fd, size))                                     \
	X(ftruncate64, (int fd, off64_t size), (fd, size))                                 \
	X(futimens, (int fd, const struct timespec t[2]), (fd, t))                         \
	X(lchown, (const char *path, uid_t u, gid_t g), (path, u, g))                      \
	X(link, (const char *old, const char *new), (old, new))                            \
	X(linkat, (int dir, const char *old, int dir2, const char *new, int f),            \
	  (dir, old, dir2, new, f))                                                        \
	X(lsetxattr, (const char *path, const char *name, const void *v, size_t n, int f), \
	  (path, name, v, n, f))                                                           \
	X(lstat, (const char *path, struct stat *st), (path, st))                          \
	X(lstat64, (const char *path, struct stat64 *st), (path, st))                      \
	X(mkdir, (const char *path, mode_t mode), (path, mode))                            \
	X(mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))            \
	X(mkfifo, (const char *path, mode_t mode), (path, mode))                           \
	X(mkfifoat, (int dir, const char *path, mode_t mode), (dir, path, mode))           \
	X(mknod, (const char *path, mode_t mode, dev_t dev), (path, mode, dev))            \
	X(mknodat, (int dir, const char *path, mode_t m, dev_t dev), (dir, path, m, dev))  \
	X(mount, (const char *what, const char *path, const char *type, unsigned long f,   \
		  const void *data), (what, path, type, f, data))                          \
	X(mprotect, (void *start, size_t size, int prot), (start, size, prot))             \
	X(pkey_mprotect, (void *start, size_t size, int prot, int key),                    \
	  (start, size, prot, key))                                                        \
	X(remove, (const char *path), (path))                                              \
	X(rename, (const char *old, const char *new), (old, new))                          \
	X(renameat, (int dir, const char *old, int dir2, const char *new),                 \
	  (dir, old, dir2, new))                                                           \
	X(renameat2, (int dir, const char *old, int dir2, const char *new, unsigned int f), \
	  (dir, old, dir2, new, f))                                                        \
	X(rmdir, (const char *path), (path))                                               \
	X(setxattr, (const char *path, const char *name, const void *v, size_t n, int f),  \
	  (path, name, v, n, f))                                                           \
	X(stat, (const char *path, struct stat *st), (path, st))                           \
	X(stat64, (const char *path, struct stat64 *st), (path, st))                       \
	X(statfs, (const char *path, struct statfs *st), (path, st))                       \
	X(statfs64, (const char *path, struct statfs64 *st), (path, st))                   \
	X(statvfs, (const char *path, struct statvfs *st), (path, st))                     \
	X(statvfs64, (const char *path, struct statvfs64 *st), (path, st))                 \
	X(statx, (int dir, const char *path, int f, unsigned int m, struct statx *st),     \
	  (dir, path, f, m, st))                                                           \
	X(symlink, (const char *to, const char *path), (to, path))                         \
	X(symlinkat, (const char *to, int dir, const char *path), (to, dir, path))         \
	X(truncate, (const char *path, off_t size), (path, size))                          \
	X(truncate64, (const char *path, off64_t size), (path, size))                      \
	X(unlink, (const char *path), (path))                                              \
	X(unlinkat, (int dir, const char *path, int f), (dir, path, f))                    \
	X(utimensat, (int dir, const char *path, const struct timespec t[2], int f),       \
	  (dir, path, t, f))

/* The same; they return a size. */
#define SIZE_CALLS(X)                                                                      \
	X(getxattr, (const char *path, const char *name, void *v, size_t n),               \
	  (path, name, v, n))                                                              \
	X(lgetxattr, (const char *path, const char *name, void *v, size_t n),              \
	  (path, name, v, n))                                                              \
	X(listxattr, (const char *path, char *list, size_t n), (path, list, n))            \
	X(llistxattr, (const char *path, char *list, size_t n), (path, list, n))           \
	X(readlink, (const char *path, char *text, size_t n), (path, text, n))             \
	X(readlinkat, (int dir, const char *path, char *text, size_t n),                   \
	  (dir, path, text, n))

/* These return a pointer, or NULL and errno. */
#define POINTER_CALLS(X)                                                                   \
	X(DIR *, opendir, (const char *path), (path))                                      \
	X(char *, getcwd, (char *text, size_t size), (text, size))                         \
	X(char *, realpath, (const char *path, char *real), (path, real))

#define REPEAT(type, failed, name, parameters, arguments)                                  \
	EXPORT type name parameters                                                        \
	{                                                                                  \
		__typeof__(&name) next = NEXT(name);                                       \
		int saved = errno;                                                         \
		type result;                                                               \
                                                                                           \
		do {                                                                       \
			errno = saved;                                                     \
			result = next arguments;                                           \
		} while (result == failed && errno == EINTR);                              \
		return result;                                                             \
	}
#define REPEAT_CALL(name, parameters, arguments) REPEAT(int, -1, name, parameters, arguments)
#define REPEAT_SIZE(name, parameters, arguments)                                           \
	REPEAT(ssize_t, -1, name, parameters, arguments)
#define REPEAT_POINTER(type, name, parameters, arguments)                                  \
	REPEAT(type, NULL, name, parameters, arguments)

CALLS(REPEAT_CALL)
SIZE_CALLS(REPEAT_SIZE)
POINTER_CALLS(REPEAT_POINTER)

EXPORT void *mmap(void *start, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *result;

	do
		result = NEXT(mmap)(start, size, prot, flags, fd, offset);
	while (result == MAP_FAILED && errno == EINTR);
	return result;
}

EXPORT void *mmap64(void *start, size_t size, int prot, int flags, int fd, off64_t offset)
{
	return mmap(start, size, prot, flags, fd, offset);
}

/* What opening such a file waits for may be interrupted. */
static bool opens_slowly(int dirfd, const char *path)
{
	struct stat st;

	return !fstatat(dirfd, path, &st, 0) &&
	       (S_ISFIFO(st.st_mode) ||
		(S_ISCHR(st.st_mode) && major(st.st_rdev) != MEMORY_DEVICES));
}

bool alv_shim_open_again(int dirfd, const char *path, int flags)
{
	int saved = errno;
	bool again = saved == EINTR &&
		     (flags & (O_PATH | O_NONBLOCK) || !opens_slowly(dirfd, path));

	errno = saved;
	return again;
}

/* syscall.S */
typedef long syscall_fn(long number, ...);
extern syscall_fn alv_shim_early_syscall;
syscall_fn *alv_shim_next_syscall = alv_shim_early_syscall;
long alv_shim_fail(long result);
long alv_shim_call(long number, long a, long b, long c, long d, long e, long f);

/* Of the C library's part of a system call: errno. */
long alv_shim_fail(long result)
{
	errno = (int)-result;
	return -1;
}

long alv_shim_call(long number, long a, long b, long c, long d, long e, long f)
{
	bool tells = number == SYS_bpf && a == TEST_RUN;
	long result;

	do
		result = alv_shim_next_syscall(number, a, b, c, d, e, f);
	while (result == -1 && errno == EINTR && !tells);
	return result;
}

/* Requests of perf events; others may wait for long, and be interrupted. */
EXPORT int ioctl(int fd, unsigned long request, ...)
{
	bool again = _IOC_TYPE(request) == PERF_EVENT_TYPE;
	va_list args;
	int result;
	long arg;

	va_start(args, request);
	arg = va_arg(args, long);
	va_end(args);
	do
		result = NEXT(ioctl)(fd, request, arg);
	while (result == -1 && errno == EINTR && again);
	return result;
}

__attribute__((constructor)) static void find_syscall(void)
{
	syscall_fn *next = (syscall_fn *)dlsym(RTLD_NEXT, "syscall");

	if (next)
		alv_shim_next_syscall = next;
}

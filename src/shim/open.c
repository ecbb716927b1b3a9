/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into clients: opens of /proc/PID/fdinfo/N, of the table of mounts and of
 * pins go through openat2(2), which the launcher's filter always sees, so that other
 * opens need not be seen in the mounts view. Everything else passes on untouched;
 * without a launcher around it, openat2(2) does what open(2) does.
 *
 * All opens come again if a signal ended them before the launcher took notice.
 */
#include "shim/next.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What _FORTIFY_SOURCE makes of opens whose mode is not given. */
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __openat_2(int dirfd, const char *path, int flags);
EXPORT int __openat64_2(int dirfd, const char *path, int flags);

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len >= n && !strcmp(path + len - n, end);
}

static bool is_wanted(const char *path)
{
	if (!path)
		return false;
	if (!strncmp(path, "/proc/", 6))
		return strstr(path, "/fdinfo/") || ends_in(path, "/mounts") ||
		       ends_in(path, "/mountinfo");
	return !strcmp(path, "/etc/mtab") || !strncmp(path, "/sys/fs/bpf/", 12);
}

/*
 * False: let the plain call try; it knows flags and kernels that openat2 does not.
 * EIO is an answer: it is the one for pins.
 */
static bool open_wanted(const char *path, int flags, int *ret_fd)
{
	struct open_how how = { .flags = (unsigned int)flags };
	int saved = errno;

	if (!is_wanted(path))
		return false;
	do
		*ret_fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	while (*ret_fd < 0 && alv_shim_open_again(AT_FDCWD, path, flags));
	if (*ret_fd >= 0)
		return true;
	if (errno == EIO)
		return true;
	errno = saved;
	return false;
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
}

/* Make an open as often as need be. */
#define OPENED(dirfd, path, flags, call)                                                   \
	({                                                                                 \
		int opened_;                                                               \
                                                                                           \
		do                                                                         \
			opened_ = call;                                                    \
		while (opened_ < 0 && alv_shim_open_again(dirfd, path, flags));            \
		opened_;                                                                   \
	})

/* An open with a mode behind its flags; last what it hands on before that. */
#define OPEN_VARIADIC(name, dirfd, parameters, ...)                                        \
	EXPORT int name parameters                                                         \
	{                                                                                  \
		va_list args;                                                              \
		mode_t mode;                                                               \
		int fd;                                                                    \
                                                                                           \
		if (open_wanted(path, flags, &fd))                                         \
			return fd;                                                         \
		va_start(args, flags);                                                     \
		mode = mode_of(flags, args);                                               \
		va_end(args);                                                              \
		return OPENED(dirfd, path, flags, NEXT(name)(__VA_ARGS__, mode));          \
	}

/* The fortified ones: no mode. */
#define OPEN_FIXED(name, dirfd, parameters, ...)                                           \
	EXPORT int name parameters                                                         \
	{                                                                                  \
		int fd;                                                                    \
                                                                                           \
		if (open_wanted(path, flags, &fd))                                         \
			return fd;                                                         \
		return OPENED(dirfd, path, flags, NEXT(name)(__VA_ARGS__));                \
	}

#define OPEN(name) \
	OPEN_VARIADIC(name, AT_FDCWD, (const char *path, int flags, ...), path, flags)
#define OPENAT(name) \
	OPEN_VARIADIC(name, dirfd, (int dirfd, const char *path, int flags, ...), dirfd, path, flags)
#define OPEN_2(name) \
	OPEN_FIXED(name, AT_FDCWD, (const char *path, int flags), path, flags)
#define OPENAT_2(name) \
	OPEN_FIXED(name, dirfd, (int dirfd, const char *path, int flags), dirfd, path, flags)

#define CREAT(name)                                                                        \
	EXPORT int name(const char *path, mode_t mode)                                     \
	{                                                                                  \
		return OPENED(AT_FDCWD, path, 0, NEXT(name)(path, mode));                  \
	}

#define FOPEN(name)                                                                        \
	EXPORT FILE *name(const char *restrict path, const char *restrict mode)            \
	{                                                                                  \
		int fd, cloexec = strchr(mode, 'e') ? O_CLOEXEC : 0;                       \
		FILE *file;                                                                \
                                                                                           \
		if (*mode == 'r' && !strchr(mode, '+') &&                                  \
		    open_wanted(path, O_RDONLY | cloexec, &fd))                            \
			return fd < 0 ? NULL : fdopen(fd, mode);                           \
		do                                                                         \
			file = NEXT(name)(path, mode);                                     \
		while (!file && alv_shim_open_again(AT_FDCWD, path, 0));                   \
		return file;                                                               \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
OPEN_2(__open_2)
OPEN_2(__open64_2)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)
CREAT(creat)
CREAT(creat64)
FOPEN(fopen)
FOPEN(fopen64)
FOPEN(setmntent)

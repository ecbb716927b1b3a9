/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing attributes of pins and directories: mode, owner, times, length. They
 * are those of the host's files. Files that describe the kernel do not change.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/call_path.h"

/*
 * The file itself, not what a link of that name leads to: the walk has followed
 * those that were to be followed.
 */
static int open_node(const struct alv_spot *spot, struct stat *ret_st)
{
	int fd;

	if (alv_spot_is_file(spot))
		return *spot->place.name ? -ENOTDIR : -EPERM;
	fd = openat(spot->place.dir, alv_spot_name(spot), O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, ret_st) && (!spot->slash || S_ISDIR(ret_st->st_mode)))
		return fd;
	close(fd);
	return -ENOTDIR;
}

/* An O_PATH descriptor's file, for calls that want a path. */
static void node_path(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

s64 alv_path_truncate(struct alv_path_request *path)
{
	s64 length = (s64)path->req->args[1];
	ALV_AUTO(fd) int fd = -1;
	struct stat st;
	char file[32];

	if (length < 0)
		return -EINVAL;
	fd = open_node(&path->spot, &st);
	if (fd < 0)
		return fd == -EPERM ? -EACCES : fd;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	node_path(fd, file);
	return truncate(file, length) ? -errno : 0;
}

s64 alv_path_chmod(struct alv_path_request *path)
{
	ALV_AUTO(fd) int fd = -1;
	struct stat st;
	char file[32];

	if (path->flags & ~(unsigned int)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	fd = open_node(&path->spot, &st);
	if (fd < 0)
		return fd;
	if (S_ISLNK(st.st_mode))
		return -EOPNOTSUPP;
	node_path(fd, file);
	return chmod(file, (mode_t)path->req->args[path->row->path + 1] & 07777) ? -errno : 0;
}

s64 alv_path_chown(struct alv_path_request *path)
{
	const u64 *args = path->req->args;
	ALV_AUTO(fd) int fd = -1;
	struct stat st;

	if (path->flags & ~(unsigned int)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	fd = open_node(&path->spot, &st);
	if (fd < 0)
		return fd;
	if (fchownat(fd, "", (uid_t)args[path->row->path + 1], (gid_t)args[path->row->path + 2],
		     AT_EMPTY_PATH))
		return -errno;
	return 0;
}

s64 alv_path_utimes(struct alv_path_request *path)
{
	alv_uaddr from = alv_uaddr_at(path->req->args[2]);
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
	const struct alv_spot *spot = &path->spot;
	ALV_AUTO(fd) int fd = -1;
	struct stat st;
	int err;

	if (from.addr) {
		err = alv_copy_in(&path->req->task, times, from, sizeof(times));
		if (err)
			return err;
	}
	fd = open_node(spot, &st);
	if (fd < 0)
		return fd;
	if (utimensat(spot->place.dir, alv_spot_name(spot), times, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return 0;
}

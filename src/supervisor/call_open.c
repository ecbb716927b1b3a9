/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening what the host provides: directories and files of ours go to the client
 * as real descriptors. A pin cannot be opened (EIO), nothing can be created.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/call_path.h"
#include "supervisor/fdinfo.h"
#include "supervisor/mount_table.h"

/* The name itself, whatever it is. */
static int open_node(const struct alv_spot *spot, struct stat *ret_st)
{
	int err, fd = openat(spot->place.dir, alv_spot_name(spot),
			     O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!fstat(fd, ret_st))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int open_directory(const struct alv_spot *spot, unsigned int flags)
{
	int fd;

	if (flags & O_CREAT)
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EISDIR;
	fd = openat(spot->place.dir, alv_spot_name(spot), (int)(flags | O_NOFOLLOW));
	return fd < 0 ? -errno : fd;
}

/* What the permissions say comes first; then no pin can be opened. */
static int open_pin(const struct alv_spot *spot, unsigned int flags)
{
	int fd;

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (flags & O_DIRECTORY || spot->slash)
		return -ENOTDIR;
	fd = openat(spot->place.dir, spot->place.name,
		    (int)(flags & (O_ACCMODE)) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return -EIO;
}

static int open_link(const struct alv_spot *spot, unsigned int flags)
{
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
}

/*
 * No kernel lets an O_PATH descriptor be handed to another process: a client that
 * asks for one gets one that can also be read from. Of a link there is none.
 */
static int open_as_path(const struct alv_spot *spot, const struct stat *st, unsigned int flags)
{
	int fd;

	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (!S_ISDIR(st->st_mode) && (flags & O_DIRECTORY || spot->slash))
		return -ENOTDIR;
	fd = openat(spot->place.dir, alv_spot_name(spot),
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_inside(const struct alv_spot *spot, unsigned int flags)
{
	struct stat st;
	int fd, err;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EOPNOTSUPP;
	fd = open_node(spot, &st);
	if (fd == -ENOENT && flags & O_CREAT)
		return -EACCES;
	if (fd < 0)
		return fd;
	if (flags & O_PATH)
		err = open_as_path(spot, &st, flags);
	else if (S_ISDIR(st.st_mode))
		err = open_directory(spot, flags);
	else if (S_ISLNK(st.st_mode))
		err = open_link(spot, flags);
	else
		err = open_pin(spot, flags);
	close(fd);
	return err;
}

/* A provided file can be read and nothing else, as those of sysfs. */
static int open_file(const struct alv_spot *spot, unsigned int flags)
{
	char path[32];
	int fd;

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (*spot->place.name || spot->slash || flags & O_DIRECTORY)
		return -ENOTDIR;
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return -EACCES;
	/* By the descriptor: no directory above it has to be open to the client. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", spot->place.dir);
	fd = open(path, O_RDONLY | (int)(flags & O_NONBLOCK) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Above our directory, where the kernel would not find what the client means. */
static int open_escaped(const struct alv_spot *spot, unsigned int flags, mode_t mode)
{
	int fd = openat(spot->place.dir, alv_spot_name(spot),
			(int)(flags & ~(unsigned int)O_PATH) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			mode);

	if (fd < 0)
		return -errno;
	/* We must not wait for who opens the other end; the client may want to. */
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, (int)flags & ~O_NONBLOCK)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static s64 give(struct alv_path_request *path, int fd, unsigned int flags)
{
	int err = fd;

	if (fd >= 0) {
		alv_path_release(path);
		err = alv_request_reply_fd(path->req, fd, flags & O_CLOEXEC);
	}
	return err && err != -ESRCH ? err : ALV_PATH_ANSWERED;
}

static s64 open_spot(struct alv_path_request *path, unsigned int flags, u64 mode)
{
	const struct alv_spot *spot = &path->spot;
	int fd;

	if (spot->escaped)
		fd = open_escaped(spot, flags, (mode_t)mode & 07777);
	else
		fd = alv_spot_is_file(spot) ? open_file(spot, flags) : open_inside(spot, flags);
	return give(path, fd, flags);
}

s64 alv_path_open(struct alv_path_request *path)
{
	return open_spot(path, path->flags, path->req->args[path->row->path + 2]);
}

s64 alv_path_creat(struct alv_path_request *path)
{
	return open_spot(path, O_CREAT | O_WRONLY | O_TRUNC, path->req->args[1]);
}

s64 alv_path_openat2(struct alv_path_request *path)
{
	struct open_how how;
	u64 size = path->req->args[3];

	/* Sizes and flags that the kernel does not take are its own to refuse. */
	if (size < sizeof(how) ||
	    alv_copy_in(&path->req->task, &how, alv_uaddr_at(path->req->args[2]), sizeof(how)))
		return ALV_PATH_PROCEED;
	if (how.resolve & RESOLVE_NO_XDEV)
		return -EXDEV;
	return open_spot(path, (unsigned int)how.flags, how.mode);
}

/* Elsewhere only what proc tells is ours: of our objects, and of the mounts. */
s64 alv_path_open_outside(struct alv_path_request *path)
{
	const struct alv_place *place = &path->spot.place;
	int fd;

	if ((path->flags & O_ACCMODE) != O_RDONLY || path->flags & (O_PATH | O_DIRECTORY))
		return ALV_PATH_PROCEED;
	if (alv_fdinfo_is_place(place))
		fd = alv_fdinfo_open(&path->req->task, place);
	else if (alv_mount_table_is_place(place))
		fd = alv_mount_table_open(&path->req->task, place);
	else
		return ALV_PATH_PROCEED;
	return fd == -ENOENT ? ALV_PATH_PROCEED : give(path, fd, path->flags);
}

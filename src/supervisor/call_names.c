/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making, moving and removing names in the host's bpf filesystem. What is
 * allowed is done on the host's directory, with the client's credentials.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/call_path.h"

/* The last component as the client wrote it: rmdir("x/.") is not rmdir("x"). */
static bool ends_in(const struct alv_path_request *path, const char *name)
{
	const char *text = path->name;
	size_t len = strlen(text), n = strlen(name);

	while (len && text[len - 1] == '/')
		len--;
	return len >= n && !strncmp(text + len - n, name, n) &&
	       (len == n || text[len - n - 1] == '/');
}

/* A name to be made: -EEXIST, or -ENOENT for one that ends in a slash. */
static int check_new(const struct alv_spot *spot, bool directory)
{
	struct stat st;

	if (!*spot->place.name)
		return -EEXIST;
	if (!fstatat(spot->place.dir, spot->place.name, &st, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return spot->slash && !directory ? -ENOENT : 0;
}

s64 alv_path_mkdir(struct alv_path_request *path)
{
	const struct alv_place *place = &path->spot.place;
	int err = check_new(&path->spot, true);

	if (err)
		return err;
	if (mkdirat(place->dir, place->name,
		    (mode_t)path->req->args[path->row->path + 1] & (S_IRWXU | S_IRWXG |
								     S_IRWXO | S_ISVTX)))
		return -errno;
	return 0;
}

/* Only bpf(2) makes pins, and other nodes there are none. */
s64 alv_path_mknod(struct alv_path_request *path)
{
	mode_t kind = (mode_t)path->req->args[path->row->path + 1] & S_IFMT;
	bool file = !kind || kind == S_IFREG;
	int err;

	if (kind == S_IFDIR)
		return -EPERM;
	if (!file && kind != S_IFCHR && kind != S_IFBLK && kind != S_IFIFO && kind != S_IFSOCK)
		return -EINVAL;
	err = check_new(&path->spot, false);
	if (err)
		return err;
	if (file || faccessat(path->spot.place.dir, ".", W_OK | X_OK, AT_EACCESS))
		return -EACCES;
	return -EPERM;
}

s64 alv_path_symlink(struct alv_path_request *path)
{
	ALV_AUTO(mem) char *target = malloc(PATH_MAX);
	int err;

	if (!target)
		return -ENOMEM;
	err = alv_copy_string(&path->req->task, target, alv_uaddr_at(path->req->args[0]),
			      PATH_MAX);
	if (!err && !*target)
		err = -ENOENT;
	if (!err)
		err = check_new(&path->spot, false);
	if (!err && symlinkat(target, path->spot.place.dir, path->spot.place.name))
		err = -errno;
	return err;
}

/*
 * A provided place itself cannot be removed. Who may not write to the directory it
 * stands in learns no more than that. Of a mount the kernel knows it all.
 */
static s64 keep_place(const struct alv_spot *spot, int err)
{
	char parent[PATH_MAX];

	if (!spot->provided)
		return ALV_PATH_PROCEED;
	snprintf(parent, sizeof(parent), "%s", spot->provided->path);
	*strrchr(parent, '/') = '\0';
	return faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) ? -EACCES : err;
}

static int check_slash(const struct alv_spot *spot)
{
	struct stat st;

	if (!spot->slash)
		return 0;
	if (fstatat(spot->place.dir, spot->place.name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

s64 alv_path_unlink(struct alv_path_request *path)
{
	const struct alv_spot *spot = &path->spot;
	int err;

	if (!*spot->place.name)
		return keep_place(spot, alv_spot_is_file(spot) ? -EPERM : -EISDIR);
	err = check_slash(spot);
	if (err)
		return err;
	return unlinkat(spot->place.dir, spot->place.name, 0) ? -errno : 0;
}

s64 alv_path_rmdir(struct alv_path_request *path)
{
	const struct alv_spot *spot = &path->spot;

	if (ends_in(path, "."))
		return -EINVAL;
	if (ends_in(path, ".."))
		return -ENOTEMPTY;
	if (!*spot->place.name)
		return keep_place(spot, alv_spot_is_file(spot) ? -ENOTDIR : -EBUSY);
	return unlinkat(spot->place.dir, spot->place.name, AT_REMOVEDIR) ? -errno : 0;
}

s64 alv_path_unlinkat(struct alv_path_request *path)
{
	if (path->flags & ~(unsigned int)AT_REMOVEDIR)
		return -EINVAL;
	return path->flags & AT_REMOVEDIR ? alv_path_rmdir(path) : alv_path_unlink(path);
}

s64 alv_path_link(struct alv_path_request *path)
{
	const struct alv_place *from = &path->spot.place, *to = &path->spot2.place;
	int err;

	if (path->flags & ~(unsigned int)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!*to->name)
		return -EEXIST;
	if (!*from->name)
		return -EPERM;
	err = check_slash(&path->spot);
	if (!err)
		err = check_new(&path->spot2, false);
	if (!err && linkat(from->dir, from->name, to->dir, to->name, 0))
		err = -errno;
	return err;
}

s64 alv_path_rename(struct alv_path_request *path)
{
	const struct alv_place *from = &path->spot.place, *to = &path->spot2.place;
	unsigned int flags = path->flags;
	int err;

	if (flags & ~(unsigned int)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	/* The root's own name belongs to another file system. */
	if (!*from->name != !*to->name)
		return -EXDEV;
	if (!*from->name)
		return -EBUSY;
	err = check_slash(&path->spot);
	if (err)
		return err;
	if (path->spot2.slash) {
		struct stat st;

		/* A slash behind the new name: only a directory can get it. */
		if (fstatat(from->dir, from->name, &st, AT_SYMLINK_NOFOLLOW))
			return -errno;
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
	}
	if (syscall(SYS_renameat2, from->dir, from->name, to->dir, to->name, flags))
		return -errno;
	return 0;
}

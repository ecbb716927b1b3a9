/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/call_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/call.h"
#include "supervisor/credentials.h"
#include "supervisor/interrupted.h"

#define NO ALV_NO_ARG

/* Newer than the C library's headers. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

static const struct alv_path_row rows[] = {
	/* call, dirfd, path, flags, follow, serve, dirfd2, path2, outside */
	{ __NR_open, NO, 0, 1, ALV_OPEN_FLAGS, alv_path_open, NO, NO, alv_path_open_outside },
	{ __NR_openat, 0, 1, 2, ALV_OPEN_FLAGS, alv_path_open, NO, NO, alv_path_open_outside },
	{ __NR_openat2, 0, 1, NO, ALV_OPEN_HOW, alv_path_openat2, NO, NO, alv_path_open_outside },
	{ __NR_creat, NO, 0, NO, ALV_FOLLOW, alv_path_creat, NO, NO, NULL },
	{ __NR_stat, NO, 0, NO, ALV_FOLLOW, alv_path_stat, NO, NO, NULL },
	{ __NR_lstat, NO, 0, NO, ALV_NOFOLLOW, alv_path_stat, NO, NO, NULL },
	{ __NR_newfstatat, 0, 1, 3, ALV_FLAG_NOFLLW, alv_path_stat, NO, NO, NULL },
	{ __NR_statx, 0, 1, 2, ALV_FLAG_NOFLLW, alv_path_statx, NO, NO, NULL },
	{ __NR_statfs, NO, 0, NO, ALV_FOLLOW, alv_path_statfs, NO, NO, NULL },
	{ __NR_access, NO, 0, NO, ALV_FOLLOW, alv_path_access, NO, NO, NULL },
	{ __NR_faccessat, 0, 1, NO, ALV_FOLLOW, alv_path_access, NO, NO, NULL },
	{ __NR_faccessat2, 0, 1, 3, ALV_FLAG_NOFLLW, alv_path_access, NO, NO, NULL },
	{ __NR_readlink, NO, 0, NO, ALV_NOFOLLOW, alv_path_readlink, NO, NO, alv_path_readlink_outside },
	{ __NR_readlinkat, 0, 1, NO, ALV_NOFOLLOW, alv_path_readlink, NO, NO, alv_path_readlink_outside },
	{ __NR_getxattr, NO, 0, NO, ALV_FOLLOW, alv_path_getxattr, NO, NO, NULL },
	{ __NR_lgetxattr, NO, 0, NO, ALV_NOFOLLOW, alv_path_getxattr, NO, NO, NULL },
	{ __NR_listxattr, NO, 0, NO, ALV_FOLLOW, alv_path_listxattr, NO, NO, NULL },
	{ __NR_llistxattr, NO, 0, NO, ALV_NOFOLLOW, alv_path_listxattr, NO, NO, NULL },
	{ __NR_setxattr, NO, 0, NO, ALV_FOLLOW, alv_path_setxattr, NO, NO, NULL },
	{ __NR_lsetxattr, NO, 0, NO, ALV_NOFOLLOW, alv_path_setxattr, NO, NO, NULL },
	{ __NR_name_to_handle_at, 0, 1, 4, ALV_FLAG_FOLLOW, alv_path_handle, NO, NO, NULL },
	{ __NR_chdir, NO, 0, NO, ALV_FOLLOW, alv_path_chdir, NO, NO, NULL },
	{ __NR_mkdir, NO, 0, NO, ALV_NOFOLLOW, alv_path_mkdir, NO, NO, NULL },
	{ __NR_mkdirat, 0, 1, NO, ALV_NOFOLLOW, alv_path_mkdir, NO, NO, NULL },
	{ __NR_mknod, NO, 0, NO, ALV_NOFOLLOW, alv_path_mknod, NO, NO, NULL },
	{ __NR_mknodat, 0, 1, NO, ALV_NOFOLLOW, alv_path_mknod, NO, NO, NULL },
	{ __NR_symlink, NO, 1, NO, ALV_NOFOLLOW, alv_path_symlink, NO, NO, NULL },
	{ __NR_symlinkat, 1, 2, NO, ALV_NOFOLLOW, alv_path_symlink, NO, NO, NULL },
	{ __NR_unlink, NO, 0, NO, ALV_NOFOLLOW, alv_path_unlink, NO, NO, NULL },
	{ __NR_unlinkat, 0, 1, 2, ALV_NOFOLLOW, alv_path_unlinkat, NO, NO, NULL },
	{ __NR_rmdir, NO, 0, NO, ALV_NOFOLLOW, alv_path_rmdir, NO, NO, NULL },
	{ __NR_link, NO, 0, NO, ALV_NOFOLLOW, alv_path_link, NO, 1, NULL },
	{ __NR_linkat, 0, 1, 4, ALV_FLAG_FOLLOW, alv_path_link, 2, 3, NULL },
	{ __NR_rename, NO, 0, NO, ALV_NOFOLLOW, alv_path_rename, NO, 1, NULL },
	{ __NR_renameat, 0, 1, NO, ALV_NOFOLLOW, alv_path_rename, 2, 3, NULL },
	{ __NR_renameat2, 0, 1, 4, ALV_NOFOLLOW, alv_path_rename, 2, 3, NULL },
	{ __NR_truncate, NO, 0, NO, ALV_FOLLOW, alv_path_truncate, NO, NO, NULL },
	{ __NR_chmod, NO, 0, NO, ALV_FOLLOW, alv_path_chmod, NO, NO, NULL },
	{ __NR_fchmodat, 0, 1, NO, ALV_FOLLOW, alv_path_chmod, NO, NO, NULL },
	{ __NR_fchmodat2, 0, 1, 3, ALV_FLAG_NOFLLW, alv_path_chmod, NO, NO, NULL },
	{ __NR_chown, NO, 0, NO, ALV_FOLLOW, alv_path_chown, NO, NO, NULL },
	{ __NR_lchown, NO, 0, NO, ALV_NOFOLLOW, alv_path_chown, NO, NO, NULL },
	{ __NR_fchownat, 0, 1, 4, ALV_FLAG_NOFLLW, alv_path_chown, NO, NO, NULL },
	{ __NR_utimensat, 0, 1, 3, ALV_FLAG_NOFLLW, alv_path_utimes, NO, NO, NULL },
};

static const struct alv_path_row *find_row(int nr)
{
	for (size_t i = 0; i < ALV_COUNT(rows); i++)
		if (rows[i].nr == nr)
			return &rows[i];
	return NULL;
}

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len >= n && !strcmp(path + len - n, end);
}

/* Does the text itself lead to something provided, or may it? */
static bool named(const struct alv_path_row *row, const struct alv_server *server,
		  const char *path)
{
	if (strstr(path, "fdinfo/") || ends_in(path, "/mounts") || ends_in(path, "/mountinfo") ||
	    ends_in(path, "/mtab"))
		return true;
	/* Links of proc may tell where the host's directory is. */
	if (row->serve == alv_path_readlink && !strncmp(path, "/proc/", 6))
		return true;
	for (size_t i = 0; i < server->n_provided; i++) {
		size_t len = strlen(server->provided[i].path);

		if (!strncmp(path, server->provided[i].path, len) &&
		    (path[len] == '/' || !path[len]))
			return true;
	}
	return false;
}

/* On these devices something of ours can be. */
static bool special_device(const struct alv_server *server, const struct stat *st)
{
	if (alv_bpffs_device(server->host->bpffs) == st->st_dev)
		return true;
	/* What a link leads to by our root is what ours covers in the client's. */
	for (size_t i = 0; i < server->n_provided; i++)
		if (server->provided[i].device == st->st_dev)
			return true;
	return false;
}

/* The name by way of proc, where the client's paths start. False: too long. */
static bool through_proc(const struct alv_path_request *path, int dirfd, const char *name,
			 char text[PATH_MAX])
{
	int n, tid = path->req->task.tid;

	if (*name == '/')
		n = snprintf(text, PATH_MAX, "/proc/%d/root%s", tid, name);
	else if (dirfd == AT_FDCWD)
		n = snprintf(text, PATH_MAX, "/proc/%d/cwd/%s", tid, name);
	else
		n = snprintf(text, PATH_MAX, "/proc/%d/fd/%d/%s", tid, dirfd, name);
	return n < PATH_MAX;
}

/* The directory of the last component: it decides about names, if they are no links. */
static bool directory_maybe_ours(const struct alv_server *server, char text[PATH_MAX], bool follow)
{
	char *last = strrchr(text, '/'), link[1];
	struct stat st;

	if (!last[1] || (follow && readlink(text, link, sizeof(link)) >= 0))
		return true;
	last[1] = '\0';
	return stat(text, &st) || special_device(server, &st);
}

/*
 * The cheap question before the walk, asked for every path of every client: what
 * lies on a device where nothing of ours can be is not ours. "No" is certain, all
 * else is walked.
 *
 * It is asked with our own root, so absolute links of a client that changed its
 * root lead elsewhere; but in there nothing is provided, unless it is a mount, or
 * was opened before. Links of proc about the caller, and ways up, are walked.
 */
static bool maybe_ours(const struct alv_path_request *path, int dirfd, const char *name,
		       bool follow)
{
	const struct alv_server *server = path->req->server;
	char text[PATH_MAX];
	struct stat st;

	if (named(path->row, server, name) || strstr(name, "..") || strstr(name, "proc/") ||
	    strstr(name, "fd/") || !through_proc(path, dirfd, name, text))
		return true;
	if (follow) {
		if (!stat(text, &st))
			return special_device(server, &st);
		if (errno != ENOENT)
			return true;
	}
	return directory_maybe_ours(server, text, follow);
}

static unsigned int walk_flags(const struct alv_path_request *path)
{
	unsigned int flags = path->flags;
	bool follow = true;

	switch (path->row->follow) {
	case ALV_FOLLOW:
		break;
	case ALV_NOFOLLOW:
		follow = false;
		break;
	case ALV_FLAG_NOFLLW:
		follow = !(flags & AT_SYMLINK_NOFOLLOW);
		break;
	case ALV_FLAG_FOLLOW:
		follow = flags & AT_SYMLINK_FOLLOW;
		break;
	case ALV_OPEN_FLAGS:
	case ALV_OPEN_HOW:
		follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
		break;
	}
	return follow ? ALV_WALK_FOLLOW : 0;
}

/* The flags that decide how the path is followed. */
static int read_flags(struct alv_path_request *path)
{
	struct alv_request *req = path->req;
	u64 flags;
	int err;

	path->flags = (unsigned int)alv_path_arg(path, path->row->flags);
	if (path->row->follow != ALV_OPEN_HOW)
		return 0;
	err = alv_copy_in(&req->task, &flags, alv_uaddr_at(req->args[2]), sizeof(flags));
	path->flags = (unsigned int)flags;
	return err;
}

static bool walk_once(struct alv_path_request *path, int dirfd, const char *name,
		      unsigned int flags, struct alv_spot *ret_spot, int *ret_err)
{
	ret_spot->place.dir = -1;
	ret_spot->provided = NULL;
	*ret_err = alv_walk(path->req->server, path->req->task.tid, dirfd, name, flags,
			    ret_spot);
	return ret_spot->inside || ret_spot->escaped || (!*ret_err && ret_spot->provided);
}

/*
 * Walk one path of the call. True: it is ours, or the walk failed inside what is
 * ours (*ret_err); false: the kernel should see to it. Most paths are not ours, and
 * to see that takes no credentials of the client.
 */
static bool walk_one(struct alv_path_request *path, int dirfd, const char *name,
		     unsigned int flags, struct alv_spot *ret_spot, int *ret_err)
{
	if (!walk_once(path, dirfd, name, flags | ALV_WALK_SCOUT, ret_spot, ret_err))
		return false;
	if (ret_spot->place.dir >= 0)
		close(ret_spot->place.dir);
	return walk_once(path, dirfd, name, flags, ret_spot, ret_err);
}

static int dirfd_of(const struct alv_path_request *path, int index)
{
	return index == ALV_NO_ARG ? AT_FDCWD : (int)path->req->args[index];
}

static s64 serve_as_client(struct alv_path_request *path)
{
	s64 result = alv_credentials_assume(path->req->task.tid);

	if (result)
		return result;
	result = path->row->serve(path);
	alv_credentials_resume();
	return result;
}

/*
 * Where mounts show what is ours, opens are of interest only for fdinfo and because
 * nothing can be created.
 */
static bool open_of_no_interest(const struct alv_path_request *path)
{
	return path->req->server->view == ALV_VIEW_MOUNTS && path->row->outside &&
	       !(path->flags & O_CREAT) && !named(path->row, path->req->server, path->name);
}

/* Calls with one path. */
static s64 serve_one(struct alv_path_request *path)
{
	int err, dirfd = dirfd_of(path, path->row->dirfd);
	bool ours;

	if (open_of_no_interest(path) ||
	    !maybe_ours(path, dirfd, path->name, path->row->follow != ALV_NOFOLLOW))
		return ALV_PATH_PROCEED;
	ours = walk_one(path, dirfd, path->name, walk_flags(path), &path->spot, &err);
	if (ours)
		return err ? err : serve_as_client(path);
	if (err)
		return ALV_PATH_PROCEED;
	return path->row->outside ? path->row->outside(path) : ALV_PATH_PROCEED;
}

static bool exists(const struct alv_spot *spot)
{
	struct stat st;

	return !fstatat(spot->place.dir, spot->place.name, &st,
			AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
}

/* Calls with two: between what is ours and what is not lies a file system's border. */
static s64 serve_two(struct alv_path_request *path)
{
	ALV_AUTO(mem) char *name2 = malloc(PATH_MAX);
	int err, err2, dirfd = dirfd_of(path, path->row->dirfd);
	int dirfd2 = dirfd_of(path, path->row->dirfd2);
	bool ours, ours2;

	if (!name2)
		return -ENOMEM;
	if (alv_copy_string(&path->req->task, name2,
			    alv_uaddr_at(path->req->args[path->row->path2]), PATH_MAX))
		return ALV_PATH_PROCEED;
	if (!maybe_ours(path, dirfd, path->name, false) && !maybe_ours(path, dirfd2, name2, false))
		return ALV_PATH_PROCEED;
	ours = walk_one(path, dirfd, path->name, walk_flags(path), &path->spot, &err);
	ours2 = walk_one(path, dirfd2, name2, 0, &path->spot2, &err2);
	if (!ours && !ours2)
		return ALV_PATH_PROCEED;
	/* The old name is looked up before the new one is found to have a dot. */
	if (!err && err2 == -EPERM && !exists(&path->spot))
		err = -ENOENT;
	if (err || err2)
		return err ? err : err2;
	return ours == ours2 ? serve_as_client(path) : -EXDEV;
}

static bool is_open(const struct alv_path_row *row)
{
	return row->follow == ALV_OPEN_FLAGS || row->follow == ALV_OPEN_HOW ||
	       row->serve == alv_path_creat;
}

/* Opening it can take until somebody else does something. */
static bool opens_slowly(const struct alv_path_request *path)
{
	const unsigned int memory_devices = 1;
	char text[PATH_MAX];
	struct stat st;

	if (path->flags & (O_PATH | O_NONBLOCK) ||
	    !through_proc(path, dirfd_of(path, path->row->dirfd), path->name, text) ||
	    stat(text, &st))
		return false;
	return S_ISFIFO(st.st_mode) ||
	       (S_ISCHR(st.st_mode) && major(st.st_rdev) != memory_devices);
}

void alv_path_release(struct alv_path_request *path)
{
	struct alv_spot *spots[] = { &path->spot, &path->spot2 };

	for (size_t i = 0; i < ALV_COUNT(spots); i++) {
		if (spots[i]->place.dir >= 0)
			close(spots[i]->place.dir);
		spots[i]->place.dir = -1;
	}
}

static s64 serve(struct alv_path_request *path)
{
	struct alv_request *req = path->req;

	/* What cannot be read, the kernel refuses in its own order. */
	if (alv_copy_string(&req->task, path->name, alv_uaddr_at(req->args[path->row->path]),
			    sizeof(path->name)) ||
	    !*path->name || read_flags(path))
		return ALV_PATH_PROCEED;
	if (is_open(path->row) && alv_interrupted_came_again(req) && opens_slowly(path))
		return -EINTR;
	if (path->row->serve == alv_path_statfs && alv_path_names_tracefs(path))
		return alv_path_statfs_tracefs(path);
	return path->row->path2 == ALV_NO_ARG ? serve_one(path) : serve_two(path);
}

void alv_call_path(struct alv_request *req)
{
	ALV_AUTO(mem) struct alv_path_request *path = malloc(sizeof(*path));
	s64 result;

	if (!path) {
		alv_request_reply(req, -ENOMEM);
		return;
	}
	path->req = req;
	path->row = req->arch == AUDIT_ARCH_X86_64 ? find_row(req->nr) : NULL;
	path->spot.place.dir = -1;
	path->spot2.place.dir = -1;
	result = path->row ? serve(path) : ALV_PATH_PROCEED;
	alv_path_release(path);
	if (result == ALV_PATH_PROCEED)
		alv_request_proceed(req);
	else if (result != ALV_PATH_ANSWERED)
		alv_request_reply(req, result);
}

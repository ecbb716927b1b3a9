/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that name files. Those that concern what the host provides (its bpf
 * filesystem, files that describe the emulated kernel, fdinfo of its objects)
 * are answered, with the caller's credentials and as a kernel's bpf filesystem
 * would; all others go on as they stand.
 */
#ifndef ALV_SUPERVISOR_CALL_PATH_H
#define ALV_SUPERVISOR_CALL_PATH_H

#include <limits.h>

#include "supervisor/request.h"
#include "supervisor/walk.h"

/* Results of a path_fn besides values and -errno. */
#define ALV_PATH_PROCEED  ((s64)1 << 40) /* nothing of ours: the kernel's business */
#define ALV_PATH_ANSWERED ((s64)1 << 41)

struct alv_path_request;

/* Runs with the client's credentials. */
typedef s64 alv_path_fn(struct alv_path_request *path);

enum alv_path_follow {
	ALV_FOLLOW,      /* always */
	ALV_NOFOLLOW,    /* never */
	ALV_FLAG_NOFLLW, /* unless the flags have AT_SYMLINK_NOFOLLOW */
	ALV_FLAG_FOLLOW, /* if they have AT_SYMLINK_FOLLOW */
	ALV_OPEN_FLAGS,  /* as open(2) with these flags */
	ALV_OPEN_HOW,    /* as openat2(2), the flags are behind a pointer */
};

#define ALV_NO_ARG (-1)

/* How to read a call's arguments; `serve` is asked when a path of it is ours. */
struct alv_path_row {
	int nr;
	int dirfd; /* index of the argument, ALV_NO_ARG: the working directory */
	int path;
	int flags;
	enum alv_path_follow follow;
	alv_path_fn *serve;
	int dirfd2; /* of calls with two paths, as path2; never followed */
	int path2;
	alv_path_fn *outside; /* asked when the walk ended elsewhere; NULL: it proceeds */
};

struct alv_path_request {
	struct alv_request *req;
	const struct alv_path_row *row;
	char name[PATH_MAX]; /* the path as the client gave it */
	unsigned int flags;  /* of the argument named in the row */
	struct alv_spot spot;
	struct alv_spot spot2; /* of path2 */
};

alv_path_fn alv_path_open, alv_path_creat, alv_path_openat2, alv_path_open_outside;
alv_path_fn alv_path_stat, alv_path_statx, alv_path_statfs, alv_path_statfs_tracefs;
alv_path_fn alv_path_access;
alv_path_fn alv_path_readlink, alv_path_readlink_outside;
alv_path_fn alv_path_getxattr, alv_path_listxattr, alv_path_setxattr;
alv_path_fn alv_path_handle, alv_path_chdir;
alv_path_fn alv_path_mkdir, alv_path_mknod, alv_path_symlink, alv_path_unlink, alv_path_rmdir;
alv_path_fn alv_path_unlinkat, alv_path_link, alv_path_rename;
alv_path_fn alv_path_truncate, alv_path_chmod, alv_path_chown, alv_path_utimes;

/* Is the path one where tools look for tracefs, and a trace pipe provided there? */
bool alv_path_names_tracefs(const struct alv_path_request *path);

/*
 * Close what the walks found. Before the client goes on: what we still held there
 * would keep it from unmounting.
 */
void alv_path_release(struct alv_path_request *path);

/* The call's argument, none: 0. */
static inline u64 alv_path_arg(const struct alv_path_request *path, int index)
{
	return index == ALV_NO_ARG ? 0 : path->req->args[index];
}

/* The name for *at() calls on place.dir: the directory itself is ".". */
static inline const char *alv_spot_name(const struct alv_spot *spot)
{
	return *spot->place.name ? spot->place.name : ".";
}

/* A file that stands at a provided path, not the bpf filesystem. */
static inline bool alv_spot_is_file(const struct alv_spot *spot)
{
	return spot->provided && !spot->provided->directory;
}

#endif

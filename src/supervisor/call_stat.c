/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at what the host provides: stat, access, links, attributes, statfs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/call.h"
#include "supervisor/call_path.h"

/* f_flags of a mount with default options: valid, relatime. */
#define STATFS_FLAGS (0x20 | 0x1000)

static int spot_stat(const struct alv_spot *spot, struct stat *ret_st)
{
	if (alv_spot_is_file(spot) && *spot->place.name)
		return -ENOTDIR;
	if (fstatat(spot->place.dir, spot->place.name, ret_st,
		    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -errno;
	if (spot->slash && !S_ISDIR(ret_st->st_mode))
		return -ENOTDIR;
	return 0;
}

/* Where the call's struct goes: stat's follows the path. */
static alv_uaddr behind_path(const struct alv_path_request *path)
{
	return alv_uaddr_at(path->req->args[path->row->path + 1]);
}

s64 alv_path_stat(struct alv_path_request *path)
{
	struct stat st;
	int err = spot_stat(&path->spot, &st);

	if (err)
		return err;
	if (path->spot.inside && !S_ISREG(st.st_mode))
		st.st_size = 0;
	return alv_copy_out(&path->req->task, behind_path(path), &st, sizeof(st));
}

s64 alv_path_statx(struct alv_path_request *path)
{
	struct stat st;
	struct statx stx;
	int err = spot_stat(&path->spot, &st);

	if (err)
		return err;
	if (statx(path->spot.place.dir, path->spot.place.name,
		  (int)path->flags | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
		  (unsigned int)path->req->args[3], &stx))
		return -errno;
	if (path->spot.inside && !S_ISREG(st.st_mode))
		stx.stx_size = 0;
	return alv_copy_out(&path->req->task, alv_uaddr_at(path->req->args[4]), &stx,
			    sizeof(stx));
}

s64 alv_path_access(struct alv_path_request *path)
{
	unsigned int mode = (unsigned int)path->req->args[path->row->path + 1];
	struct stat st;
	int err;

	if (mode & ~(unsigned int)(R_OK | W_OK | X_OK))
		return -EINVAL;
	err = spot_stat(&path->spot, &st);
	if (err || mode == F_OK)
		return err;
	if (alv_spot_is_file(&path->spot))
		return mode & (W_OK | X_OK) ? -EACCES : 0;
	/* Files are judged by the thread's file-system user, which is the client's. */
	if (faccessat(path->spot.place.dir, alv_spot_name(&path->spot), (int)mode,
		      AT_EACCESS | AT_SYMLINK_NOFOLLOW))
		return -errno;
	return 0;
}

static s64 give_text(struct alv_path_request *path, const char *text, size_t len)
{
	s64 size = (int)path->req->args[path->row->path + 2];
	int err;

	if ((size_t)size < len)
		len = (size_t)size;
	err = alv_copy_out(&path->req->task, behind_path(path), text, len);
	return err ? err : (s64)len;
}

s64 alv_path_readlink(struct alv_path_request *path)
{
	char text[PATH_MAX];
	ssize_t len;

	if ((int)path->req->args[path->row->path + 2] <= 0)
		return -EINVAL;
	if (!*path->spot.place.name)
		return -EINVAL;
	len = readlinkat(path->spot.place.dir, path->spot.place.name, text, sizeof(text));
	return len < 0 ? -errno : give_text(path, text, (size_t)len);
}

/* Links of proc that tell where a client is or what it holds name our directory. */
s64 alv_path_readlink_outside(struct alv_path_request *path)
{
	const struct alv_bpffs *bpffs = path->req->server->host->bpffs;
	const char *source = alv_bpffs_path(bpffs);
	char text[PATH_MAX], told[PATH_MAX];
	struct statfs fs;
	ssize_t len;
	int n;

	if ((int)path->req->args[path->row->path + 2] <= 0 ||
	    fstatfs(path->spot.place.dir, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return ALV_PATH_PROCEED;
	len = readlinkat(path->spot.place.dir, path->spot.place.name, text, sizeof(text) - 1);
	if (len < (ssize_t)strlen(source) || strncmp(text, source, strlen(source)))
		return ALV_PATH_PROCEED;
	text[len] = '\0';
	n = snprintf(told, sizeof(told), "%s%s", ALV_BPFFS_PATH, text + strlen(source));
	return give_text(path, told, (size_t)n < sizeof(told) ? (size_t)n : sizeof(told) - 1);
}

s64 alv_path_getxattr(struct alv_path_request *path)
{
	struct stat st;
	int err = spot_stat(&path->spot, &st);

	return err ? err : -EOPNOTSUPP;
}

s64 alv_path_setxattr(struct alv_path_request *path)
{
	return alv_path_getxattr(path);
}

s64 alv_path_listxattr(struct alv_path_request *path)
{
	struct stat st;

	return spot_stat(&path->spot, &st);
}

s64 alv_path_handle(struct alv_path_request *path)
{
	return alv_path_getxattr(path);
}

static s64 give_statfs(struct alv_request *req, alv_uaddr dst, long magic)
{
	struct statfs fs = {
		.f_type = magic,
		.f_bsize = 4096,
		.f_namelen = 255,
		.f_frsize = 4096,
		.f_flags = STATFS_FLAGS,
	};

	return alv_copy_out(&req->task, dst, &fs, sizeof(fs));
}

s64 alv_path_statfs(struct alv_path_request *path)
{
	ALV_AUTO(fd) int fd = -1;
	struct statfs fs;
	struct stat st;
	int err = spot_stat(&path->spot, &st);

	if (err)
		return err;
	if (path->spot.inside)
		return give_statfs(path->req, behind_path(path), BPF_FS_MAGIC);
	fd = openat(path->spot.place.dir, *path->spot.place.name ? path->spot.place.name : ".",
		    O_PATH | O_CLOEXEC);
	if (fstatfs(fd < 0 ? path->spot.place.dir : fd, &fs))
		return -errno;
	return alv_copy_out(&path->req->task, behind_path(path), &fs, sizeof(fs));
}

/* By its name alone: links to it are as rare as tools that know of others. */
bool alv_path_names_tracefs(const struct alv_path_request *path)
{
	static const char pipe[] = "/trace_pipe";
	const struct alv_server *server = path->req->server;
	size_t len = strlen(path->name);

	while (len && path->name[len - 1] == '/')
		len--;
	for (size_t i = 0; i < server->n_provided; i++) {
		const char *provided = server->provided[i].path;

		if (!strncmp(provided, path->name, len) && !strcmp(provided + len, pipe))
			return true;
	}
	return false;
}

s64 alv_path_statfs_tracefs(struct alv_path_request *path)
{
	return give_statfs(path->req, behind_path(path), TRACEFS_MAGIC);
}

static bool is_ours(const struct alv_request *req, int client_fd)
{
	ALV_AUTO(fd) int fd = -1;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", req->task.tid, client_fd);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && alv_bpffs_contains(req->server->host->bpffs, fd);
}

/* A descriptor of a directory of ours, as the path of it. */
void alv_call_fstatfs(struct alv_request *req)
{
	if (is_ours(req, (int)req->args[0]))
		alv_request_reply(req, give_statfs(req, alv_uaddr_at(req->args[1]), BPF_FS_MAGIC));
	else
		alv_request_proceed(req);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working directory in the host's bpf filesystem: it really is there, so all
 * that is relative to it needs nothing more; only its name must be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/call.h"
#include "supervisor/call_path.h"
#include "supervisor/epilogue.h"

/*
 * Where the thread may not be traced, the machine's own mount point serves as the
 * working directory: names relative to it are walked as ours all the same.
 */
static s64 chdir_without_tracing(const struct alv_path_request *path, int err)
{
	const struct alv_spot *spot = &path->spot;

	if (spot->provided && !*spot->place.name && !access(spot->provided->path, X_OK))
		return ALV_PATH_PROCEED;
	alv_log(&path->req->server->log, ALV_LOG_WARN,
		"thread %d cannot change its directory into %s: it may not be traced (%d)",
		path->req->task.tid, ALV_BPFFS_PATH, -err);
	return -EACCES;
}

s64 alv_path_chdir(struct alv_path_request *path)
{
	static const struct alv_epilogue change = {
		.steps = { { .nr = SYS_fchdir, .fd = 0, .base = ALV_EPILOGUE_NONE } },
		.n_steps = 1,
		.own = ALV_EPILOGUE_NONE,
	};
	const struct alv_spot *spot = &path->spot;
	int fd, err;

	if (alv_spot_is_file(spot))
		return -ENOTDIR;
	fd = openat(spot->place.dir, alv_spot_name(spot),
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (faccessat(fd, ".", X_OK, AT_EACCESS)) {
		err = -errno;
		close(fd);
		return err;
	}
	alv_path_release(path);
	err = alv_epilogue_arrange(path->req, &change);
	if (err) {
		close(fd);
		return chdir_without_tracing(path, err);
	}
	err = alv_request_reply_fd(path->req, fd, true);
	return err && err != -ESRCH ? err : ALV_PATH_ANSWERED;
}

static int getcwd_inside(struct alv_request *req, char text[PATH_MAX])
{
	const struct alv_bpffs *bpffs = req->server->host->bpffs;
	const char *source = alv_bpffs_path(bpffs);
	ALV_AUTO(fd) int fd = -1;
	char path[32], real[PATH_MAX];
	struct stat st, root;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/cwd", req->task.tid);
	if (stat(path, &st) || fstat(alv_bpffs_root(bpffs), &root) || st.st_dev != root.st_dev)
		return -ENOENT;
	fd = open(path, O_PATH | O_CLOEXEC);
	len = readlink(path, real, sizeof(real) - 1);
	if (fd < 0 || len < 0 || !alv_bpffs_contains(bpffs, fd))
		return -ENOENT;
	real[len] = '\0';
	if (strncmp(real, source, strlen(source)))
		return -ENOENT;
	snprintf(text, PATH_MAX, "%s%s", ALV_BPFFS_PATH, real + strlen(source));
	return 0;
}

void alv_call_getcwd(struct alv_request *req)
{
	char text[PATH_MAX];
	size_t size;
	int err;

	if (getcwd_inside(req, text)) {
		alv_request_proceed(req);
		return;
	}
	size = strlen(text) + 1;
	if (req->args[1] < size) {
		alv_request_reply(req, -ERANGE);
		return;
	}
	err = alv_copy_out(&req->task, alv_uaddr_at(req->args[0]), text, size);
	alv_request_reply(req, err ? err : (s64)size);
}

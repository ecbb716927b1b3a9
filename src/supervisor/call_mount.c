/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount(2) of type "bpf": clients have one bpf filesystem, and where it is it can
 * be mounted again. A mount elsewhere is EPERM, the answer to who may not mount.
 * All other types are the kernel's affair.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/call.h"

static bool same_directory(int one, int other)
{
	struct stat a, b;

	return !fstat(one, &a) && !fstat(other, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* The target: the root of the host's bpf filesystem, and nothing below it. */
static int mount_judge(struct alv_request *req)
{
	ALV_AUTO(fd) int parent = -1, dir = -1;
	struct alv_task *task = &req->task;
	struct alv_place place;
	char target[PATH_MAX];
	int err;

	err = alv_copy_string(task, target, alv_uaddr_at(req->args[1]), sizeof(target));
	if (err)
		return err;
	err = task->ops->resolve(task, AT_FDCWD, target, true, &place);
	if (err)
		return err;
	parent = place.dir;
	dir = openat(parent, *place.name ? place.name : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return same_directory(dir, alv_bpffs_root(req->server->host->bpffs)) ? 0 : -EPERM;
}

void alv_call_mount(struct alv_request *req)
{
	char type[16];

	/* Remounts, binds and changes of propagation ignore the type. */
	if (!req->args[2] || alv_copy_string(&req->task, type, alv_uaddr_at(req->args[2]),
					     sizeof(type)) ||
	    strcmp(type, "bpf") || req->args[3] & (MS_REMOUNT | MS_BIND | MS_MOVE))
		alv_request_proceed(req);
	else
		alv_request_reply(req, mount_judge(req));
}

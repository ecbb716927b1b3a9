/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking a path as a client would: from its root and its working directory (or
 * a descriptor of it), with its credentials, component by component, so that an
 * absolute symbolic link starts at the client's root and ".." stops there.
 *
 * In the paths view the provided places stand on the way like mounts, found by
 * the canonical path so far; in the mounts view they are mounts. In both, names
 * with a dot end with EPERM inside the host's bpf filesystem.
 */
#ifndef ALV_SUPERVISOR_WALK_H
#define ALV_SUPERVISOR_WALK_H

#include <limits.h>

#include "object/task.h"
#include "supervisor/server.h"

enum alv_walk_flags {
	ALV_WALK_FOLLOW = 1, /* a symbolic link as the last component */
	ALV_WALK_EMPTY = 2,  /* an empty path is the start itself */
	ALV_WALK_SCOUT = 4,  /* with our own credentials: only to see where it leads */
};

/* Where a walk ended. What the name stands for need not exist. */
struct alv_spot {
	struct alv_place place;
	bool inside; /* place.dir lies in the host's bpf filesystem */
	/*
	 * It does not, but the walk started there: where the kernel would end is another
	 * place, since above the host's directory is not what is above a mount.
	 */
	bool escaped;
	/* The last component is this provided place (name is empty); NULL: none. */
	const struct alv_provided *provided;
	bool slash;  /* the path ended in a slash: a directory is meant */
	char text[PATH_MAX]; /* place.dir as clients name it; paths view only */
};

/*
 * Walk `path` for a thread of another process. The errnos of path_resolution(7);
 * then ret_spot->inside still tells where the walk failed. The caller closes
 * ret_spot->place.dir.
 */
int alv_walk(const struct alv_server *server, int tid, int dirfd, const char *path,
	     unsigned int flags, struct alv_spot *ret_spot);

/* Both alv_task_ops.resolve of clients. */
int alv_client_resolve(struct alv_task *task, int dirfd, const char *path, bool follow,
		       struct alv_place *ret_place);

#endif

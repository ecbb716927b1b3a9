/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's bpf filesystem: a real directory. A pin is an empty regular file in
 * it that is recognised by its inode, never by its name or content; unlink, rename
 * and mkdir are the real ones, and inotify says when a pin's inode is gone.
 */
#ifndef ALV_OBJECT_BPFFS_H
#define ALV_OBJECT_BPFFS_H

#include "object/object.h"
#include "object/task.h"

#define ALV_BPFFS_PATH "/sys/fs/bpf"

struct alv_bpffs;

/*
 * Keep pins below the existing directory `dir`, or, when NULL, in a private one
 * that goes with the host. An errno of opening it.
 */
int alv_bpffs_new(struct alv_host *host, const char *dir, struct alv_bpffs **ret_bpffs);
void alv_bpffs_free(struct alv_bpffs *bpffs);

/* Its root: the path in the host's view, and a descriptor of it (O_PATH). */
const char *alv_bpffs_path(const struct alv_bpffs *bpffs);
int alv_bpffs_root(const struct alv_bpffs *bpffs);
/* The device of everything in it. */
u64 alv_bpffs_device(const struct alv_bpffs *bpffs);

/* Is this directory (any descriptor of it) the root or below it? */
bool alv_bpffs_contains(const struct alv_bpffs *bpffs, int dir);

/*
 * BPF_OBJ_PIN at a place, as the task may. -EEXIST, -EPERM: the place is not in
 * here or the name has a dot, -EACCES and whatever creating a file gives.
 */
int alv_bpffs_pin(struct alv_bpffs *bpffs, struct alv_task *task,
		  const struct alv_place *place, struct alv_object *obj);
/*
 * BPF_OBJ_GET: the object pinned at a place, with a reference. -ENOENT; -EACCES:
 * no pin, or the task may not open the file with this access.
 */
int alv_bpffs_get(struct alv_bpffs *bpffs, struct alv_task *task,
		  const struct alv_place *place, unsigned int access,
		  struct alv_object **ret_obj);

/* Drop the references of pins whose file is gone. Before commands that show it. */
void alv_bpffs_reap(struct alv_bpffs *bpffs);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A task is the caller of one command: a thread of this process, or a client
 * behind a transport. The two differ only in these operations.
 *
 * No lock of the host is held while one of them runs: a client's memory or file
 * system may block for ever.
 */
#ifndef ALV_OBJECT_TASK_H
#define ALV_OBJECT_TASK_H

#include "base/buf.h"
#include "base/types.h"
#include "object/authority.h"
#include "object/object.h"

struct alv_task;

/* A place in a file system, resolved as the caller would resolve it. */
struct alv_place {
	int dir;        /* O_PATH descriptor of the parent directory, ours to close */
	char name[256]; /* last component; empty: the directory itself */
};

struct alv_task_ops {
	/* Copy all of it or answer -EFAULT. */
	int (*read)(struct alv_task *task, void *dst, alv_uaddr src, size_t size);
	int (*write)(struct alv_task *task, alv_uaddr dst, const void *src, size_t size);
	/*
	 * As alv_copy_string(), for callers whose memory may be looked at no further than
	 * to the NUL. NULL: it is read page by page.
	 */
	int (*string)(struct alv_task *task, char *dst, alv_uaddr src, size_t size);
	/* Which file a descriptor stands for. -EBADF. */
	int (*file)(struct alv_task *task, int fd, struct alv_file *ret_file);
	/* Is it an O_PATH descriptor, which counts as none? Asked when it is none of ours. */
	bool (*path_only)(struct alv_task *task, int fd);
	/*
	 * Put our descriptor into the caller, close-on-exec, and answer its number
	 * there. Takes `fd` over in any case. -EMFILE. May complete the call: it is
	 * the last thing that a command does.
	 */
	int (*install)(struct alv_task *task, int fd);
	/*
	 * Resolve a path up to its last component. With `follow`, a symbolic link
	 * there is followed, too. dirfd as in openat(2). The errnos of
	 * path_resolution(7).
	 */
	int (*resolve)(struct alv_task *task, int dirfd, const char *path, bool follow,
		       struct alv_place *ret_place);
	/* Does any client have the object's pages mapped for writing? 0 or 1, -errno. */
	int (*maps_writable)(struct alv_task *task, struct alv_object *obj);
	/* Does the caller still wait for the command's end? NULL: it always does. */
	bool (*waits)(struct alv_task *task);
	/* Act on files with the caller's credentials and umask from here ... to here. */
	int (*assume)(struct alv_task *task);
	void (*resume)(struct alv_task *task);
};

struct alv_task {
	struct alv_host *host;
	const struct alv_task_ops *ops;
	struct alv_authority authority;
	int tid; /* of a remote caller, as the host's process sees it; 0: this thread */
};

int alv_copy_in(struct alv_task *task, void *dst, alv_uaddr src, size_t size);
/*
 * Copy what is there without waiting for what is not: -EFAULT when a page is not
 * resident, as for a kernel that must not sleep. For those who hold the RCU read lock.
 */
int alv_task_peek(struct alv_task *task, void *dst, alv_uaddr src, size_t size);
/* The same for a string: as alv_copy_string(); all `size` bytes must be resident. */
int alv_task_peek_string(struct alv_task *task, char *dst, alv_uaddr src, size_t size);
int alv_copy_out(struct alv_task *task, alv_uaddr dst, const void *src, size_t size);
/* A NUL-terminated string of at most size - 1 bytes. -EFAULT, -ENAMETOOLONG. */
int alv_copy_string(struct alv_task *task, char *dst, alv_uaddr src, size_t size);
/* True: the `size` bytes at src are all zero. 0 or 1, -EFAULT. */
int alv_copy_is_zero(struct alv_task *task, alv_uaddr src, size_t size);

/*
 * The object behind a descriptor, with a reference, and how it was opened.
 * -EBADF: no descriptor, none of ours. -EINVAL: an object of another kind.
 */
int alv_task_object(struct alv_task *task, int fd, enum alv_kind kind,
		    struct alv_object **ret_obj, unsigned int *ret_access);
/* Give the caller a descriptor of an object; its number or -errno. Keeps the reference. */
int alv_task_install(struct alv_task *task, struct alv_object *obj, unsigned int access);

/* Has a remote caller a signal to look after, or is it gone? */
bool alv_task_is_interrupted(const struct alv_task *task);

/* A task for a thread of this process (alv_bpf()). */
void alv_task_init_self(struct alv_task *task, struct alv_host *host);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/bpffs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "object/host.h"

struct pin {
	struct cds_lfht_node by_inode;
	struct rcu_head rcu;
	u64 device;
	u64 inode;
	int watch; /* -1: none; the pin lasts as long as the host */
	struct alv_object *obj; /* user reference */
};

struct alv_bpffs {
	struct alv_host *host;
	char path[PATH_MAX];
	int root;
	bool private; /* goes with the host, and with the directory it is in */
	struct stat st; /* of the root */
	int inotify;

	pthread_mutex_t lock; /* guards pins and watches; a leaf */
	struct cds_lfht *pins;
	struct alv_ids watches; /* inotify watch -> pin */
};

/*
 * The root is open to every user, as a fresh mount's is: the clients of a host may
 * have several. That only the host hands it out is seen to by the directory above.
 */
static int make_root(char path[PATH_MAX])
{
	size_t len = strlen(path);
	int err;

	if (len + sizeof("/bpf") > PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path + len, "/bpf", sizeof("/bpf"));
	if (!mkdir(path, 0700) && !chmod(path, 01777))
		return 0;
	err = -errno;
	rmdir(path);
	path[len] = '\0';
	rmdir(path);
	return err;
}

static int make_private_dir(char path[PATH_MAX])
{
	const char *parents[] = { getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"),
				  "/tmp" };

	for (size_t i = 0; i < ALV_COUNT(parents); i++) {
		if (!parents[i] || !*parents[i])
			continue;
		if (snprintf(path, PATH_MAX, "%s/alveary-XXXXXX", parents[i]) >= PATH_MAX)
			continue;
		if (mkdtemp(path))
			return make_root(path);
	}
	return -errno;
}

int alv_bpffs_new(struct alv_host *host, const char *dir, struct alv_bpffs **ret_bpffs)
{
	struct alv_bpffs *bpffs = calloc(1, sizeof(*bpffs));
	int err = 0;

	if (!bpffs)
		return -ENOMEM;
	bpffs->host = host;
	bpffs->root = -1;
	bpffs->inotify = -1;
	pthread_mutex_init(&bpffs->lock, NULL);
	bpffs->pins = cds_lfht_new(64, 64, 0, CDS_LFHT_AUTO_RESIZE, NULL);
	if (!bpffs->pins) {
		err = -ENOMEM;
	} else if (!dir) {
		err = make_private_dir(bpffs->path);
		bpffs->private = !err;
	} else if (!realpath(dir, bpffs->path)) {
		err = -errno;
	}
	if (!err) {
		bpffs->root = open(bpffs->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (bpffs->root < 0 || fstat(bpffs->root, &bpffs->st))
			err = -errno;
	}
	if (err) {
		alv_bpffs_free(bpffs);
		return err;
	}
	bpffs->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	*ret_bpffs = bpffs;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	/* What a client made unremovable stays behind, the rest goes. */
	(void)remove(path);
	return 0;
}

static void remove_private_dir(char path[PATH_MAX])
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void pin_free_late(struct rcu_head *head)
{
	free(alv_container(head, struct pin, rcu));
}

/* It is out of the table; a resize of the table may still walk over it. */
static void pin_free(struct pin *pin)
{
	alv_object_put_user(pin->obj);
	alv_rcu_defer(&pin->rcu, pin_free_late);
}

/* No other thread uses the host any more. */
static void free_pins(struct alv_bpffs *bpffs)
{
	struct cds_lfht_iter iter;
	struct pin *pin;

	alv_rcu_read_lock();
	cds_lfht_for_each_entry(bpffs->pins, &iter, pin, by_inode) {
		cds_lfht_del(bpffs->pins, &pin->by_inode);
		pin_free(pin);
	}
	alv_rcu_read_unlock();
}

void alv_bpffs_free(struct alv_bpffs *bpffs)
{
	if (!bpffs)
		return;
	if (bpffs->pins) {
		free_pins(bpffs);
		cds_lfht_destroy(bpffs->pins, NULL);
	}
	alv_ids_fini(&bpffs->watches);
	if (bpffs->private)
		remove_private_dir(bpffs->path);
	if (bpffs->root >= 0)
		close(bpffs->root);
	if (bpffs->inotify >= 0)
		close(bpffs->inotify);
	pthread_mutex_destroy(&bpffs->lock);
	free(bpffs);
}

const char *alv_bpffs_path(const struct alv_bpffs *bpffs)
{
	return bpffs->path;
}

int alv_bpffs_root(const struct alv_bpffs *bpffs)
{
	return bpffs->root;
}

u64 alv_bpffs_device(const struct alv_bpffs *bpffs)
{
	return bpffs->st.st_dev;
}

bool alv_bpffs_contains(const struct alv_bpffs *bpffs, int dir)
{
	ALV_AUTO(fd) int at = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st, above;

	if (at < 0 || fstat(at, &st))
		return false;
	while (st.st_dev == bpffs->st.st_dev) {
		int parent;

		if (st.st_ino == bpffs->st.st_ino)
			return true;
		parent = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return false;
		close(at);
		at = parent;
		if (fstat(at, &above) ||
		    (above.st_dev == st.st_dev && above.st_ino == st.st_ino))
			return false; /* the top */
		st = above;
	}
	return false;
}

static unsigned long hash_inode(u64 inode)
{
	return (unsigned long)(inode * 0x9e3779b97f4a7c15ull >> 16);
}

static int match_file(struct cds_lfht_node *node, const void *key)
{
	const struct pin *pin = alv_container(node, struct pin, by_inode);
	const struct stat *st = key;

	return pin->inode == st->st_ino && pin->device == st->st_dev;
}

static struct pin *find_pin(struct alv_bpffs *bpffs, const struct stat *st)
{
	struct cds_lfht_node *node;
	struct cds_lfht_iter iter;

	alv_rcu_read_lock();
	cds_lfht_lookup(bpffs->pins, hash_inode(st->st_ino), match_file, st, &iter);
	node = cds_lfht_iter_get_node(&iter);
	alv_rcu_read_unlock();
	return node ? alv_container(node, struct pin, by_inode) : NULL;
}

static int watch_file(struct alv_bpffs *bpffs, int fd)
{
	char path[32];

	if (bpffs->inotify < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(bpffs->inotify, path, IN_DELETE_SELF);
}

/* Register the fresh file as a pin of obj. */
static int add_pin(struct alv_bpffs *bpffs, int fd, struct alv_object *obj)
{
	struct pin *pin = calloc(1, sizeof(*pin));
	struct stat st;

	if (!pin)
		return -ENOMEM;
	if (fstat(fd, &st)) {
		free(pin);
		return -errno;
	}
	pin->device = st.st_dev;
	pin->inode = st.st_ino;
	pin->obj = obj;
	alv_object_get_user(obj);
	pthread_mutex_lock(&bpffs->lock);
	pin->watch = watch_file(bpffs, fd);
	if (pin->watch >= 0 && alv_ids_insert(&bpffs->watches, (u32)pin->watch, pin)) {
		inotify_rm_watch(bpffs->inotify, pin->watch);
		pin->watch = -1;
	}
	cds_lfht_node_init(&pin->by_inode);
	alv_rcu_read_lock();
	cds_lfht_add(bpffs->pins, hash_inode(pin->inode), &pin->by_inode);
	alv_rcu_read_unlock();
	pthread_mutex_unlock(&bpffs->lock);
	return 0;
}

static int create_file(struct alv_task *task, const struct alv_place *place)
{
	int fd, err = task->ops->assume(task);

	if (err)
		return err;
	fd = openat(place->dir, place->name,
		    O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = -errno;
	task->ops->resume(task);
	return fd;
}

/* Why nothing can be pinned in a directory of another file system. */
static int refuse_elsewhere(const struct alv_place *place)
{
	struct statfs fs;
	struct stat st;

	if (!fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	if (errno != ENOENT || fstatfs(place->dir, &fs))
		return -errno;
	if (fs.f_type == PROC_SUPER_MAGIC)
		return -ENOENT; /* it looks up nothing that is not there, not even to create it */
	return fs.f_flags & ST_RDONLY ? -EROFS : -EPERM;
}

int alv_bpffs_pin(struct alv_bpffs *bpffs, struct alv_task *task,
		  const struct alv_place *place, struct alv_object *obj)
{
	ALV_AUTO(fd) int fd = -1;
	int err;

	if (!*place->name)
		return -EEXIST;
	if (!alv_bpffs_contains(bpffs, place->dir))
		return refuse_elsewhere(place);
	/* The lookup itself refuses such names, whether they exist or not. */
	if (strchr(place->name, '.'))
		return -EPERM;
	fd = create_file(task, place);
	if (fd < 0)
		return fd;
	/*
	 * Who saw its end may have looked here before the file was there, and nothing comes
	 * after an end. If it ends from here on, the file was there.
	 */
	err = task->ops->waits && !task->ops->waits(task) ? -ESRCH : 0;
	if (!err)
		err = add_pin(bpffs, fd, obj);
	if (err)
		unlinkat(place->dir, place->name, 0);
	return err;
}

/* May the task open this pin? Of the file itself nothing is wanted. */
static int check_access(const struct alv_place *place, unsigned int access)
{
	static const int modes[] = {
		[ALV_MAY_READ] = O_RDONLY,
		[ALV_MAY_WRITE] = O_WRONLY,
		[ALV_MAY_BOTH] = O_RDWR,
	};
	int fd, flags = modes[access] | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[32];

	/* Without a name, it is a file to which a link of proc has led. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place->dir);
	fd = *place->name ? openat(place->dir, place->name, flags | O_NOFOLLOW) :
			    open(path, flags);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int get_pinned(struct alv_bpffs *bpffs, const struct stat *st,
		      struct alv_object **ret_obj)
{
	struct pin *pin;

	alv_bpffs_reap(bpffs);
	pthread_mutex_lock(&bpffs->lock);
	pin = find_pin(bpffs, st);
	if (pin) {
		alv_object_get(pin->obj);
		*ret_obj = pin->obj;
	}
	pthread_mutex_unlock(&bpffs->lock);
	return pin ? 0 : -EACCES;
}

/* What is no pin is never opened: that has effects of its own, or waits. */
static int get_at(struct alv_bpffs *bpffs, const struct alv_place *place,
		  unsigned int access, struct alv_object **ret_obj)
{
	struct alv_object *obj;
	struct stat st;
	int err;

	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -errno;
	err = get_pinned(bpffs, &st, &obj);
	if (err)
		return err;
	err = check_access(place, access);
	if (err)
		alv_object_put(obj);
	else
		*ret_obj = obj;
	return err;
}

int alv_bpffs_get(struct alv_bpffs *bpffs, struct alv_task *task,
		  const struct alv_place *place, unsigned int access,
		  struct alv_object **ret_obj)
{
	int err;

	if (strchr(place->name, '.') && alv_bpffs_contains(bpffs, place->dir))
		return -EPERM;
	err = task->ops->assume(task);
	if (err)
		return err;
	err = get_at(bpffs, place, access, ret_obj);
	task->ops->resume(task);
	return err;
}

static void drop_watch(struct alv_bpffs *bpffs, int watch)
{
	struct pin *pin;

	pthread_mutex_lock(&bpffs->lock);
	pin = alv_ids_find(&bpffs->watches, (u32)watch);
	if (pin) {
		alv_ids_remove(&bpffs->watches, (u32)watch);
		alv_rcu_read_lock();
		cds_lfht_del(bpffs->pins, &pin->by_inode);
		alv_rcu_read_unlock();
	}
	pthread_mutex_unlock(&bpffs->lock);
	if (pin)
		pin_free(pin);
}

static void drop_events(struct alv_bpffs *bpffs, const char *events, ssize_t size)
{
	const struct inotify_event *event;

	for (const char *at = events; at < events + size;
	     at += sizeof(*event) + event->len) {
		event = (const struct inotify_event *)at;
		if (event->mask & (IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
			drop_watch(bpffs, event->wd);
	}
}

void alv_bpffs_reap(struct alv_bpffs *bpffs)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t size;

	while (bpffs->inotify >= 0 &&
	       (size = read(bpffs->inotify, events, sizeof(events))) > 0)
		drop_events(bpffs, events, size);
}

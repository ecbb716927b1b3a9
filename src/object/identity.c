/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "object/host.h"
#include "object/object.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define PATH_OF_FD_SIZE 32
#define REOPEN_TRIES    16
#define DOUBT_NS        500000000 /* a close that was begun is over by then */

static void path_of_fd(char path[PATH_OF_FD_SIZE], int fd)
{
	snprintf(path, PATH_OF_FD_SIZE, "/proc/self/fd/%d", fd);
}

/* Inode numbers count up, so they need a spread only over their low bits. */
static unsigned long hash_inode(u64 inode)
{
	return (unsigned long)(inode * 0x9e3779b97f4a7c15ull >> 16);
}

static int match_inode(struct cds_lfht_node *node, const void *inode)
{
	return alv_container(node, struct alv_identity, by_inode)->inode ==
	       *(const u64 *)inode;
}

static int device_of_memfds(u64 *ret_device)
{
	struct stat st;
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else
		*ret_device = st.st_dev;
	close(fd);
	return err;
}

int alv_identities_init(struct alv_identities *identities)
{
	int err = device_of_memfds(&identities->device);

	if (err)
		return err;
	CDS_INIT_LIST_HEAD(&identities->all);
	pthread_mutex_init(&identities->reaping, NULL);
	identities->by_inode = cds_lfht_new(64, 64, 0, CDS_LFHT_AUTO_RESIZE, NULL);
	if (!identities->by_inode)
		return -ENOMEM;
	/* Without one (a limit of the user's) every reap asks every identity. */
	identities->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return 0;
}

void alv_identities_fini(struct alv_identities *identities)
{
	if (!identities->by_inode)
		return;
	cds_lfht_destroy(identities->by_inode, NULL);
	alv_ids_fini(&identities->watches);
	pthread_mutex_destroy(&identities->reaping);
	if (identities->inotify >= 0)
		close(identities->inotify);
}

static int identity_make_memfd(struct alv_identity *identity, const char *name)
{
	bool grows = identity->obj->ops->grows;
	int seals = F_SEAL_SHRINK | (grows ? 0 : F_SEAL_GROW);
	struct stat st;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	/* Pages that are to be mapped stay open to F_SEAL_FUTURE_WRITE of a later freeze. */
	if (!identity->mappable && !grows)
		seals |= F_SEAL_WRITE | F_SEAL_SEAL;
	if ((identity->mappable && ftruncate(fd, (off_t)identity->mappable)) ||
	    fcntl(fd, F_ADD_SEALS, seals) || fstat(fd, &st)) {
		int err = -errno;

		close(fd);
		return err;
	}
	identity->memfd = fd;
	identity->inode = st.st_ino;
	return 0;
}

/* Watch for closes, or count the identity among those that are asked each time. */
static void identity_watch(struct alv_identity *identity, struct alv_identities *all)
{
	char path[PATH_OF_FD_SIZE];

	path_of_fd(path, identity->memfd);
	if (all->inotify >= 0)
		identity->watch = inotify_add_watch(all->inotify, path,
						    IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
	if (identity->watch < 0 ||
	    alv_ids_insert(&all->watches, (u32)identity->watch, identity)) {
		if (identity->watch >= 0)
			inotify_rm_watch(all->inotify, identity->watch);
		identity->watch = -1;
		all->unwatched++;
	}
}

/* Under the host's lock. */
static int identity_begin(struct alv_identity *identity, struct alv_object *obj,
			  unsigned int access, u64 mappable)
{
	struct alv_identities *all = &obj->host->identities;
	int err;

	*identity = (struct alv_identity){
		.obj = obj,
		.access = access,
		.memfd = -1,
		.watch = -1,
		.mappable = mappable,
	};
	err = identity_make_memfd(identity, obj->ops->name);
	if (err)
		return err;
	cds_list_add_tail(&identity->all, &all->all);
	identity_watch(identity, all);
	cds_lfht_node_init(&identity->by_inode);
	alv_rcu_read_lock();
	cds_lfht_add(all->by_inode, hash_inode(identity->inode), &identity->by_inode);
	alv_rcu_read_unlock();
	return 0;
}

int alv_identity_init(struct alv_identity *identity, struct alv_object *obj,
		      unsigned int access, u64 mappable)
{
	int err;

	pthread_mutex_lock(&obj->host->lock);
	err = identity_begin(identity, obj, access, mappable);
	pthread_mutex_unlock(&obj->host->lock);
	return err;
}

void alv_identity_fini(struct alv_identity *identity)
{
	struct alv_host *host = identity->obj->host;
	struct alv_identities *all = &host->identities;

	if (identity->memfd < 0)
		return;
	pthread_mutex_lock(&host->lock);
	cds_list_del(&identity->all);
	if (identity->watch >= 0) {
		alv_ids_remove(&all->watches, (u32)identity->watch);
		inotify_rm_watch(all->inotify, identity->watch);
	} else {
		all->unwatched--;
	}
	pthread_mutex_unlock(&host->lock);

	alv_rcu_read_lock();
	cds_lfht_del(all->by_inode, &identity->by_inode);
	alv_rcu_read_unlock();
	close(identity->memfd);
	identity->memfd = -1;
}

/*
 * Does nobody hold a descriptor any more? Under the host's lock; the answer
 * "nobody" is final for this round: the user reference is the caller's to drop.
 */
static bool identity_let_go(struct alv_identity *identity)
{
	if (!identity->held || identity->opening)
		return false;
	if (flock(identity->memfd, LOCK_EX | LOCK_NB))
		return false;
	flock(identity->memfd, LOCK_UN);
	identity->held = false;
	return true;
}

static int identity_reopen(const struct alv_identity *identity, unsigned int access)
{
	static const int modes[] = {
		[ALV_MAY_READ] = O_RDONLY,
		[ALV_MAY_WRITE] = O_WRONLY,
		[ALV_MAY_BOTH] = O_RDWR,
	};
	char path[PATH_OF_FD_SIZE];
	int fd, tries = 0;

	path_of_fd(path, identity->memfd);
	do
		fd = open(path, modes[access] | O_CLOEXEC);
	while (fd < 0 && errno == EACCES && /* a client took its mode away */
	       tries++ < REOPEN_TRIES && !fchmod(identity->memfd, 0700));
	if (fd < 0)
		return -errno;
	/*
	 * A client that holds an exclusive lock on its own descriptor gets here with a
	 * new descriptor that is not counted: it can lose its object earlier.
	 */
	flock(fd, LOCK_SH | LOCK_NB);
	return fd;
}

/* The identity of descriptors with this access, made if there is none yet. Under the lock. */
static int identity_for(struct alv_object *obj, unsigned int access,
			struct alv_identity **ret_identity)
{
	struct alv_identity **place, *identity;
	int err;

	if (access == obj->identity.access) {
		*ret_identity = &obj->identity;
		return 0;
	}
	place = &obj->restricted[access == ALV_MAY_WRITE];
	if (!*place) {
		identity = malloc(sizeof(*identity));
		if (!identity)
			return -ENOMEM;
		err = identity_begin(identity, obj, access, 0);
		if (err) {
			free(identity);
			return err;
		}
		*place = identity;
	}
	*ret_identity = *place;
	return 0;
}

/* A description of the identity for descriptors with `access`, opened as `mode` says. */
static int identity_open(struct alv_object *obj, unsigned int access, unsigned int mode,
			 int *ret_fd)
{
	struct alv_identity *identity;
	bool forsaken = false;
	int fd, err;

	pthread_mutex_lock(&obj->host->lock);
	err = identity_for(obj, access, &identity);
	if (!err) {
		identity->opening++;
		if (!identity->held) {
			identity->held = true;
			alv_object_get_user(obj);
		}
	}
	pthread_mutex_unlock(&obj->host->lock);
	if (err)
		return err;

	fd = identity_reopen(identity, mode);

	pthread_mutex_lock(&obj->host->lock);
	identity->opening--;
	if (fd < 0)
		forsaken = identity_let_go(identity);
	pthread_mutex_unlock(&obj->host->lock);
	if (forsaken)
		alv_object_put_user(obj);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

int alv_identity_open(struct alv_object *obj, unsigned int access, int *ret_fd)
{
	return identity_open(obj, access, access, ret_fd);
}

int alv_identity_open_reader(struct alv_object *obj, int *ret_fd)
{
	return identity_open(obj, obj->identity.access, ALV_MAY_READ, ret_fd);
}

int alv_identity_find(struct alv_host *host, const struct alv_file *file,
		      struct alv_object **ret_obj, unsigned int *ret_access)
{
	struct alv_identity *identity = NULL;
	struct cds_lfht_node *node;
	struct cds_lfht_iter iter;

	if (file->device != host->identities.device)
		return -EBADF;
	alv_rcu_read_lock();
	cds_lfht_lookup(host->identities.by_inode, hash_inode(file->inode), match_inode,
			&file->inode, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node)
		identity = alv_container(node, struct alv_identity, by_inode);
	if (identity && !alv_ref_get_live(&identity->obj->refs))
		identity = NULL;
	alv_rcu_read_unlock();
	if (!identity)
		return -EBADF;
	*ret_obj = identity->obj;
	if (ret_access)
		*ret_access = identity->access;
	return 0;
}

/* Under the host's lock. */
static bool has_descriptors(const struct alv_object *obj)
{
	bool held = obj->identity.held;

	for (size_t i = 0; i < ALV_COUNT(obj->restricted); i++)
		held |= obj->restricted[i] && obj->restricted[i]->held;
	return held;
}

/* Reap the identity with this watch, or (-1) the next one of all that nobody holds. */
static bool reap_one(struct alv_host *host, int watch)
{
	struct alv_identity *found = NULL, *each;
	bool last = false;

	pthread_mutex_lock(&host->lock);
	if (watch >= 0) {
		found = alv_ids_find(&host->identities.watches, (u32)watch);
		if (found && !identity_let_go(found))
			found = NULL;
	} else {
		cds_list_for_each_entry(each, &host->identities.all, all) {
			if (!identity_let_go(each))
				continue;
			found = each;
			break;
		}
	}
	if (found)
		last = !has_descriptors(found->obj);
	pthread_mutex_unlock(&host->lock);
	/* The user reference that `held` stood for is what keeps it alive until here. */
	if (last && found->obj->ops->closed)
		found->obj->ops->closed(found->obj);
	if (found)
		alv_object_put_user(found->obj);
	return found;
}

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

/* Somebody still holds what an event told of: perhaps for an instant only. */
static void doubt(struct alv_identities *all, int watch, u64 until)
{
	for (size_t i = 0; i < all->n_doubts; i++) {
		if (all->doubts[i].watch != watch)
			continue;
		all->doubts[i].until = until;
		return;
	}
	if (all->n_doubts < ALV_MAX_DOUBTS)
		all->doubts[all->n_doubts++] = (struct alv_doubt){ watch, until };
	else
		all->all_doubtful = until;
}

static void reap_doubts(struct alv_host *host, u64 now)
{
	struct alv_identities *all = &host->identities;

	for (size_t i = 0; i < all->n_doubts;) {
		if (reap_one(host, all->doubts[i].watch) || all->doubts[i].until < now)
			all->doubts[i] = all->doubts[--all->n_doubts];
		else
			i++;
	}
}

/* Reap what the queue names. True: it overflowed, so every identity must be asked. */
static bool reap_events(struct alv_host *host, const char *events, ssize_t size, u64 now)
{
	const struct inotify_event *event;
	bool overflow = false;

	for (const char *at = events; at < events + size;
	     at += sizeof(*event) + event->len) {
		event = (const struct inotify_event *)at;
		if (event->mask & IN_Q_OVERFLOW)
			overflow = true;
		else if (!(event->mask & IN_IGNORED) && !reap_one(host, event->wd))
			doubt(&host->identities, event->wd, now + DOUBT_NS);
	}
	return overflow;
}

void alv_identity_reap(struct alv_host *host)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct alv_identities *all = &host->identities;
	u64 now = now_ns();
	bool everything;
	ssize_t size;

	pthread_mutex_lock(&all->reaping);
	everything = all->inotify < 0 || alv_load_relaxed(&all->unwatched) ||
		     now < all->all_doubtful;
	reap_doubts(host, now);
	while (all->inotify >= 0 &&
	       (size = read(all->inotify, events, sizeof(events))) > 0)
		everything |= reap_events(host, events, size, now);
	while (everything && reap_one(host, -1))
		;
	pthread_mutex_unlock(&all->reaping);
}

int alv_identity_seal_writes(struct alv_identity *identity)
{
	if (!identity->mappable)
		return 0;
	return fcntl(identity->memfd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) ? -errno : 0;
}

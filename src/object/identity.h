/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity of an object is a memfd: the inode by which a descriptor in a client
 * is recognised, and the pages that clients may map. Read-only and write-only
 * descriptors have a memfd each of their own, empty: what a descriptor allows shows
 * in its inode, and opening it again gains nothing.
 *
 * Each descriptor that is handed out is an own open file description with a shared
 * flock, which lasts through dup, fork, SCM_RIGHTS in flight and mappings. So "does
 * anybody still have one?" is a non-blocking exclusive flock of the host's; inotify,
 * whose queue may merge and overflow, only says when it is worth asking.
 *
 * What hostile clients do to their descriptors (lock, unlock, re-open) can cost
 * them their object (EINVAL), not more: the host never blocks on a lock.
 */
#ifndef ALV_OBJECT_IDENTITY_H
#define ALV_OBJECT_IDENTITY_H

#include <pthread.h>

#include "base/rcu.h"
#include "base/types.h"
#include "object/ids.h"

struct alv_host;
struct alv_object;

/* Access of a descriptor, as open(2)'s modes; a frozen map takes ALV_MAY_WRITE away. */
enum alv_access {
	ALV_MAY_READ = 1,
	ALV_MAY_WRITE = 2,
	ALV_MAY_BOTH = ALV_MAY_READ | ALV_MAY_WRITE,
};

struct alv_identity {
	struct alv_object *obj;
	unsigned int access; /* enum alv_access of its descriptors */
	int memfd;           /* -1: not begun */
	u64 inode;
	u64 mappable; /* bytes in the memfd */
	u32 host_mappings; /* writable ones of the host's own, to be told from clients' */
	bool plain; /* clients' read-only mappings may be of writable descriptors; atomic */
	int watch;    /* of the host's inotify instance; -1: none */
	struct cds_lfht_node by_inode;
	/* Under the host's lock: */
	struct cds_list_head all; /* in host->identities.all */
	u32 opening;              /* descriptors being made right now */
	bool held;                /* descriptors are out, maybe: they have a user reference */
	/*
	 * A closing descriptor is told of before its lock goes, so "somebody still has
	 * one" may be about to change: until then (ns) it is asked again. 0: no doubt.
	 */
	u64 doubt_until;
	struct cds_list_head doubts; /* in host->identities.doubts */
};

/* All identities of a host. */
struct alv_identities {
	struct cds_lfht *by_inode; /* readers under RCU */
	struct cds_list_head all;  /* this and what follows: under the host's lock */
	struct cds_list_head doubts; /* the newest first */
	size_t count;              /* of all */
	struct alv_ids watches;    /* inotify watch -> object */
	size_t unwatched;          /* identities without a watch: reap asks each */
	u64 device;                /* of every memfd */
	int inotify;               /* -1: none to be had */
	/*
	 * Held over a reap: who comes second sees all that the first one's events told.
	 * Taken before the host's lock.
	 */
	pthread_mutex_t reaping;
};

/* Which file a client's descriptor stands for. */
struct alv_file {
	u64 device;
	u64 inode;
};

int alv_identities_init(struct alv_identities *identities);
void alv_identities_fini(struct alv_identities *identities);

/* The memfd of descriptors with this access, named for the object's kind. */
int alv_identity_init(struct alv_identity *identity, struct alv_object *obj,
		      unsigned int access, u64 mappable);
void alv_identity_fini(struct alv_identity *identity);

/*
 * A new open file description of the object for a client; the caller holds a
 * reference, closes it, or gives it away. -EMFILE, -ENFILE, -ENOMEM.
 */
int alv_identity_open(struct alv_object *obj, unsigned int access, int *ret_fd);

/*
 * A read-only one of the same pages, which the mappings of a client that only reads
 * can be made of: those never become writable.
 */
int alv_identity_open_reader(struct alv_object *obj, int *ret_fd);

/*
 * A reference to the object whose descriptor this is, and what the descriptor allows
 * (ret_access may be NULL). -EBADF: it is none of ours.
 */
int alv_identity_find(struct alv_host *host, const struct alv_file *file,
		      struct alv_object **ret_obj, unsigned int *ret_access);

/* Refuse new writable mappings of the mappable pages from now on (MAP_FREEZE). */
int alv_identity_seal_writes(struct alv_identity *identity);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/reap.h"

#include <sys/file.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "object/host.h"

#define DOUBT_NS     500000000 /* a close that was begun is over by then */
#define ASKED_DOUBTS 16        /* of the newest, in each reap */

bool alv_identity_let_go(struct alv_identity *identity)
{
	if (!identity->held || identity->opening)
		return false;
	if (flock(identity->memfd, LOCK_EX | LOCK_NB))
		return false;
	flock(identity->memfd, LOCK_UN);
	identity->held = false;
	return true;
}

void alv_identity_trust(struct alv_identity *identity)
{
	if (identity->doubt_until)
		cds_list_del(&identity->doubts);
	identity->doubt_until = 0;
}

/* Somebody still holds what an event told of: perhaps for an instant only. */
static void doubt(struct alv_identity *identity, u64 now)
{
	alv_identity_trust(identity);
	identity->doubt_until = now + DOUBT_NS;
	cds_list_add(&identity->doubts, &identity->obj->host->identities.doubts);
}

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

/*
 * The user reference that `held` stood for keeps an identity alive until it is put:
 * without the host's lock, which the end of an object takes.
 */

static void reap_watch(struct alv_host *host, int watch, u64 now)
{
	struct alv_identity *identity;
	bool gone = false;

	pthread_mutex_lock(&host->lock);
	identity = alv_ids_find(&host->identities.watches, (u32)watch);
	if (identity && identity->held) {
		gone = alv_identity_let_go(identity);
		if (gone)
			alv_identity_trust(identity);
		else
			doubt(identity, now);
	}
	pthread_mutex_unlock(&host->lock);
	if (gone)
		alv_object_put_user(identity->obj);
}

/* Ask every identity, once; where events were lost, each may be in the midst of a close. */
static void reap_all(struct alv_host *host, bool lost, u64 now)
{
	struct alv_identities *all = &host->identities;
	size_t left = alv_load_relaxed(&all->count);

	for (; left; left--) {
		struct alv_identity *identity;
		bool gone;

		pthread_mutex_lock(&host->lock);
		if (cds_list_empty(&all->all)) {
			pthread_mutex_unlock(&host->lock);
			return;
		}
		identity = cds_list_first_entry(&all->all, struct alv_identity, all);
		cds_list_del(&identity->all);
		cds_list_add_tail(&identity->all, &all->all);
		gone = alv_identity_let_go(identity);
		if (gone)
			alv_identity_trust(identity);
		else if (lost && identity->held)
			doubt(identity, now);
		pthread_mutex_unlock(&host->lock);
		if (gone)
			alv_object_put_user(identity->obj);
	}
}

/* Ask once more, for the last time if it is late: is nobody left? With the lock. */
static bool doubt_is_right(struct alv_identity *identity, u64 now)
{
	bool gone = alv_identity_let_go(identity);

	if (gone || identity->doubt_until < now)
		alv_identity_trust(identity);
	return gone;
}

/*
 * The first that went of the newest doubts, where a close that goes on is most likely,
 * and of all that have lasted long enough; NULL: none. With the lock. Whoever walks all
 * objects and closes each raises a doubt with each: they are too many to be asked
 * each time.
 */
static struct alv_identity *gone_of_doubtful(struct alv_identities *all, u64 now)
{
	struct alv_identity *identity, *next;
	size_t asked = 0;

	cds_list_for_each_entry_safe(identity, next, &all->doubts, doubts) {
		if (asked++ == ASKED_DOUBTS)
			break;
		if (doubt_is_right(identity, now))
			return identity;
	}
	while (!cds_list_empty(&all->doubts)) {
		identity = cds_list_entry(all->doubts.prev, struct alv_identity, doubts);
		if (identity->doubt_until >= now)
			break;
		if (doubt_is_right(identity, now))
			return identity;
	}
	return NULL;
}

static void reap_doubts(struct alv_host *host, u64 now)
{
	struct alv_identity *gone;

	do {
		pthread_mutex_lock(&host->lock);
		gone = gone_of_doubtful(&host->identities, now);
		pthread_mutex_unlock(&host->lock);
		if (gone)
			alv_object_put_user(gone->obj);
	} while (gone);
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
		else if (!(event->mask & IN_IGNORED))
			reap_watch(host, event->wd, now);
	}
	return overflow;
}

void alv_reap(struct alv_host *host)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct alv_identities *all = &host->identities;
	u64 now = now_ns();
	bool lost = false;
	ssize_t size;

	pthread_mutex_lock(&all->reaping);
	reap_doubts(host, now);
	while (all->inotify >= 0 &&
	       (size = read(all->inotify, events, sizeof(events))) > 0)
		lost |= reap_events(host, events, size, now);
	if (lost || all->inotify < 0 || alv_load_relaxed(&all->unwatched))
		reap_all(host, lost, now);
	pthread_mutex_unlock(&all->reaping);
}

/* With the lock: ask those of its identities that are in doubt. */
static bool object_is_forsaken(struct alv_object *obj, u64 now)
{
	struct alv_identity *const identities[] = {
		&obj->identity,
		obj->restricted[0],
		obj->restricted[1],
	};

	for (size_t i = 0; i < ALV_COUNT(identities); i++)
		if (identities[i] && identities[i]->doubt_until &&
		    doubt_is_right(identities[i], now))
			return true;
	return false;
}

bool alv_reap_id(struct alv_host *host, enum alv_kind kind, u32 id)
{
	struct alv_object *obj;
	bool gone;

	pthread_mutex_lock(&host->identities.reaping);
	pthread_mutex_lock(&host->lock);
	obj = alv_ids_find(&host->ids[kind], id);
	gone = obj && object_is_forsaken(obj, now_ns());
	pthread_mutex_unlock(&host->lock);
	if (gone)
		alv_object_put_user(obj);
	pthread_mutex_unlock(&host->identities.reaping);
	return gone;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/reap.h"

#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
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

/* What an object lost when one of its identities was let go. */
struct loss {
	struct alv_object *obj; /* NULL: there is none */
	bool last;              /* the other identities have no descriptors either */
};

/* With the lock. */
static struct loss loss_of(struct alv_identity *identity)
{
	struct alv_object *obj = identity->obj;
	bool held = obj->identity.held;

	for (size_t i = 0; i < ALV_COUNT(obj->restricted); i++)
		held |= obj->restricted[i] && obj->restricted[i]->held;
	return (struct loss){ .obj = obj, .last = !held };
}

/*
 * Without the lock, which the end of an object takes: the user reference that `held`
 * stood for has kept it alive.
 */
static bool suffer(const struct loss *loss)
{
	if (!loss->obj)
		return false;
	if (loss->last && loss->obj->ops->closed)
		loss->obj->ops->closed(loss->obj);
	alv_object_put_user(loss->obj);
	return true;
}

/* With the lock: has it gone? If not, and that may change soon, it is in doubt. */
static struct loss ask(struct alv_identity *identity, bool doubtful, u64 now)
{
	if (alv_identity_let_go(identity)) {
		alv_identity_trust(identity);
		return loss_of(identity);
	}
	if (doubtful && identity->held)
		doubt(identity, now);
	return (struct loss){};
}

static void reap_watch(struct alv_host *host, int watch, u64 now)
{
	struct alv_identity *identity;
	struct loss loss = {};

	pthread_mutex_lock(&host->lock);
	identity = alv_ids_find(&host->identities.watches, (u32)watch);
	if (identity && identity->held)
		loss = ask(identity, true, now);
	pthread_mutex_unlock(&host->lock);
	suffer(&loss);
}

/* Ask every identity, once; where events were lost, each may be in the midst of a close. */
static void reap_all(struct alv_host *host, bool lost, u64 now)
{
	struct alv_identities *all = &host->identities;
	size_t left;

	pthread_mutex_lock(&host->lock);
	left = all->count;
	pthread_mutex_unlock(&host->lock);
	for (; left; left--) {
		struct alv_identity *identity;
		struct loss loss;

		pthread_mutex_lock(&host->lock);
		if (cds_list_empty(&all->all)) {
			pthread_mutex_unlock(&host->lock);
			return;
		}
		identity = cds_list_first_entry(&all->all, struct alv_identity, all);
		cds_list_del(&identity->all);
		cds_list_add_tail(&identity->all, &all->all);
		loss = ask(identity, lost, now);
		pthread_mutex_unlock(&host->lock);
		suffer(&loss);
	}
}

/* Ask once more, for the last time if it is late. With the lock. */
static struct loss ask_doubtful(struct alv_identity *identity, u64 now)
{
	struct loss loss = ask(identity, false, now);

	if (identity->doubt_until < now)
		alv_identity_trust(identity);
	return loss;
}

/*
 * The first that went of the newest doubts, where a close that goes on is most likely,
 * and of all that have lasted long enough. With the lock. Whoever walks all objects and
 * closes each raises a doubt with each: they are too many to be asked each time.
 */
static struct loss loss_of_doubtful(struct alv_identities *all, u64 now)
{
	struct alv_identity *identity, *next;
	struct loss loss = {};
	size_t asked = 0;

	cds_list_for_each_entry_safe(identity, next, &all->doubts, doubts) {
		if (asked++ == ASKED_DOUBTS)
			break;
		loss = ask_doubtful(identity, now);
		if (loss.obj)
			return loss;
	}
	while (!loss.obj && !cds_list_empty(&all->doubts)) {
		identity = cds_list_entry(all->doubts.prev, struct alv_identity, doubts);
		if (identity->doubt_until >= now)
			break;
		loss = ask_doubtful(identity, now);
	}
	return loss;
}

static void reap_doubts(struct alv_host *host, u64 now)
{
	struct loss loss;

	do {
		pthread_mutex_lock(&host->lock);
		loss = loss_of_doubtful(&host->identities, now);
		pthread_mutex_unlock(&host->lock);
	} while (suffer(&loss));
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
	u64 now = alv_clock_ns(CLOCK_MONOTONIC_COARSE);
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
static struct loss loss_of_object(struct alv_object *obj, u64 now)
{
	struct alv_identity *const identities[] = {
		&obj->identity,
		obj->restricted[0],
		obj->restricted[1],
	};
	struct loss loss = {};

	for (size_t i = 0; i < ALV_COUNT(identities) && !loss.obj; i++)
		if (identities[i] && identities[i]->doubt_until)
			loss = ask_doubtful(identities[i], now);
	return loss;
}

bool alv_reap_id(struct alv_host *host, enum alv_kind kind, u32 id)
{
	struct loss loss = {};
	struct alv_object *obj;
	bool lost;

	pthread_mutex_lock(&host->identities.reaping);
	pthread_mutex_lock(&host->lock);
	obj = alv_ids_find(&host->ids[kind], id);
	if (obj)
		loss = loss_of_object(obj, alv_clock_ns(CLOCK_MONOTONIC_COARSE));
	pthread_mutex_unlock(&host->lock);
	lost = suffer(&loss);
	pthread_mutex_unlock(&host->identities.reaping);
	return lost;
}

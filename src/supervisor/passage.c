/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/passage.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* Clients are the process's, as their tracer is; so are these. */
static struct {
	pthread_mutex_t lock; /* guards the list and its passages */
	pthread_cond_t changed;
	struct alv_passage *first;
} passages = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static void enter(struct alv_passage *passage, enum alv_passage_state state)
{
	passage->state = state;
	pthread_cond_broadcast(&passages.changed);
}

static void await(struct alv_passage *passage, enum alv_passage_state state)
{
	while (passage->state < state)
		pthread_cond_wait(&passages.changed, &passages.lock);
}

static struct alv_passage *find_started(int tid)
{
	struct alv_passage *at = passages.first;

	while (at && (at->tid != tid || at->state != ALV_PASSAGE_STARTED))
		at = at->next;
	return at;
}

/* Let the one that is on its way to the thread enter another state. */
static struct alv_passage *move_started(int tid, enum alv_passage_state state, int err)
{
	struct alv_passage *passage;

	pthread_mutex_lock(&passages.lock);
	passage = find_started(tid);
	if (passage) {
		passage->err = err;
		enter(passage, state);
	}
	pthread_mutex_unlock(&passages.lock);
	return passage;
}

void alv_passage_start(struct alv_passage *passage, int tid, int fd, bool cloexec)
{
	*passage = (struct alv_passage){
		.state = ALV_PASSAGE_STARTED,
		.tid = tid,
		.fd = fd,
		.cloexec = cloexec,
	};
	pthread_mutex_lock(&passages.lock);
	passage->next = passages.first;
	passages.first = passage;
	pthread_mutex_unlock(&passages.lock);
}

bool alv_passage_over(void *data)
{
	struct alv_passage *passage = data;
	bool over;

	pthread_mutex_lock(&passages.lock);
	over = passage->state != ALV_PASSAGE_STARTED;
	pthread_mutex_unlock(&passages.lock);
	return over;
}

void alv_passage_deliver(struct alv_passage *passage, int err)
{
	pthread_mutex_lock(&passages.lock);
	if (passage->state == ALV_PASSAGE_STARTED) {
		/* It fetched it, or it never will: nothing more is due to it. */
		passage->err = err ? -ESRCH : 0;
		enter(passage, ALV_PASSAGE_ENDED);
	}
	pthread_mutex_unlock(&passages.lock);
}

int alv_passage_wait(struct alv_passage *passage, int err)
{
	struct alv_passage **link = &passages.first;

	pthread_mutex_lock(&passages.lock);
	if (err) {
		passage->err = err;
		passage->state = ALV_PASSAGE_ENDED;
	}
	await(passage, ALV_PASSAGE_REFUSED);
	while (*link != passage)
		link = &(*link)->next;
	*link = passage->next;
	pthread_mutex_unlock(&passages.lock);
	if (passage->fd >= 0)
		close(passage->fd);
	return passage->err;
}

void alv_passage_answer(struct alv_passage *passage, s64 answer)
{
	pthread_mutex_lock(&passages.lock);
	passage->answer = answer;
	enter(passage, ALV_PASSAGE_ANSWERED);
	await(passage, ALV_PASSAGE_ENDED);
	pthread_mutex_unlock(&passages.lock);
}

struct alv_passage *alv_passage_take(int tid)
{
	return move_started(tid, ALV_PASSAGE_TAKEN, 0);
}

s64 alv_passage_refuse(struct alv_passage *passage, int err)
{
	s64 answer;

	pthread_mutex_lock(&passages.lock);
	passage->err = err;
	enter(passage, ALV_PASSAGE_REFUSED);
	await(passage, ALV_PASSAGE_ANSWERED);
	answer = passage->answer;
	pthread_mutex_unlock(&passages.lock);
	return answer;
}

void alv_passage_end(struct alv_passage *passage, int err)
{
	pthread_mutex_lock(&passages.lock);
	passage->err = err;
	enter(passage, ALV_PASSAGE_ENDED);
	pthread_mutex_unlock(&passages.lock);
}

bool alv_passage_give_up(int tid, int err)
{
	return move_started(tid, ALV_PASSAGE_REFUSED, err);
}

void alv_passage_forget(int tid)
{
	move_started(tid, ALV_PASSAGE_ENDED, -ESRCH);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A passage: a descriptor on its way to a client, from the thread that serves its
 * call (it waits) to the one that has the client at the gate. In between the client
 * runs, and may be killed, stopped or interrupted.
 *
 *	started -> taken -> ended                   the client has it, or is gone
 *	           taken -> refused -> answered -> ended   it did not fit
 *	started -> refused                          it did not fit, by the courier
 *	started -> ended                            gone, or never sent
 */
#ifndef ALV_SUPERVISOR_PASSAGE_H
#define ALV_SUPERVISOR_PASSAGE_H

#include "base/types.h"

enum alv_passage_state {
	ALV_PASSAGE_NONE,
	ALV_PASSAGE_STARTED,
	ALV_PASSAGE_TAKEN,
	ALV_PASSAGE_REFUSED,
	ALV_PASSAGE_ANSWERED,
	ALV_PASSAGE_ENDED,
};

struct alv_passage {
	struct alv_passage *next;
	enum alv_passage_state state;
	int tid;
	int fd;
	bool cloexec;
	int err;
	s64 answer;
};

/* The serving thread's side. Takes fd over. */
void alv_passage_start(struct alv_passage *passage, int tid, int fd, bool cloexec);
/* Nobody takes it any more. Fits alv_courier_deliver(). */
bool alv_passage_over(void *passage);
/* The client was met, if err is 0; for passages that nobody takes. */
void alv_passage_deliver(struct alv_passage *passage, int err);
/* Wait for its end: 0, or why the client has it not. With an err it never began. */
int alv_passage_wait(struct alv_passage *passage, int err);
/* It was refused: this is the call's result. */
void alv_passage_answer(struct alv_passage *passage, s64 answer);

/* The other side. NULL: none is on its way to this thread. */
struct alv_passage *alv_passage_take(int tid);
/* It does not fit: what is to be the call's result? */
s64 alv_passage_refuse(struct alv_passage *passage, int err);
void alv_passage_end(struct alv_passage *passage, int err);

/* The thread says itself that it does not fit. False: it was not on its way. */
bool alv_passage_give_up(int tid, int err);
/* The thread is gone, or elsewhere. */
void alv_passage_forget(int tid);

#endif

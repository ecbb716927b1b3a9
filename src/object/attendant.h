/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host's attendant: a thread that looks after what nobody tells the host of, such as
 * positions that clients write into shared pages. It exists from the first charge on,
 * sleeps without any, and looks rarely at what does not change.
 */
#ifndef ALV_OBJECT_ATTENDANT_H
#define ALV_OBJECT_ATTENDANT_H

#include <pthread.h>

#include "base/rcu.h"
#include "base/types.h"

struct alv_charge;

enum alv_look {
	ALV_LOOK_DONE, /* until it is attended again */
	ALV_LOOK_MOVING,
	ALV_LOOK_STILL,
};

/* `ms` have passed since the last look. In the attendant's thread, under its lock. */
typedef enum alv_look alv_look_fn(struct alv_charge *charge, u32 ms);

struct alv_charge {
	alv_look_fn *look;
	bool attended;             /* will be looked at; atomic */
	struct cds_list_head node; /* in attendant->charges, or to itself; under the lock */
};

struct alv_attendant {
	pthread_mutex_t lock; /* guards what follows; a leaf */
	pthread_cond_t changed;
	struct cds_list_head charges;
	pthread_t thread;
	bool started;
	bool hurry; /* something new: look soon */
	bool stop;
};

void alv_attendant_init(struct alv_attendant *attendant);
/* End the thread. Charges may still be dismissed. */
void alv_attendant_stop(struct alv_attendant *attendant);
void alv_attendant_fini(struct alv_attendant *attendant);

void alv_charge_init(struct alv_charge *charge, alv_look_fn *look);
/*
 * Look at it from now on, soon and at what is there now. Without a thread (a limit of
 * the user's) it is not looked at.
 */
void alv_attend(struct alv_attendant *attendant, struct alv_charge *charge);
/* No look is under way, or comes, when this returns. */
void alv_dismiss(struct alv_attendant *attendant, struct alv_charge *charge);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object in epoll instances. Its descriptors are memfds, which epoll refuses, so a
 * file of the host's stands for it there, made when somebody first asks.
 *
 * For objects that are read it is an eventfd, registered as edge-triggered: each
 * alv_readiness_raise() is reported once, as each wake-up of a kernel's object puts
 * it onto the lists of who waits. What makes it level-triggered again, where the
 * kernel's is, is the object's business (map/ringbuf.c).
 */
#ifndef ALV_OBJECT_READINESS_H
#define ALV_OBJECT_READINESS_H

#include "base/types.h"

enum alv_readiness_kind {
	ALV_READINESS_NONE, /* EPOLLERR, whatever one waits for */
	ALV_READINESS_READ,
	ALV_READINESS_WRITE, /* always */
};

struct alv_readiness {
	int file; /* plus 1; 0: none so far; atomic */
};

/* How epoll_ctl(2) is to be made. */
struct alv_poll {
	int fd;     /* stays the object's */
	u32 events; /* of those that a caller asks for, which can be reported */
	u32 more;   /* and those that it does not ask for */
};

/* -EMFILE, -ENFILE, -ENOMEM. */
int alv_readiness_poll(struct alv_readiness *ready, enum alv_readiness_kind kind,
		       struct alv_poll *ret_poll);
/* Whoever waits is told. False: nobody ever asked. From any thread. */
bool alv_readiness_raise(struct alv_readiness *ready);
/* Who has not been told yet is not told any more. */
void alv_readiness_lower(struct alv_readiness *ready);
void alv_readiness_fini(struct alv_readiness *ready);

#endif

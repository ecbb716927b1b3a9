/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A courier: brings descriptors to clients that have somebody else's listener, and
 * those of clients here.
 * The client comes to its socket (gate_receive.S) and is known by its cookie.
 */
#ifndef ALV_SUPERVISOR_COURIER_H
#define ALV_SUPERVISOR_COURIER_H

#include "base/types.h"

struct alv_courier {
	int socket; /* -1: not needed so far */
	u64 address; /* as many bytes of struct sockaddr_un as the kernel chose */
	u64 cookie;  /* of the next client */
};

/* Be ready for one more client. -errno of sockets. */
int alv_courier_prepare(struct alv_courier *courier);
/*
 * Wait for the client and give it the descriptor. -ESRCH when `gone` said so
 * while nobody came.
 */
int alv_courier_deliver(struct alv_courier *courier, int fd, bool (*gone)(void *data),
			void *data);
/* Take what a client has sent, which is there already. -EPROTO: nothing is. */
int alv_courier_collect(struct alv_courier *courier, int *ret_fd);
void alv_courier_fini(struct alv_courier *courier);

#endif

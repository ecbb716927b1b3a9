/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other client: it has maps of several kinds, a pin and mappings, and looks
 * whether they are what they were and whether the system still serves it.
 */
#ifndef HOSTILE_VICTIM_H
#define HOSTILE_VICTIM_H

#include "client.h"

enum victim_map {
	VICTIM_HASH,
	VICTIM_ARRAY,
	VICTIM_MAPPED, /* an array that is mapped */
	VICTIM_LPM,
	VICTIM_QUEUE,
	VICTIM_RINGBUF,
	VICTIM_MAPS,
};

struct victim {
	int fds[VICTIM_MAPS];
	u32 ids[VICTIM_MAPS];
	u8 *mapped;
	u8 *ring;
};

void victim_init(struct victim *v);

/* NULL when all is well, else what is not. */
const char *victim_check(struct victim *v);

const char *victim_pin(void);

#endif

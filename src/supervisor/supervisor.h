/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A supervisor: the process that lives for hosts and their sessions. It has cut
 * its ties to whoever started it: session, directory, descriptors, limits.
 */
#ifndef ALV_SUPERVISOR_SUPERVISOR_H
#define ALV_SUPERVISOR_SUPERVISOR_H

#include <alveary/alveary.h>

#include "supervisor/server.h"

/* What a host provides to clients, and the files behind it. */
struct alv_places {
	struct alv_provided list[ALV_MAX_PROVIDED];
	size_t count;
	char directory[128]; /* of files that we made; empty: none */
};

/* `cpus` and `btf` as in the host's configuration: 0 and NULL leave the machine's. */
int alv_places_init(struct alv_places *places, struct alv_host *host, unsigned int cpus,
		    const char *btf);
void alv_places_fini(struct alv_places *places);

/* Let this process have as many descriptors and other resources as it may. */
void alv_supervisor_raise_limits(void);

/* In a process of its own: one host for the one launcher at conn. An exit status. */
int alv_supervisor_main(const struct alv_host_config *config, int conn);

#endif

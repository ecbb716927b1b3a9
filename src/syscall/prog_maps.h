/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps of a program that is being loaded: from descriptors of the caller to what
 * the verifier sees of them. A map that is named twice is one.
 */
#ifndef ALV_SYSCALL_PROG_MAPS_H
#define ALV_SYSCALL_PROG_MAPS_H

#include "syscall/call.h"
#include "verifier/verifier.h"

struct alv_prog_map {
	struct alv_checked_map checked; /* its owner is the map */
	struct alv_checked_map inner;
	struct alv_map *map; /* owned reference */
};

struct alv_prog_maps {
	struct alv_call *call;
	const u8 *digest; /* the program's */
	struct alv_report *report;
	struct alv_prog_map *list[ALV_VERIFIER_MAX_MAPS + 1];
	u32 n;
};

/* `digest` of the program decides about exclusive maps. */
void alv_prog_maps_init(struct alv_prog_maps *maps, struct alv_call *call, const u8 *digest,
			struct alv_report *report);
void alv_prog_maps_fini(struct alv_prog_maps *maps);

static inline void alv_prog_maps_cleanup(struct alv_prog_maps *maps)
{
	alv_prog_maps_fini(maps);
}

/* How the verifier asks for them. */
void alv_prog_maps_names(struct alv_prog_maps *maps, struct alv_verifier_names *ret_names);

#endif

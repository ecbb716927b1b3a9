/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map types that the suite covers, each with attributes that create it.
 */
#ifndef CONFORM_MAP_TYPE_H
#define CONFORM_MAP_TYPE_H

#include "attr.h"

enum map_trait {
	MAP_PER_CPU = 1,  /* a value for each possible CPU */
	MAP_KEYLESS = 2,  /* key size 0: queues, stacks, bloom filters, ring buffers */
	MAP_FD_VALUE = 4, /* a value is a descriptor */
	MAP_NESTED = 8,	  /* needs inner_map_fd */
	MAP_SLOTS = 16,	  /* keys are 0..max_entries-1 */
	MAP_HASHED = 32,  /* in no particular order */
	MAP_EVICTS = 64,  /* never full */
	MAP_PLAIN = 128,  /* elements can be written and read by anybody */
	MAP_BATCHES = 256,
};

struct map_type {
	const char *name;
	u32 type, key_size, value_size, max_entries, flags;
	unsigned int traits;
};

#define MAP_TYPES 17
extern const struct map_type map_types[MAP_TYPES];

#define for_each_map_type(t) for ((t) = map_types; (t) < map_types + MAP_TYPES; (t)++)

const struct map_type *map_type_find(u32 type);

/* "HASH", or "-" for none of them. */
const char *map_type_name(u32 type);
int map_type_per_cpu(u32 type);

/* Possible CPUs as /sys says. */
unsigned int map_type_cpus(void);

#endif

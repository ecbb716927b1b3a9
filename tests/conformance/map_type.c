/* SPDX-License-Identifier: BSD-2-Clause */
#include "map_type.h"

#include <stdio.h>
#include <stdlib.h>

#define ROW(name, key, value, max, flags, traits)                          \
	{                                                                  \
#name, BPF_MAP_TYPE_##name, key, value, max, flags, traits \
	}

const struct map_type map_types[MAP_TYPES] = {
	ROW(HASH, 4, 8, 4, 0, MAP_HASHED | MAP_PLAIN | MAP_BATCHES),
	ROW(ARRAY, 4, 8, 4, 0, MAP_SLOTS | MAP_PLAIN | MAP_BATCHES),
	ROW(PROG_ARRAY, 4, 4, 4, 0, MAP_SLOTS | MAP_FD_VALUE),
	ROW(PERF_EVENT_ARRAY, 4, 4, 4, 0, MAP_SLOTS | MAP_FD_VALUE),
	ROW(PERCPU_HASH, 4, 8, 4, 0, MAP_HASHED | MAP_PER_CPU | MAP_PLAIN | MAP_BATCHES),
	ROW(PERCPU_ARRAY, 4, 8, 4, 0, MAP_SLOTS | MAP_PER_CPU | MAP_PLAIN | MAP_BATCHES),
	ROW(STACK_TRACE, 4, 16, 4, 0, 0),
	ROW(LRU_HASH, 4, 8, 4, 0, MAP_HASHED | MAP_EVICTS | MAP_PLAIN | MAP_BATCHES),
	ROW(LRU_PERCPU_HASH, 4, 8, 4, 0,
	    MAP_HASHED | MAP_EVICTS | MAP_PER_CPU | MAP_PLAIN | MAP_BATCHES),
	ROW(LPM_TRIE, 8, 8, 4, BPF_F_NO_PREALLOC, MAP_PLAIN | MAP_BATCHES),
	ROW(ARRAY_OF_MAPS, 4, 4, 4, 0,
	    MAP_SLOTS | MAP_FD_VALUE | MAP_NESTED | MAP_BATCHES),
	ROW(HASH_OF_MAPS, 4, 4, 4, 0,
	    MAP_HASHED | MAP_FD_VALUE | MAP_NESTED | MAP_BATCHES),
	ROW(QUEUE, 0, 8, 4, 0, MAP_KEYLESS),
	ROW(STACK, 0, 8, 4, 0, MAP_KEYLESS),
	ROW(RINGBUF, 0, 0, 4096, 0, MAP_KEYLESS),
	ROW(BLOOM_FILTER, 0, 8, 4, 0, MAP_KEYLESS),
	ROW(USER_RINGBUF, 0, 0, 4096, 0, MAP_KEYLESS),
};

const struct map_type *map_type_find(u32 type)
{
	const struct map_type *t;

	for_each_map_type(t) if (t->type == type) return t;
	return NULL;
}

const char *map_type_name(u32 type)
{
	const struct map_type *t = map_type_find(type);

	return t ? t->name : "-";
}

int map_type_per_cpu(u32 type)
{
	const struct map_type *t = map_type_find(type);

	return t && (t->traits & MAP_PER_CPU);
}

unsigned int map_type_cpus(void)
{
	static unsigned int cpus;
	unsigned int first, last;
	FILE *file;

	if (cpus)
		return cpus;
	file = fopen("/sys/devices/system/cpu/possible", "re");
	if (!file)
		abort();
	if (fscanf(file, "%u-%u", &first, &last) != 2)
		last = 0;
	fclose(file);
	cpus = last + 1;
	return cpus;
}

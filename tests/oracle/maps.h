/* SPDX-License-Identifier: BSD-2-Clause */
/* The maps that generated programs use, and the types of those and of functions. */
#ifndef ALV_TESTS_ORACLE_MAPS_H
#define ALV_TESTS_ORACLE_MAPS_H

#include "abi/uapi.h"
#include "base/types.h"

enum oracle_map {
	MAP_ARRAY,
	MAP_HASH,
	MAP_LRU,
	MAP_PERCPU,
	MAP_GLOBAL, /* its value has an address */
	MAP_CONST,  /* the same, and its bytes are known */
	MAP_LOCKED, /* values with a spin lock */
	MAP_RINGBUF,
	MAP_PROGS,
	MAP_OUTER,
	MAP_QUEUE,
	N_MAPS,
};

/* Type ids of the BTF object, for func_info. */
enum oracle_type {
	TYPE_INT = 1,
	TYPE_LOCK,
	TYPE_LOCKED_VALUE,
	TYPE_PROTO,
	TYPE_MAIN,
	TYPE_STATIC, /* the first of the static functions; one for each */
};

#define LOCKED_VALUE_SIZE 16
#define LOCK_OFFSET       4

struct oracle_map_def {
	const char *name;
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
};

extern const struct oracle_map_def oracle_map_defs[N_MAPS];

struct oracle_maps {
	int fds[N_MAPS];
	int inner;
	int btf;
};

/* bpf(2) of a kernel or of a host. */
struct oracle_caller {
	long (*bpf)(void *data, int cmd, union bpf_attr *attr, u32 size);
	void *data;
};

/* Make them; false: a message was printed. */
bool oracle_make_maps(const struct oracle_caller *caller, struct oracle_maps *ret_maps);
/* Another prog array: a load makes it that type of programs' own. */
bool oracle_renew_progs(const struct oracle_caller *caller, struct oracle_maps *maps);
/* Write values that depend on the seed to all maps that can be written. */
void oracle_fill_maps(const struct oracle_caller *caller, const struct oracle_maps *maps,
		      u64 seed);

#endif

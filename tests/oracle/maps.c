/* SPDX-License-Identifier: BSD-2-Clause */
#include "maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/btf.h>

#include "../btf/builder.h"
#include "generate.h"
#include "random.h"

#define VALUE_MAX 64
#define CPUS_MAX  1024

const struct oracle_map_def oracle_map_defs[N_MAPS] = {
	[MAP_ARRAY] = { "array", BPF_MAP_TYPE_ARRAY, 4, 48, 8, 0 },
	[MAP_HASH] = { "hash", BPF_MAP_TYPE_HASH, 8, 40, 16, 0 },
	[MAP_LRU] = { "lru", BPF_MAP_TYPE_LRU_HASH, 4, 64, 16, 0 },
	[MAP_PERCPU] = { "percpu", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32, 4, 0 },
	[MAP_GLOBAL] = { "global", BPF_MAP_TYPE_ARRAY, 4, 64, 1, 0 },
	[MAP_CONST] = { "const", BPF_MAP_TYPE_ARRAY, 4, 32, 1, BPF_F_RDONLY_PROG },
	[MAP_LOCKED] = { "locked", BPF_MAP_TYPE_ARRAY, 4, LOCKED_VALUE_SIZE, 4, 0 },
	[MAP_RINGBUF] = { "ring", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0 },
	[MAP_PROGS] = { "progs", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0 },
	[MAP_OUTER] = { "outer", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2, 0 },
	[MAP_QUEUE] = { "queue", BPF_MAP_TYPE_QUEUE, 0, 16, 8, 0 },
};

static long call(const struct oracle_caller *caller, int cmd, union bpf_attr *attr)
{
	return caller->bpf(caller->data, cmd, attr, sizeof(*attr));
}

static void build_types(struct builder *builder)
{
	builder_init(builder);
	builder_type(builder, BTF_KIND_INT, "int", 0, 4);
	builder_word(builder, BTF_INT_SIGNED << 24 | 32);
	builder_type(builder, BTF_KIND_STRUCT, "bpf_spin_lock", 1, 4);
	builder_member(builder, "val", TYPE_INT, 0);
	builder_type(builder, BTF_KIND_STRUCT, "locked", 4, LOCKED_VALUE_SIZE);
	builder_member(builder, "a", TYPE_INT, 0);
	builder_member(builder, "lock", TYPE_LOCK, LOCK_OFFSET);
	builder_member(builder, "b", TYPE_INT, 8);
	builder_member(builder, "c", TYPE_INT, 12);
	builder_type(builder, BTF_KIND_FUNC_PROTO, NULL, 0, TYPE_INT);
	builder_type(builder, BTF_KIND_FUNC, "main", BTF_FUNC_GLOBAL, TYPE_PROTO);
	for (u32 i = 1; i < GENERATED_FUNCTIONS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "function%u", i);
		builder_type(builder, BTF_KIND_FUNC, name, BTF_FUNC_STATIC, TYPE_PROTO);
	}
}

static int load_types(const struct oracle_caller *caller)
{
	union bpf_attr attr = {};
	struct builder builder;
	struct alv_buf raw;
	long fd;

	build_types(&builder);
	builder_finish(&builder, &raw);
	attr.btf = (u64)(uintptr_t)raw.data;
	attr.btf_size = (u32)raw.size;
	fd = call(caller, BPF_BTF_LOAD, &attr);
	alv_buf_fini(&raw);
	return (int)fd;
}

static int make_map(const struct oracle_caller *caller, const struct oracle_map_def *def,
		    const struct oracle_maps *maps)
{
	union bpf_attr attr = {
		.map_type = def->type,
		.key_size = def->key_size,
		.value_size = def->value_size,
		.max_entries = def->max_entries,
		.map_flags = def->flags,
	};

	memcpy(attr.map_name, def->name, strlen(def->name));
	if (def->type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		attr.inner_map_fd = (u32)maps->inner;
	if (def == &oracle_map_defs[MAP_LOCKED]) {
		attr.btf_fd = (u32)maps->btf;
		attr.btf_key_type_id = TYPE_INT;
		attr.btf_value_type_id = TYPE_LOCKED_VALUE;
	}
	return (int)call(caller, BPF_MAP_CREATE, &attr);
}

static long update(const struct oracle_caller *caller, int fd, const void *key,
		   const void *value)
{
	union bpf_attr attr = {
		.map_fd = (u32)fd,
		.key = (u64)(uintptr_t)key,
		.value = (u64)(uintptr_t)value,
	};

	return call(caller, BPF_MAP_UPDATE_ELEM, &attr);
}

/* A fixed value; nobody writes to it any more. */
static bool freeze(const struct oracle_caller *caller, int fd)
{
	union bpf_attr attr = { .map_fd = (u32)fd };
	struct random random = { .state = 1 };
	u64 value[4];
	u32 key = 0;

	for (u32 i = 0; i < ALV_COUNT(value); i++)
		value[i] = random_number(&random) & (i == 3 ? 0x1f : ~0ull);
	return !update(caller, fd, &key, value) && !call(caller, BPF_MAP_FREEZE, &attr);
}

bool oracle_make_maps(const struct oracle_caller *caller, struct oracle_maps *ret_maps)
{
	static const struct oracle_map_def inner = {
		"inner", BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0,
	};
	u32 key = 0;

	ret_maps->btf = load_types(caller);
	ret_maps->inner = make_map(caller, &inner, ret_maps);
	if (ret_maps->btf < 0 || ret_maps->inner < 0) {
		fprintf(stderr, "no types or no map: %d %d\n", ret_maps->btf, ret_maps->inner);
		return false;
	}
	for (u32 i = 0; i < N_MAPS; i++) {
		ret_maps->fds[i] = make_map(caller, &oracle_map_defs[i], ret_maps);
		if (ret_maps->fds[i] < 0) {
			fprintf(stderr, "map %s: %d\n", oracle_map_defs[i].name,
				ret_maps->fds[i]);
			return false;
		}
	}
	update(caller, ret_maps->fds[MAP_OUTER], &key, &ret_maps->inner);
	return freeze(caller, ret_maps->fds[MAP_CONST]);
}

bool oracle_renew_progs(const struct oracle_caller *caller, struct oracle_maps *maps)
{
	close(maps->fds[MAP_PROGS]);
	maps->fds[MAP_PROGS] = make_map(caller, &oracle_map_defs[MAP_PROGS], maps);
	return maps->fds[MAP_PROGS] >= 0;
}

static void fill_map(const struct oracle_caller *caller, const struct oracle_map_def *def,
		     int fd, struct random *random)
{
	static u64 value[VALUE_MAX / 8 * CPUS_MAX];

	for (u64 key = 0; key < def->max_entries; key++) {
		for (u32 i = 0; i < ALV_COUNT(value) &&
				i < (def->type == BPF_MAP_TYPE_PERCPU_ARRAY ? ALV_COUNT(value) :
				     VALUE_MAX / 8); i++)
			value[i] = random_number(random);
		/* Hashes are not full: look-ups of some keys fail. */
		if (def->type != BPF_MAP_TYPE_HASH || random_chance(random, 50))
			update(caller, fd, &key, value);
	}
}

void oracle_fill_maps(const struct oracle_caller *caller, const struct oracle_maps *maps,
		      u64 seed)
{
	static const enum oracle_map filled[] = { MAP_ARRAY, MAP_HASH, MAP_LRU, MAP_PERCPU,
						  MAP_GLOBAL, MAP_LOCKED };
	struct random random = { .state = seed };

	for (u32 i = 0; i < ALV_COUNT(filled); i++)
		fill_map(caller, &oracle_map_defs[filled[i]], maps->fds[filled[i]], &random);
}

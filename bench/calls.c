/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What single bpf(2) calls cost their caller, in nanoseconds, one line a call:
 * "name: figure". Run plain (as root) it measures the kernel, under the launcher a
 * host behind a transport; built with EMBEDDED it measures alv_bpf() on a host of its
 * own. bench/ratios runs all of them and compares.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "caller.h"

#define ROUNDS  5
#define ENTRIES 1024
#define BATCH   128

/* One map, and the element that the next call is about. */
struct bench {
	int fd;
	uint32_t id;
	union {
		uint64_t key;
		struct bpf_lpm_trie_key lpm;
		uint8_t room[16];
	};
	uint64_t value[64];
	uint64_t keys[BATCH];
	uint64_t values[BATCH * 64];
};

struct type {
	const char *name;
	struct {
		uint32_t type, key_size, value_size, max_entries, flags;
	} create;
};

enum {
	ARRAY,
	HASH,
	PERCPU_HASH,
	LRU_HASH,
	LPM_TRIE,
	QUEUE,
	BLOOM,
};

static const struct type types[] = {
	[ARRAY] = { "array", { BPF_MAP_TYPE_ARRAY, 4, 8, ENTRIES, 0 } },
	[HASH] = { "hash", { BPF_MAP_TYPE_HASH, 8, 8, ENTRIES, 0 } },
	[PERCPU_HASH] = { "percpu_hash", { BPF_MAP_TYPE_PERCPU_HASH, 8, 8, ENTRIES, 0 } },
	[LRU_HASH] = { "lru_hash", { BPF_MAP_TYPE_LRU_HASH, 8, 8, ENTRIES, 0 } },
	[LPM_TRIE] = { "lpm_trie",
		       { BPF_MAP_TYPE_LPM_TRIE, 8, 8, ENTRIES, BPF_F_NO_PREALLOC } },
	[QUEUE] = { "queue", { BPF_MAP_TYPE_QUEUE, 0, 8, ENTRIES, 0 } },
	[BLOOM] = { "bloom_filter", { BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, ENTRIES, 0 } },
};

static int create(const struct type *type)
{
	union bpf_attr attr = {
		.map_type = type->create.type,
		.key_size = type->create.key_size,
		.value_size = type->create.value_size,
		.max_entries = type->create.max_entries,
		.map_flags = type->create.flags,
	};

	return (int)bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static long element(struct bench *bench, int cmd, uint64_t key)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)bench->fd,
		.key = key,
		.value = cmd == BPF_MAP_DELETE_ELEM ? 0 : (uintptr_t)bench->value,
	};

	return bpf(cmd, &attr, 32);
}

static uint64_t key_of(struct bench *bench)
{
	return (uintptr_t)bench->room;
}

static long do_nothing(struct bench *bench)
{
	/* The way there and back: no memory, no descriptor. */
	return bpf(-1, NULL, 0) == -1 && errno == EINVAL ? 0 : -1;
}

static long do_bad_lookup(struct bench *bench)
{
	return element(bench, BPF_MAP_LOOKUP_ELEM, 8) == -1 && errno == EFAULT ? 0 : -1;
}

static long do_lookup(struct bench *bench)
{
	return element(bench, BPF_MAP_LOOKUP_ELEM, key_of(bench));
}

static long do_update(struct bench *bench)
{
	return element(bench, BPF_MAP_UPDATE_ELEM, key_of(bench));
}

static long do_next_key(struct bench *bench)
{
	uint64_t next[2];
	union bpf_attr attr = {
		.map_fd = (uint32_t)bench->fd,
		.key = key_of(bench),
		.next_key = (uintptr_t)next,
	};

	return bpf(BPF_MAP_GET_NEXT_KEY, &attr, 24) && errno != ENOENT ? -1 : 0;
}

static long do_update_delete(struct bench *bench)
{
	return do_update(bench) || element(bench, BPF_MAP_DELETE_ELEM, key_of(bench));
}

static long do_update_take(struct bench *bench)
{
	return do_update(bench) ||
	       element(bench, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key_of(bench));
}

static long do_push_pop(struct bench *bench)
{
	return element(bench, BPF_MAP_UPDATE_ELEM, 0) ||
	       element(bench, BPF_MAP_LOOKUP_AND_DELETE_ELEM, 0);
}

static long do_keyless_update(struct bench *bench)
{
	return element(bench, BPF_MAP_UPDATE_ELEM, 0);
}

static long do_keyless_lookup(struct bench *bench)
{
	return element(bench, BPF_MAP_LOOKUP_ELEM, 0);
}

static long batch(struct bench *bench, int cmd)
{
	uint64_t cursor;
	union bpf_attr attr = {
		.batch = {
			.out_batch = (uintptr_t)&cursor,
			.keys = (uintptr_t)bench->keys,
			.values = (uintptr_t)bench->values,
			.count = BATCH,
			.map_fd = (uint32_t)bench->fd,
		},
	};

	return bpf(cmd, &attr, sizeof(attr)) && errno != ENOENT ? -1 : 0;
}

static long do_lookup_batch(struct bench *bench)
{
	return batch(bench, BPF_MAP_LOOKUP_BATCH);
}

static long do_update_batch(struct bench *bench)
{
	for (uint64_t i = 0; i < BATCH; i++)
		bench->keys[i] = i;
	return batch(bench, BPF_MAP_UPDATE_BATCH);
}

static long do_create_close(struct bench *bench)
{
	int fd = create(&types[bench->id]);

	return fd < 0 || close(fd);
}

static long do_info(struct bench *bench)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = {
		.info = {
			.bpf_fd = (uint32_t)bench->fd,
			.info_len = sizeof(info),
			.info = (uintptr_t)&info,
		},
	};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, 16);
}

/* per: how many elements or objects one call is about. */
static const struct {
	const char *name;
	int type;
	long (*call)(struct bench *bench);
	int calls, per;
} cases[] = {
	{ "nothing", ARRAY, do_nothing, 10000, 1 },
	{ "lookup, bad key pointer", ARRAY, do_bad_lookup, 10000, 1 },
	{ "lookup", ARRAY, do_lookup, 10000, 1 },
	{ "update", ARRAY, do_update, 10000, 1 },
	{ "next key", ARRAY, do_next_key, 10000, 1 },
	{ "lookup batch, an element", ARRAY, do_lookup_batch, 200, BATCH },
	{ "info", ARRAY, do_info, 10000, 1 },
	{ "create and close", ARRAY, do_create_close, 1000, 1 },
	{ "lookup", HASH, do_lookup, 10000, 1 },
	{ "update", HASH, do_update, 10000, 1 },
	{ "next key", HASH, do_next_key, 10000, 1 },
	{ "update and delete", HASH, do_update_delete, 5000, 1 },
	{ "update and take", HASH, do_update_take, 5000, 1 },
	{ "lookup batch, an element", HASH, do_lookup_batch, 200, BATCH },
	{ "update batch, an element", HASH, do_update_batch, 200, BATCH },
	{ "create and close", HASH, do_create_close, 500, 1 },
	{ "lookup", PERCPU_HASH, do_lookup, 10000, 1 },
	{ "update", PERCPU_HASH, do_update, 10000, 1 },
	{ "lookup", LRU_HASH, do_lookup, 10000, 1 },
	{ "update", LRU_HASH, do_update, 10000, 1 },
	{ "lookup", LPM_TRIE, do_lookup, 10000, 1 },
	{ "update", LPM_TRIE, do_update, 10000, 1 },
	{ "push and pop", QUEUE, do_push_pop, 5000, 1 },
	{ "push", BLOOM, do_keyless_update, 10000, 1 },
	{ "peek", BLOOM, do_keyless_lookup, 10000, 1 },
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A map with BATCH elements, as far as the type has keys. */
static int prepare(struct bench *bench, int type)
{
	memset(bench, 0, sizeof(*bench));
	bench->id = (uint32_t)type;
	bench->fd = create(&types[type]);
	if (bench->fd < 0)
		return -1;
	if (!types[type].create.key_size)
		return do_keyless_update(bench) != 0;
	if (type == LPM_TRIE) {
		bench->lpm.prefixlen = 32;
		return do_update(bench) != 0;
	}
	for (uint64_t i = 0; i < BATCH; i++) {
		bench->key = i;
		if (do_update(bench))
			return -1;
	}
	return 0;
}

/* The best of some rounds: noise only adds. */
static int measure(size_t at, struct bench *bench)
{
	const char *type = types[cases[at].type].name;
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now(), taken;

		for (int i = 0; i < cases[at].calls; i++) {
			if (!cases[at].call(bench))
				continue;
			fprintf(stderr, "%s %s: %s\n", type, cases[at].name,
				strerror(errno));
			return 1;
		}
		taken = (now() - start) / (uint64_t)(cases[at].calls * cases[at].per);
		best = taken < best ? taken : best;
	}
	printf("%s %s: %llu\n", type, cases[at].name, (unsigned long long)best);
	fflush(stdout);
	return 0;
}

int main(void)
{
	static struct bench bench;
	int failed = 0;

	if (bench_begin())
		return 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (prepare(&bench, cases[i].type)) {
			perror(types[cases[i].type].name);
			return 1;
		}
		failed |= measure(i, &bench);
		close(bench.fd);
	}
	return failed;
}

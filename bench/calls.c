/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What single bpf(2) calls cost their caller, in nanoseconds: run it plain (as
 * root) for the kernel's figures, and under the launcher, best with everything
 * on one CPU (taskset -c 0).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 7

struct bench {
	int map;
	uint32_t key;
	uint64_t value;
};

static long bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

static int do_getppid(struct bench *bench)
{
	return syscall(__NR_getppid) < 0;
}

/* Nothing but the way there and back: no memory, no descriptor. */
static int do_nothing(struct bench *bench)
{
	return bpf(-1, NULL, 0) == 0 || errno != EINVAL;
}

static int lookup(struct bench *bench, uint64_t key)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)bench->map,
		.key = key,
		.value = (uintptr_t)&bench->value,
	};

	return bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) ? errno : 0;
}

static int do_bad_lookup(struct bench *bench)
{
	return lookup(bench, 8) != EFAULT;
}

static int do_lookup(struct bench *bench)
{
	return lookup(bench, (uintptr_t)&bench->key);
}

static int do_update(struct bench *bench)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)bench->map,
		.key = (uintptr_t)&bench->key,
		.value = (uintptr_t)&bench->value,
	};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) != 0;
}

static int create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 16,
	};

	return (int)bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int do_create_close(struct bench *bench)
{
	int fd = create();

	return fd < 0 || close(fd);
}

static const struct {
	const char *name;
	int (*call)(struct bench *bench);
	int calls;
} cases[] = {
	{ "getppid", do_getppid, 100000 },
	{ "nothing", do_nothing, 20000 },
	{ "lookup, bad key pointer", do_bad_lookup, 20000 },
	{ "lookup", do_lookup, 20000 },
	{ "update", do_update, 20000 },
	{ "create and close", do_create_close, 2000 },
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The best of some rounds: noise only adds. */
static int measure(size_t at, struct bench *bench)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now(), taken;

		for (int i = 0; i < cases[at].calls; i++) {
			if (!cases[at].call(bench))
				continue;
			fprintf(stderr, "%s: %s\n", cases[at].name, strerror(errno));
			return 1;
		}
		taken = (now() - start) / (uint64_t)cases[at].calls;
		best = taken < best ? taken : best;
	}
	printf("%-24s %6llu ns\n", cases[at].name, (unsigned long long)best);
	return 0;
}

int main(void)
{
	struct bench bench = { .map = create() };
	int failed = 0;

	if (bench.map < 0) {
		perror("bpf(BPF_MAP_CREATE)");
		return 1;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		failed |= measure(i, &bench);
	return failed;
}

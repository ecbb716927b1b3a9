/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hash tables as programs use them: nanoseconds for a lookup that hits, one that
 * misses, and an update, by key size and number of elements. And the hash
 * functions that could be used: ours for short keys, XXH3, Jenkins' (the kernel's).
 *
 * The smallest of some rounds counts; keys come in random order.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <alveary/alveary.h>

#include "map/key.h"
#include "map/map.h"

#define ROUNDS	5
#define CALLS	1000000u
#define KEY_MAX 64

static volatile uint64_t sink;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Bob Jenkins' lookup3, as a kernel hashes keys of whole words. */
static uint32_t rotate(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static uint32_t jenkins(const void *key, uint32_t size, uint64_t seed)
{
	uint32_t a, b, c, w[3];

	a = b = c = 0xdeadbeef + size + (uint32_t)seed;
	for (; size > 12; size -= 12, key = (const uint8_t *)key + 12) {
		memcpy(w, key, 12);
		a += w[0], b += w[1], c += w[2];
		a -= c, a ^= rotate(c, 4), c += b;
		b -= a, b ^= rotate(a, 6), a += c;
		c -= b, c ^= rotate(b, 8), b += a;
		a -= c, a ^= rotate(c, 16), c += b;
		b -= a, b ^= rotate(a, 19), a += c;
		c -= b, c ^= rotate(b, 4), b += a;
	}
	memset(w, 0, sizeof(w));
	memcpy(w, key, size);
	a += w[0], b += w[1], c += w[2];
	c ^= b, c -= rotate(b, 14);
	a ^= c, a -= rotate(c, 11);
	b ^= a, b -= rotate(a, 25);
	c ^= b, c -= rotate(b, 16);
	a ^= c, a -= rotate(c, 4);
	b ^= a, b -= rotate(a, 14);
	c ^= b, c -= rotate(b, 24);
	return c;
}

typedef uint32_t hash_fn(const void *key, uint32_t size, uint64_t seed);

static uint32_t ours(const void *key, uint32_t size, uint64_t seed)
{
	return alv_key_hash(key, size, seed);
}

/* Each hash depends on the one before, as it does on the way to a bucket. */
static double time_hash(hash_fn *fn, uint32_t size)
{
	uint8_t key[KEY_MAX] = { 0 };
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now();
		uint32_t hash = 0;

		for (uint32_t i = 0; i < CALLS; i++) {
			uint64_t word = hash;

			memcpy(key, &word, sizeof(word));
			hash = fn(key, size, 1234567);
		}
		sink = hash;
		if (now() - start < best)
			best = now() - start;
	}
	return best / CALLS;
}

static void bench_functions(void)
{
	static const uint32_t sizes[] = { 4, 8, 16, 20, 64 };

	printf("%-10s %10s %10s %10s   ns a hash\n", "key bytes", "ours", "XXH3",
	       "Jenkins");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		printf("%-10u %10.1f %10.1f %10.1f\n", sizes[i],
		       time_hash(ours, sizes[i]), time_hash(alv_key_hash_long, sizes[i]),
		       time_hash(jenkins, sizes[i]));
}

struct bench {
	struct alv_map *map;
	uint32_t key_size;
	uint32_t elements;
	uint32_t *order; /* CALLS numbers of elements */
};

static void make_key(uint8_t key[KEY_MAX], uint32_t number)
{
	uint64_t word = number; /* whole: a narrow store before a wide load stalls */

	memset(key, 0, KEY_MAX);
	memcpy(key, &word, sizeof(word));
}

static void do_find(struct bench *bench, uint32_t number)
{
	uint8_t key[KEY_MAX];
	uint64_t *value;

	make_key(key, number);
	value = bench->map->ops->find(bench->map, key, 0);
	sink = value ? *value : 0;
}

static void do_miss(struct bench *bench, uint32_t number)
{
	do_find(bench, number + bench->elements);
}

static void do_update(struct bench *bench, uint32_t number)
{
	uint8_t key[KEY_MAX];
	uint64_t value = number;

	make_key(key, number);
	bench->map->ops->update(bench->map, key, &value, BPF_ANY);
}

static double time_calls(struct bench *bench,
			 void (*fn)(struct bench *bench, uint32_t number))
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now();

		for (uint32_t i = 0; i < CALLS; i++)
			fn(bench, bench->order[i]);
		if (now() - start < best)
			best = now() - start;
	}
	return best / CALLS;
}

static struct alv_map *make_map(struct alv_host *host, uint32_t type, uint32_t key_size,
				uint32_t elements, int *ret_fd)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key_size,
		.value_size = 8,
		.max_entries = elements,
	};
	struct alv_object *obj;
	uint32_t id = 0;

	*ret_fd = alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (*ret_fd < 0 || alv_object_next_id(host, ALV_KIND_MAP, 0, &id) ||
	    alv_object_by_id(host, ALV_KIND_MAP, id, &obj))
		exit(1);
	return alv_map_of(obj);
}

static void bench_map(uint32_t type, const char *name, uint32_t key_size,
		      uint32_t elements)
{
	struct alv_host_config config = { .size = sizeof(config) };
	struct bench bench = { .key_size = key_size, .elements = elements };
	struct alv_host *host;
	int fd;

	if (alv_host_new(&config, &host))
		exit(1);
	bench.map = make_map(host, type, key_size, elements, &fd);
	bench.order = malloc(CALLS * sizeof(*bench.order));
	if (!bench.order)
		exit(1);
	for (uint32_t i = 0; i < elements; i++)
		do_update(&bench, i);
	for (uint32_t i = 0; i < CALLS; i++)
		bench.order[i] = (uint32_t)random() % elements;
	printf("%-10s %6u %9u %8.1f %8.1f %8.1f\n", name, key_size, elements,
	       time_calls(&bench, do_find), time_calls(&bench, do_miss),
	       time_calls(&bench, do_update));
	free(bench.order);
	alv_map_put(bench.map);
	close(fd);
	alv_host_free(host);
}

int main(void)
{
	static const uint32_t key_sizes[] = { 4, 8, 16, 64 };
	static const uint32_t elements[] = { 100, 100000, 1000000 };

	bench_functions();
	printf("\n%-10s %6s %9s %8s %8s %8s   ns an operation\n", "type", "key",
	       "elements", "hit", "miss", "update");
	for (size_t i = 0; i < sizeof(key_sizes) / sizeof(key_sizes[0]); i++)
		for (size_t j = 0; j < sizeof(elements) / sizeof(elements[0]); j++)
			bench_map(BPF_MAP_TYPE_HASH, "HASH", key_sizes[i], elements[j]);
	for (size_t j = 0; j < sizeof(elements) / sizeof(elements[0]); j++)
		bench_map(BPF_MAP_TYPE_LRU_HASH, "LRU_HASH", 8, elements[j]);
	return 0;
}

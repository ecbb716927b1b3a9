/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that read, write and delete the same few keys of one map: nobody gets
 * another key's value or half of one, and a key that is only ever replaced is
 * always found.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "map_calls.h"

#define CPUS	2
#define STAYING 8  /* keys that are replaced, never deleted */
#define COMING	24 /* keys that come and go */
#define KEYS	(STAYING + COMING)
#define WORDS	4 /* of a value */
#define TURNS	20000
#define READERS 2
#define WRITERS 3

struct stress {
	struct test_map test;
	struct alv_map *map;
	bool evicts;
	bool percpu;
};

struct worker {
	pthread_t thread;
	struct stress *stress;
	uint64_t seed;
	unsigned int errors;
};

static uint32_t draw(struct worker *worker, uint32_t below)
{
	worker->seed ^= worker->seed << 13;
	worker->seed ^= worker->seed >> 7;
	worker->seed ^= worker->seed << 17;
	return (uint32_t)(worker->seed >> 32) % below;
}

static void make_key(const struct alv_map *map, uint64_t number, uint64_t key[4])
{
	for (int i = 0; i < 4; i++)
		key[i] = number << (8 * i) | number;
}

/* All words of all CPUs' values are the key's number and one stamp. */
static void make_value(uint64_t number, uint64_t stamp, uint64_t value[WORDS * CPUS])
{
	for (int i = 0; i < WORDS * CPUS; i++)
		value[i] = number << 32 | stamp;
}

static bool value_is_whole(const struct stress *stress, uint64_t number,
			   const uint64_t value[WORDS * CPUS])
{
	for (int i = 0; i < WORDS * (stress->percpu ? CPUS : 1); i++) {
		if (value[i] >> 32 != number)
			return false;
		/* Values of per-CPU maps are written in place. */
		if (!stress->percpu && value[i] != value[0])
			return false;
	}
	return true;
}

static void *reader(void *arg)
{
	struct worker *worker = arg;
	struct stress *stress = worker->stress;
	struct alv_map *map = stress->map;

	for (int i = 0; i < TURNS; i++) {
		uint64_t number = draw(worker, KEYS), key[4], next[4],
			 value[WORDS * CPUS];
		bool must = number < STAYING && !stress->evicts;
		int err;

		make_key(map, number, key);
		err = map->ops->read(map, key, value, 0);
		worker->errors += err ? must : !value_is_whole(stress, number, value);
		alv_rcu_read_lock();
		if (!map->ops->find(map, key, 0))
			worker->errors += must;
		alv_rcu_read_unlock();
		if (i % 64 == 0)
			worker->errors += map->ops->next(map, key, next) &&
					  map->ops->next(map, NULL, next) &&
					  !stress->evicts;
	}
	return NULL;
}

static void *writer(void *arg)
{
	struct worker *worker = arg;
	struct alv_map *map = worker->stress->map;

	for (uint32_t i = 0; i < TURNS; i++) {
		uint64_t number = draw(worker, KEYS), key[4], value[WORDS * CPUS];
		int err;

		make_key(map, number, key);
		make_value(number, i, value);
		if (number < STAYING || draw(worker, 2))
			err = map->ops->update(map, key, value, BPF_ANY);
		else if (draw(worker, 2))
			err = map->ops->remove(map, key);
		else
			err = map->ops->take(map, key, value, 0);
		if (err == -E2BIG || err == -ENOMEM)
			worker->errors += number < STAYING && !worker->stress->evicts;
		else if (err && err != -ENOENT)
			worker->errors++;
	}
	return NULL;
}

static void run(uint32_t type, uint32_t key_size, uint32_t entries, uint32_t flags)
{
	struct worker workers[READERS + WRITERS] = { 0 };
	struct stress stress = { .test = { .host = test_host(CPUS) } };

	stress.test.fd =
		test_create(stress.test.host, type, key_size, WORDS * 8, entries, flags);
	assert_true(stress.test.fd >= 0);
	stress.map = test_map_of(&stress.test);
	stress.evicts =
		type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	stress.percpu = alv_map_is_percpu(stress.map);
	for (uint64_t number = 0; number < STAYING; number++) {
		uint64_t key[4], value[WORDS * CPUS];

		make_key(stress.map, number, key);
		make_value(number, 0, value);
		assert_int_equal(stress.map->ops->update(stress.map, key, value, 0), 0);
	}
	for (int i = 0; i < READERS + WRITERS; i++) {
		workers[i].stress = &stress;
		workers[i].seed = 88172645463325252ull + (uint64_t)i * 7919;
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
						i < READERS ? reader : writer,
						&workers[i]),
				 0);
	}
	for (int i = 0; i < READERS + WRITERS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].errors, 0);
	}
	alv_map_put(stress.map);
	close(stress.test.fd);
	alv_host_free(stress.test.host);
}

static void test_hash(void **state)
{
	run(BPF_MAP_TYPE_HASH, 8, KEYS, 0);
	run(BPF_MAP_TYPE_HASH, 4, STAYING + 4, 0); /* full now and then */
	run(BPF_MAP_TYPE_HASH, 16, KEYS, BPF_F_NO_PREALLOC);
	run(BPF_MAP_TYPE_HASH, 30, KEYS, 0);
}

static void test_percpu_hash(void **state)
{
	run(BPF_MAP_TYPE_PERCPU_HASH, 8, KEYS, 0);
	run(BPF_MAP_TYPE_PERCPU_HASH, 8, STAYING + 4, BPF_F_NO_PREALLOC);
}

static void test_lru_hash(void **state)
{
	run(BPF_MAP_TYPE_LRU_HASH, 8, KEYS, 0);
	run(BPF_MAP_TYPE_LRU_HASH, 8, KEYS / 2, 0);
	run(BPF_MAP_TYPE_LRU_HASH, 8, KEYS / 2, BPF_F_NO_COMMON_LRU);
	run(BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, KEYS / 2, 0);
	run(BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, KEYS / 2, BPF_F_NO_COMMON_LRU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_percpu_hash),
		cmocka_unit_test(test_lru_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

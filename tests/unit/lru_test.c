/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys an LRU map keeps. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map_calls.h"

#define CPUS 2

struct lru {
	struct test_map test;
	struct alv_map *map;
};

/* Room for `entries` on each CPU that has lists of its own. */
static struct lru make(uint32_t type, uint32_t flags, uint32_t entries)
{
	struct lru lru = { .test = { .host = test_host(CPUS) } };

	lru.test.fd = test_create(lru.test.host, type, 8, 8,
				  flags & BPF_F_NO_COMMON_LRU ? entries * CPUS : entries,
				  flags);
	assert_true(lru.test.fd >= 0);
	lru.map = test_map_of(&lru.test);
	return lru;
}

static void unmake(struct lru *lru)
{
	alv_map_put(lru->map);
	close(lru->test.fd);
	alv_host_free(lru->test.host);
}

static int add(struct lru *lru, uint64_t key)
{
	uint64_t value[CPUS] = { key, key };

	return test_elem(&lru->test, BPF_MAP_UPDATE_ELEM, &key, value, BPF_NOEXIST);
}

static bool has(struct lru *lru, uint64_t key)
{
	uint64_t value[CPUS];

	return !test_elem(&lru->test, BPF_MAP_LOOKUP_ELEM, &key, value, 0);
}

/* As a program's lookup: it counts as use. */
static void use(struct lru *lru, uint64_t key)
{
	alv_rcu_read_lock();
	assert_non_null(lru->map->ops->find(lru->map, &key, 0));
	alv_rcu_read_unlock();
}

static const struct {
	uint32_t type, flags;
} kinds[] = {
	{ BPF_MAP_TYPE_LRU_HASH, 0 },
	{ BPF_MAP_TYPE_LRU_HASH, BPF_F_NO_COMMON_LRU },
	{ BPF_MAP_TYPE_LRU_PERCPU_HASH, 0 },
	{ BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_F_NO_COMMON_LRU },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void test_use_by_programs_keeps_a_key(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		struct lru lru = make(kinds[i].type, kinds[i].flags, 2);

		assert_int_equal(add(&lru, 1), 0);
		assert_int_equal(add(&lru, 1), -EEXIST);
		assert_int_equal(add(&lru, 2), 0);
		use(&lru, 1);
		assert_true(has(&lru, 2)); /* from bpf(2): counts for nothing */
		assert_int_equal(add(&lru, 3), 0);
		assert_true(has(&lru, 1));
		assert_false(has(&lru, 2));
		assert_true(has(&lru, 3));
		assert_int_equal(test_delete(&lru.test, 1), 0);
		assert_false(has(&lru, 1));
		assert_int_equal(test_count(&lru.test), 1);
		unmake(&lru);
	}
}

static void test_unused_keys_go_before_used_ones(void **state)
{
	const uint32_t target = 128, batch = target / 2, size = target * CPUS * 2;

	for (size_t i = 0; i < N_KINDS; i++) {
		struct lru lru;

		if (kinds[i].flags)
			continue; /* says nothing about lists of one CPU */
		lru = make(kinds[i].type, 0, size + batch);
		for (uint64_t key = 1; key <= size; key++)
			assert_int_equal(add(&lru, key), 0);
		for (uint64_t key = 1; key <= batch; key++)
			use(&lru, key);
		for (uint64_t key = size + 1; key <= 2 * size; key++)
			assert_int_equal(add(&lru, key), 0);
		for (uint64_t key = 1; key <= 2 * size; key++)
			assert_true(has(&lru, key) == (key <= batch || key > size));
		unmake(&lru);
	}
}

static void test_keys_in_use_survive_rotation(void **state)
{
	const uint32_t target = 4;

	for (size_t i = 0; i < N_KINDS; i++) {
		struct lru lru;

		if (!kinds[i].flags)
			continue;
		lru = make(kinds[i].type, kinds[i].flags, 2 * target);
		for (uint64_t key = 1; key <= 2 * target; key++) {
			for (uint64_t used = 1; key > target && used <= target; used++)
				use(&lru, used);
			assert_int_equal(add(&lru, key), 0);
		}
		for (uint64_t key = 2 * target + 1; key <= 3 * target; key++)
			assert_int_equal(add(&lru, key), 0);
		for (uint64_t key = 1; key <= 3 * target; key++)
			assert_true(has(&lru, key) ==
				    (key <= target || key > 2 * target));
		unmake(&lru);
	}
}

static void test_a_full_map_always_takes_another_key(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		for (uint32_t entries = 1; entries < 40; entries += 3) {
			struct lru lru = make(kinds[i].type, kinds[i].flags, entries);

			for (uint64_t key = 0; key < 300; key++) {
				assert_int_equal(add(&lru, key), 0);
				use(&lru, key);
			}
			assert_in_range(test_count(&lru.test), 1, entries * CPUS);
			unmake(&lru);
		}
	}
}

/* What the tests say about lists of one CPU needs all calls to be on one. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use_by_programs_keeps_a_key),
		cmocka_unit_test(test_unused_keys_go_before_used_ones),
		cmocka_unit_test(test_keys_in_use_survive_rotation),
		cmocka_unit_test(test_a_full_map_always_takes_another_key),
	};

	stay_on_one_cpu();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

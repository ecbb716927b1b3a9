/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps with a value for each CPU. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map_calls.h"

#define CPUS 3

struct value {
	uint64_t cpu[CPUS];
};

static void check_one_type(uint32_t type, uint32_t key_size)
{
	struct test_map test = { .host = test_host(CPUS) };
	struct value in = { { 10, 11, 12 } }, out = { { 0 } };
	uint64_t key = 1, one = 99;
	struct alv_map *map;

	test.fd = test_create(test.host, type, key_size, 8, 4, 0);
	assert_true(test.fd >= 0);
	map = test_map_of(&test);
	assert_int_equal(test_elem(&test, BPF_MAP_UPDATE_ELEM, &key, &in, 0), 0);
	assert_int_equal(test_elem(&test, BPF_MAP_LOOKUP_ELEM, &key, &out, 0), 0);
	assert_memory_equal(&in, &out, sizeof(in));

	/* A program sees its CPU's value, and writes no other. */
	alv_rcu_read_lock();
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(*(uint64_t *)map->ops->find(map, &key, cpu), 10 + cpu);
	assert_int_equal(map->ops->update_cpu(map, &key, &one, BPF_EXIST, 1), 0);
	alv_rcu_read_unlock();
	assert_int_equal(test_elem(&test, BPF_MAP_LOOKUP_ELEM, &key, &out, 0), 0);
	assert_int_equal(out.cpu[0], 10);
	assert_int_equal(out.cpu[1], 99);
	assert_int_equal(out.cpu[2], 12);
	assert_int_equal(test_elem(&test, BPF_MAP_UPDATE_ELEM, &key, &in, BPF_F_LOCK),
			 -EINVAL);
	alv_map_put(map);
	close(test.fd);
	alv_host_free(test.host);
}

static void test_each_cpu_has_its_value(void **state)
{
	check_one_type(BPF_MAP_TYPE_PERCPU_ARRAY, 4);
	check_one_type(BPF_MAP_TYPE_PERCPU_HASH, 8);
	check_one_type(BPF_MAP_TYPE_LRU_PERCPU_HASH, 8);
}

/* An element that was another key's is zero for CPUs that did not write it. */
static void check_start(uint32_t type)
{
	struct test_map test = { .host = test_host(CPUS) };
	struct value in = { { 7, 7, 7 } }, out;
	uint64_t key = 1, one = 5;
	struct alv_map *map;

	test.fd = test_create(test.host, type, 8, 8, 1, 0);
	map = test_map_of(&test);
	assert_int_equal(test_elem(&test, BPF_MAP_UPDATE_ELEM, &key, &in, 0), 0);
	assert_int_equal(test_delete(&test, key), 0);
	key = 2;
	assert_int_equal(map->ops->update_cpu(map, &key, &one, BPF_ANY, 2), 0);
	assert_int_equal(test_elem(&test, BPF_MAP_LOOKUP_ELEM, &key, &out, 0), 0);
	assert_int_equal(out.cpu[0], 0);
	assert_int_equal(out.cpu[1], 0);
	assert_int_equal(out.cpu[2], 5);
	alv_map_put(map);
	close(test.fd);
	alv_host_free(test.host);
}

static void test_a_new_element_is_zero_elsewhere(void **state)
{
	check_start(BPF_MAP_TYPE_PERCPU_HASH);
	check_start(BPF_MAP_TYPE_LRU_PERCPU_HASH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cpu_has_its_value),
		cmocka_unit_test(test_a_new_element_is_zero_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

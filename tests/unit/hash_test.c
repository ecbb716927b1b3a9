/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash tables and maps of maps by key. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map_calls.h"

#define ENTRIES 100

static int setup(void **state)
{
	struct test_map *map = calloc(1, sizeof(*map));

	map->host = test_host(2);
	map->fd = test_create(map->host, BPF_MAP_TYPE_HASH, 8, 8, ENTRIES, 0);
	assert_true(map->fd >= 0);
	*state = map;
	return 0;
}

static int teardown(void **state)
{
	struct test_map *map = *state;

	close(map->fd);
	alv_host_free(map->host);
	free(map);
	return 0;
}

static void fill(const struct test_map *map)
{
	for (uint64_t key = 0; key < ENTRIES; key++)
		assert_int_equal(test_update(map, key, key * key, BPF_NOEXIST), 0);
}

static void test_flags_of_an_update(void **state)
{
	struct test_map *map = *state;
	uint64_t value = 0;

	assert_int_equal(test_update(map, 1, 1, BPF_EXIST), -ENOENT);
	assert_int_equal(test_update(map, 1, 1, BPF_NOEXIST), 0);
	assert_int_equal(test_update(map, 1, 2, BPF_NOEXIST), -EEXIST);
	assert_int_equal(test_update(map, 1, 3, BPF_EXIST), 0);
	assert_int_equal(test_lookup(map, 1, &value), 0);
	assert_int_equal(value, 3);
	assert_int_equal(test_update(map, 1, 3, BPF_F_LOCK), -EINVAL);
	assert_int_equal(test_update(map, 1, 3, BPF_EXIST + 1), -EINVAL);
}

static void test_a_full_map_still_replaces(void **state)
{
	struct test_map *map = *state;
	uint64_t value = 0;

	fill(map);
	assert_int_equal(test_update(map, ENTRIES, 1, BPF_ANY), -E2BIG);
	for (int round = 0; round < 10; round++)
		for (uint64_t key = 0; key < ENTRIES; key++)
			assert_int_equal(test_update(map, key, key + 1, BPF_ANY), 0);
	for (uint64_t key = 0; key < ENTRIES; key++) {
		assert_int_equal(test_lookup(map, key, &value), 0);
		assert_int_equal(value, key + 1);
	}
	assert_int_equal(test_delete(map, 5), 0);
	assert_int_equal(test_delete(map, 5), -ENOENT);
	assert_int_equal(test_update(map, ENTRIES, 1, BPF_ANY), 0);
	assert_int_equal(test_update(map, 5, 1, BPF_ANY), -E2BIG);
}

static void test_taking(void **state)
{
	struct test_map *map = *state;
	uint64_t value = 0;

	fill(map);
	assert_int_equal(test_take(map, 7, &value), 0);
	assert_int_equal(value, 49);
	assert_int_equal(test_take(map, 7, &value), -ENOENT);
	assert_int_equal(test_count(map), ENTRIES - 1);
}

static void test_iteration(void **state)
{
	struct test_map *map = *state;
	uint64_t key, next, seen = 0;

	assert_int_equal(test_next(map, NULL, &key), -ENOENT);
	fill(map);
	assert_int_equal(test_count(map), ENTRIES);
	/* A key that is not there starts over. */
	assert_int_equal(test_next(map, NULL, &key), 0);
	next = 12345;
	assert_int_equal(test_next(map, &next, &next), 0);
	assert_int_equal(next, key);
	/* Deleting while iterating, with the next key in hand, sees every key once. */
	while (!test_next(map, &key, &next)) {
		assert_int_equal(test_delete(map, key), 0);
		key = next;
		seen++;
	}
	assert_int_equal(seen, ENTRIES - 1);
	assert_int_equal(test_count(map), 1);
}

static int batch(const struct test_map *map, int cmd, uint32_t *position, bool first,
		 uint64_t *keys, uint64_t *values, uint32_t *count)
{
	union bpf_attr attr = { 0 };
	int err;

	attr.batch.map_fd = (uint32_t)map->fd;
	attr.batch.in_batch = first ? 0 : (uintptr_t)position;
	attr.batch.out_batch = (uintptr_t)position;
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.count = *count;
	err = alv_bpf(map->host, cmd, &attr, sizeof(attr));
	*count = attr.batch.count;
	return err;
}

static void test_batches(void **state)
{
	struct test_map *map = *state;
	uint64_t keys[ENTRIES], values[ENTRIES];
	uint32_t position = 0, count, total = 0;
	int err = 0;

	fill(map);
	for (bool first = true; !err; first = false) {
		count = 16;
		err = batch(map, BPF_MAP_LOOKUP_BATCH, &position, first, keys, values,
			    &count);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(values[i], keys[i] * keys[i]);
		total += count;
	}
	assert_int_equal(err, -ENOENT);
	assert_int_equal(total, ENTRIES);
	assert_int_equal(position, 128); /* buckets, a power of two */

	count = 1;
	position = 1000;
	assert_int_equal(
		batch(map, BPF_MAP_LOOKUP_BATCH, &position, false, keys, values, &count),
		-ENOENT);
	assert_int_equal(count, 0);

	count = ENTRIES;
	assert_int_equal(batch(map, BPF_MAP_LOOKUP_AND_DELETE_BATCH, &position, true,
			       keys, values, &count),
			 -ENOENT);
	assert_int_equal(count, ENTRIES);
	assert_int_equal(test_count(map), 0);

	count = ENTRIES;
	assert_int_equal(
		batch(map, BPF_MAP_UPDATE_BATCH, &position, true, keys, values, &count),
		0);
	assert_int_equal(count, ENTRIES);
	assert_int_equal(test_count(map), ENTRIES);
	keys[40] = 4000;
	count = ENTRIES;
	assert_int_equal(
		batch(map, BPF_MAP_DELETE_BATCH, &position, true, keys, values, &count),
		-ENOENT);
	assert_int_equal(count, 40);
}

static void test_a_bucket_that_does_not_fit(void **state)
{
	struct test_map *map = *state;
	uint64_t keys[2], values[2];
	uint32_t position = 0, count = 1;
	struct test_map one = { .host = map->host };
	int err = 0;

	/* 100 keys in 128 buckets: some bucket has two, and a batch of one can't take it.
	 */
	one.fd =
		test_create(map->host, BPF_MAP_TYPE_HASH, 8, 8, ENTRIES, BPF_F_ZERO_SEED);
	fill(&one);
	for (bool first = true; !err; first = false, count = 1)
		err = batch(&one, BPF_MAP_LOOKUP_BATCH, &position, first, keys, values,
			    &count);
	assert_int_equal(err, -ENOSPC);
	close(one.fd);
}

static void test_keys_of_all_sizes(void **state)
{
	struct test_map *map = *state;

	for (uint32_t size = 1; size < 40; size++) {
		struct test_map other = { .host = map->host };
		uint8_t key[40];
		uint64_t value;

		other.fd = test_create(map->host, BPF_MAP_TYPE_HASH, size, 8, 40,
				       BPF_F_NO_PREALLOC);
		assert_true(other.fd >= 0);
		/* Keys that differ in one byte, wherever it is. */
		for (uint32_t i = 0; i < size; i++) {
			memset(key, 0x5a, sizeof(key));
			key[i] = 0xa5;
			value = i;
			assert_int_equal(test_elem(&other, BPF_MAP_UPDATE_ELEM, key,
						   &value, BPF_NOEXIST),
					 0);
		}
		for (uint32_t i = 0; i < size; i++) {
			memset(key, 0x5a, sizeof(key));
			key[i] = 0xa5;
			assert_int_equal(
				test_elem(&other, BPF_MAP_LOOKUP_ELEM, key, &value, 0),
				0);
			assert_int_equal(value, i);
		}
		close(other.fd);
	}
}

static void test_the_memory_limit_counts_elements_on_demand(void **state)
{
	struct alv_host_config config = { .size = sizeof(config), .memory_limit = 1 << 20 };
	struct test_map map = { 0 };
	uint64_t key = 0;
	int err = 0;

	assert_int_equal(alv_host_new(&config, &map.host), 0);
	assert_int_equal(test_create(map.host, BPF_MAP_TYPE_HASH, 8, 1024, 60000, 0),
			 -ENOMEM);
	map.fd = test_create(map.host, BPF_MAP_TYPE_HASH, 8, 1024, 60000,
			     BPF_F_NO_PREALLOC);
	assert_true(map.fd >= 0);
	while (!err) {
		uint8_t value[1024] = { 0 };

		err = test_elem(&map, BPF_MAP_UPDATE_ELEM, &key, value, 0);
		key++;
	}
	assert_int_equal(err, -ENOMEM);
	assert_in_range(key, 100, 1000);
	close(map.fd);
	alv_host_free(map.host);
}

static int make_outer(struct alv_host *host, int inner)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH_OF_MAPS,
		.key_size = 8,
		.value_size = 4,
		.max_entries = 4,
		.inner_map_fd = (uint32_t)inner,
	};

	return alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int count_maps(struct alv_host *host)
{
	union bpf_attr attr = { 0 };
	int n = 0;

	while (!alv_bpf(host, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		n++;
	}
	return n;
}

static void test_maps_of_maps_hold_their_maps(void **state)
{
	struct test_map *map = *state, outer = { .host = map->host };
	int inner = test_create(map->host, BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0);
	uint64_t value = 0;

	outer.fd = make_outer(map->host, inner);
	assert_true(outer.fd >= 0);
	assert_int_equal(test_update(&outer, 1, (uint64_t)inner, 0), 0);
	assert_int_equal(test_update(&outer, 1, (uint64_t)inner, BPF_NOEXIST), -EEXIST);
	assert_int_equal(test_update(&outer, 2, (uint64_t)inner, 0), 0);
	assert_int_equal(test_update(&outer, 3, (uint64_t)map->fd, 0), -EINVAL);
	assert_int_equal(test_update(&outer, 3, 1000, 0), -EBADF);
	assert_int_equal(test_lookup(&outer, 1, &value), 0);
	assert_int_equal(value, 2); /* the id: the second map */
	close(inner);
	assert_int_equal(count_maps(map->host), 3);
	assert_int_equal(test_delete(&outer, 1), 0);
	assert_int_equal(count_maps(map->host), 3);
	assert_int_equal(test_delete(&outer, 2), 0);
	assert_int_equal(count_maps(map->host), 2);
	inner = test_create(map->host, BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0);
	assert_int_equal(test_update(&outer, 9, (uint64_t)inner, 0), 0);
	close(inner);
	close(outer.fd);
	/* Ours and its inner map go with it. */
	assert_int_equal(count_maps(map->host), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flags_of_an_update, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_map_still_replaces, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_taking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iteration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_batches, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_bucket_that_does_not_fit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_keys_of_all_sizes, setup, teardown),
		cmocka_unit_test(test_the_memory_limit_counts_elements_on_demand),
		cmocka_unit_test_setup_teardown(test_maps_of_maps_hold_their_maps, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

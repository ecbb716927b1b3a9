/* SPDX-License-Identifier: BSD-2-Clause */
/* Stack traces: what programs put in, and what clients see of it. */
#include "client.h"

#include "map/stack_trace.h"

#define DEPTH 4

static void test_a_trace_has_one_id(void **state)
{
	const uint64_t trace[] = { 10, 20, 30, 40, 50, 60 };
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_STACK_TRACE, 4, 8 * DEPTH, 64, 0);
	struct alv_map *map = map_of(host, fd);
	s64 id = alv_stack_trace_insert(map, trace, 3, 0);
	uint64_t value[DEPTH];
	uint32_t key = (uint32_t)id, next;

	assert_in_range(id, 0, 63);
	assert_int_equal(alv_stack_trace_insert(map, trace, 3, 0), id);
	assert_int_equal(alv_stack_trace_insert(map, trace, 3, 1ull << 40), -EINVAL);
	assert_int_equal(alv_stack_trace_insert(map, trace, 3, 3), -EFAULT);
	memset(value, 0xff, sizeof(value));
	assert_int_equal(lookup(host, fd, &key, value), 0);
	assert_memory_equal(value, ((uint64_t[]){ 10, 20, 30, 0 }), sizeof(value));
	assert_int_equal(next_key(host, fd, NULL, &next), 0);
	assert_int_equal(next, id);
	assert_int_equal(next_key(host, fd, &key, &next), -ENOENT);
	assert_int_equal(update(host, fd, &key, value, 0), -EINVAL);
	assert_int_equal(take(host, fd, &key, value), 0);
	assert_int_equal(delete(host, fd, &key), -ENOENT);
	/* Deeper ones are cut, skipped addresses do not count. */
	id = alv_stack_trace_insert(map, trace, 6, 1);
	key = (uint32_t)id;
	assert_int_equal(lookup(host, fd, &key, value), 0);
	assert_memory_equal(value, &trace[1], sizeof(value));
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_two_traces_for_one_id(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_STACK_TRACE, 4, 8 * DEPTH, 1, 0);
	struct alv_map *map = map_of(host, fd);
	const uint64_t one = 1, two = 2;
	uint64_t value[DEPTH];
	uint32_t key = 0, far = 1;

	assert_int_equal(alv_stack_trace_insert(map, &one, 1, 0), 0);
	assert_int_equal(alv_stack_trace_insert(map, &two, 1, 0), -EEXIST);
	/* The old one is given up only when the new one is there. */
	assert_int_equal(alv_stack_trace_insert(map, &two, 1, BPF_F_REUSE_STACKID), -ENOMEM);
	assert_int_equal(delete(host, fd, &far), -E2BIG);
	assert_int_equal(lookup(host, fd, &far, value), -ENOENT);
	assert_int_equal(delete(host, fd, &key), 0);
	assert_int_equal(alv_stack_trace_insert(map, &two, 1, BPF_F_REUSE_STACKID), 0);
	assert_int_equal(lookup(host, fd, &key, value), 0);
	assert_int_equal(value[0], 2);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_build_ids(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_STACK_TRACE, 4,
			     2 * sizeof(struct bpf_stack_build_id), 8, BPF_F_STACK_BUILD_ID);
	struct alv_map *map = map_of(host, fd);
	const uint64_t trace[] = { 7, 8 };
	struct bpf_stack_build_id value[2];
	uint32_t key = (uint32_t)alv_stack_trace_insert(map, trace, 2, 0);

	assert_int_equal(lookup(host, fd, &key, value), 0);
	assert_int_equal(value[1].status, BPF_STACK_BUILD_ID_IP);
	assert_int_equal(value[1].ip, 8);
	assert_int_equal(alv_stack_trace_insert(map, trace, 2, 0), key);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_trace_has_one_id),
		cmocka_unit_test(test_two_traces_for_one_id),
		cmocka_unit_test(test_build_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps when memory runs out: -ENOMEM, the map as it was, and nothing left behind. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failing_alloc.h"
#include "map_calls.h"
#include "object/perf_event.h"
#include "object/reap.h"

static struct alv_host *host;
static uint32_t type, flags, key_size;

static void assert_ok_or_enomem(int err)
{
	if (err != -ENOMEM)
		assert_in_range(err, 0, 1 << 20);
}

/* One of everything; where it fails, the failure is memory. */
static void use_a_map(void)
{
	struct test_map map = { .host = host };
	uint64_t key = 1, value[2] = { 42, 42 }, out[2] = { 0, 0 };
	uint32_t position;
	union bpf_attr attr = { 0 };
	int put;

	map.fd = test_create(host, type, key_size, 8, 4, flags);
	assert_ok_or_enomem(map.fd);
	if (map.fd < 0)
		return;
	put = test_elem(&map, BPF_MAP_UPDATE_ELEM, &key, value, BPF_ANY);
	assert_ok_or_enomem(put);
	if (!put) {
		int err = test_elem(&map, BPF_MAP_LOOKUP_ELEM, &key, out, 0);

		assert_ok_or_enomem(err);
		assert_true(err || out[0] == 42);
	}
	attr.batch.map_fd = (uint32_t)map.fd;
	attr.batch.out_batch = (uintptr_t)&position;
	attr.batch.keys = (uintptr_t)&key;
	attr.batch.values = (uintptr_t)out;
	attr.batch.count = 1;
	put = alv_bpf(host, BPF_MAP_LOOKUP_BATCH, &attr, sizeof(attr));
	assert_true(!put || put == -ENOENT || put == -ENOMEM);
	close(map.fd);
}

static void check_type(uint32_t map_type, uint32_t map_flags)
{
	uint32_t id;

	host = test_host(2);
	type = map_type;
	flags = map_flags;
	key_size =
		type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY ? 4 : 8;
	with_each_alloc_failing(use_a_map);
	alv_reap(host);
	assert_int_equal(alv_object_next_id(host, ALV_KIND_MAP, 0, &id), -ENOENT);
	alv_rcu_barrier();
	assert_int_equal(host->memory, 0);
	alv_host_free(host);
}

static void use_an_event(void)
{
	struct alv_perf_def def = { .perfmon = true };
	struct alv_perf_mmap want = { 0, 2 * alv_page_size(), true, true };
	struct alv_perf_event *event;
	struct alv_task task;
	int err;

	alv_task_init_self(&task, host);
	err = alv_perf_event_new(host, &def, &event);
	assert_ok_or_enomem(err);
	if (err)
		return;
	assert_ok_or_enomem(alv_perf_event_mmap(event, &task, &want));
	alv_object_put(&event->obj);
}

static void test_perf_events(void **state)
{
	host = test_host(2);
	with_each_alloc_failing(use_an_event);
	alv_rcu_barrier();
	assert_int_equal(host->memory, 0);
	alv_host_free(host);
}

static void test_arrays(void **state)
{
	check_type(BPF_MAP_TYPE_ARRAY, 0);
	check_type(BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE);
	check_type(BPF_MAP_TYPE_PERCPU_ARRAY, 0);
}

static void test_hashes(void **state)
{
	check_type(BPF_MAP_TYPE_HASH, 0);
	check_type(BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC);
	check_type(BPF_MAP_TYPE_PERCPU_HASH, 0);
	check_type(BPF_MAP_TYPE_PERCPU_HASH, BPF_F_NO_PREALLOC);
}

static void test_lru_hashes(void **state)
{
	check_type(BPF_MAP_TYPE_LRU_HASH, 0);
	check_type(BPF_MAP_TYPE_LRU_HASH, BPF_F_NO_COMMON_LRU);
	check_type(BPF_MAP_TYPE_LRU_PERCPU_HASH, 0);
	check_type(BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_F_NO_COMMON_LRU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_perf_events),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_lru_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

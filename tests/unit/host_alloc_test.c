/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hosts, pins, ids and the types without a table of elements when memory runs out:
 * -ENOMEM, everything as it was, and nothing left behind.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failing_alloc.h"
#include "map_calls.h"
#include "object/bpffs.h"
#include "object/reap.h"

static struct alv_host *host;
static const union bpf_attr *definition;

static void assert_ok_or_enomem(int result)
{
	if (result != -ENOMEM)
		assert_in_range(result, 0, 1 << 20);
}

static void make_a_host(void)
{
	struct alv_host_config config = { .size = sizeof(config) };
	struct alv_host *made = NULL;
	int err = alv_host_new(&config, &made);

	assert_ok_or_enomem(err);
	if (!err)
		alv_host_free(made);
}

static void test_hosts(void **state)
{
	with_each_alloc_failing(make_a_host);
}

static int create(const union bpf_attr *attr)
{
	return alv_bpf(host, BPF_MAP_CREATE, attr, sizeof(*attr));
}

static void pin_and_get(int fd)
{
	static const char path[] = "/sys/fs/bpf/pinned";
	union bpf_attr attr = { .pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd };
	int err = alv_bpf(host, BPF_OBJ_PIN, &attr, sizeof(attr)), again;

	assert_ok_or_enomem(err);
	if (err)
		return;
	attr.bpf_fd = 0;
	again = alv_bpf(host, BPF_OBJ_GET, &attr, sizeof(attr));
	assert_ok_or_enomem(again);
	if (again >= 0)
		close(again);
	assert_int_equal(unlinkat(alv_bpffs_root(host->bpffs), "pinned", 0), 0);
	alv_bpffs_reap(host->bpffs);
}

static void open_read_only(int fd)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = {
		.info = {
			.bpf_fd = (uint32_t)fd,
			.info_len = sizeof(info),
			.info = (uintptr_t)&info,
		},
	};
	int again;

	assert_ok_or_enomem(alv_bpf(host, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)));
	memset(&attr, 0, sizeof(attr));
	attr.map_id = info.id;
	attr.open_flags = BPF_F_RDONLY;
	again = alv_bpf(host, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_ok_or_enomem(again);
	if (again >= 0)
		close(again);
}

static void use_an_object(void)
{
	int fd = create(definition);

	assert_ok_or_enomem(fd);
	if (fd < 0)
		return;
	pin_and_get(fd);
	open_read_only(fd);
	close(fd);
}

static void check_left_over(void)
{
	uint32_t id;

	alv_reap(host);
	assert_int_equal(alv_object_next_id(host, ALV_KIND_MAP, 0, &id), -ENOENT);
	alv_rcu_barrier();
	assert_int_equal(host->memory, 0);
}

static void test_types(void **state)
{
	static const union bpf_attr definitions[] = {
		{ .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4,
		  .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 8, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 8, .value_size = 8, .max_entries = 4,
		  .map_flags = BPF_F_NO_PREALLOC },
		{ .map_type = BPF_MAP_TYPE_QUEUE, .value_size = 8, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_STACK, .value_size = 8, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = 8, .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 4096 },
		{ .map_type = BPF_MAP_TYPE_USER_RINGBUF, .max_entries = 4096 },
	};

	host = test_host(2);
	for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++) {
		definition = &definitions[i];
		with_each_alloc_failing(use_an_object);
		check_left_over();
	}
	alv_host_free(host);
}

/* An outer map and what goes into it: the template, the reference, the slot. */
static void put_a_map_into_a_map(void)
{
	union bpf_attr attr = *definition;
	struct test_map outer = { .host = host };
	uint32_t key = 1, id = 0;
	int inner = create(&(union bpf_attr){ .map_type = BPF_MAP_TYPE_ARRAY,
					      .key_size = 4,
					      .value_size = 8,
					      .max_entries = 1 });

	assert_ok_or_enomem(inner);
	if (inner < 0)
		return;
	attr.inner_map_fd = (uint32_t)inner;
	outer.fd = create(&attr);
	assert_ok_or_enomem(outer.fd);
	if (outer.fd >= 0) {
		int err = test_elem(&outer, BPF_MAP_UPDATE_ELEM, &key, &inner, BPF_ANY);

		assert_ok_or_enomem(err);
		if (!err)
			assert_ok_or_enomem(
				test_elem(&outer, BPF_MAP_LOOKUP_ELEM, &key, &id, 0));
		close(outer.fd);
	}
	close(inner);
	/* The outer map's last reference drops the inner one's. */
	alv_reap(host);
}

static void test_outer_maps(void **state)
{
	static const union bpf_attr definitions[] = {
		{ .map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .key_size = 4, .value_size = 4,
		  .max_entries = 4 },
		{ .map_type = BPF_MAP_TYPE_HASH_OF_MAPS, .key_size = 4, .value_size = 4,
		  .max_entries = 4 },
	};

	host = test_host(2);
	for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]); i++) {
		definition = &definitions[i];
		with_each_alloc_failing(put_a_map_into_a_map);
		check_left_over();
	}
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_outer_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of bpf(2) on a map of a host, for tests. They answer as alv_bpf() does. */
#ifndef ALV_TESTS_MAP_CALLS_H
#define ALV_TESTS_MAP_CALLS_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include <alveary/alveary.h>

#include "map/map.h"

/* A map that a test works on. */
struct test_map {
	struct alv_host *host;
	int fd;
};

static inline struct alv_host *test_host(unsigned int cpus)
{
	struct alv_host_config config = { .size = sizeof(config), .cpus = cpus };
	struct alv_host *host = NULL;

	assert_int_equal(alv_host_new(&config, &host), 0);
	return host;
}

static inline int test_create(struct alv_host *host, uint32_t type, uint32_t key_size,
			      uint32_t value_size, uint32_t max_entries, uint32_t flags)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
		.map_flags = flags,
	};

	return alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static inline int test_elem(const struct test_map *map, int cmd, const void *key,
			    void *value, uint64_t flags)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)map->fd,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
		.flags = flags,
	};

	return alv_bpf(map->host, cmd, &attr, sizeof(attr));
}

static inline int test_update(const struct test_map *map, uint64_t key, uint64_t value,
			      uint64_t flags)
{
	return test_elem(map, BPF_MAP_UPDATE_ELEM, &key, &value, flags);
}

static inline int test_lookup(const struct test_map *map, uint64_t key, uint64_t *value)
{
	return test_elem(map, BPF_MAP_LOOKUP_ELEM, &key, value, 0);
}

static inline int test_delete(const struct test_map *map, uint64_t key)
{
	return test_elem(map, BPF_MAP_DELETE_ELEM, &key, NULL, 0);
}

static inline int test_take(const struct test_map *map, uint64_t key, uint64_t *value)
{
	return test_elem(map, BPF_MAP_LOOKUP_AND_DELETE_ELEM, &key, value, 0);
}

static inline int test_next(const struct test_map *map, const uint64_t *key,
			    uint64_t *next)
{
	return test_elem(map, BPF_MAP_GET_NEXT_KEY, key, next, 0);
}

/* How many keys an iteration finds. */
static inline unsigned int test_count(const struct test_map *map)
{
	unsigned int n = 0;
	uint64_t key = 0;

	for (int err = test_next(map, NULL, &key); !err; err = test_next(map, &key, &key))
		n++;
	return n;
}

/* The map itself, as a program has it; with a reference. */
static inline struct alv_map *test_map_of(const struct test_map *map)
{
	struct bpf_map_info info = { 0 };
	struct alv_object *obj;
	union bpf_attr attr = { 0 };

	attr.info.bpf_fd = (uint32_t)map->fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	assert_int_equal(alv_bpf(map->host, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)),
			 0);
	assert_int_equal(alv_object_by_id(map->host, ALV_KIND_MAP, info.id, &obj), 0);
	return alv_map_of(obj);
}

#endif

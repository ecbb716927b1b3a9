/* SPDX-License-Identifier: BSD-2-Clause */
/* bpf(2) commands on a host as short calls, for tests of maps. */
#ifndef TESTS_UNIT_CLIENT_H
#define TESTS_UNIT_CLIENT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include <alveary/alveary.h>

#include "map/map.h"

static inline struct alv_host *make_host(void)
{
	struct alv_host_config config = { .size = sizeof(config) };
	struct alv_host *host = NULL;

	assert_int_equal(alv_host_new(&config, &host), 0);
	return host;
}

static inline int make_map(struct alv_host *host, uint32_t type, uint32_t key_size,
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

static inline int call_elem(struct alv_host *host, int cmd, int fd, const void *key,
			    const void *value, uint64_t flags)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
		.flags = flags,
	};

	return alv_bpf(host, cmd, &attr, sizeof(attr));
}

static inline int update(struct alv_host *host, int fd, const void *key, const void *value,
			 uint64_t flags)
{
	return call_elem(host, BPF_MAP_UPDATE_ELEM, fd, key, value, flags);
}

static inline int lookup(struct alv_host *host, int fd, const void *key, void *value)
{
	return call_elem(host, BPF_MAP_LOOKUP_ELEM, fd, key, value, 0);
}

static inline int take(struct alv_host *host, int fd, const void *key, void *value)
{
	return call_elem(host, BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, key, value, 0);
}

static inline int delete(struct alv_host *host, int fd, const void *key)
{
	return call_elem(host, BPF_MAP_DELETE_ELEM, fd, key, NULL, 0);
}

static inline int next_key(struct alv_host *host, int fd, const void *key, void *next)
{
	return call_elem(host, BPF_MAP_GET_NEXT_KEY, fd, key, next, 0);
}

/* -ENOENT: there is no map behind this id. */
static inline int next_map_id(struct alv_host *host, uint32_t id, uint32_t *next)
{
	union bpf_attr attr = { .start_id = id };
	int err = alv_bpf(host, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr));

	*next = attr.next_id;
	return err;
}

/* The map itself, as programs have it; to be given to alv_map_put(). */
static inline struct alv_map *map_of(struct alv_host *host, int fd)
{
	struct alv_object *obj;
	struct alv_task task;

	alv_task_init_self(&task, host);
	assert_int_equal(alv_task_object(&task, fd, ALV_KIND_MAP, &obj, NULL), 0);
	return alv_map_of(obj);
}

#endif

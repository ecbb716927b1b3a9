/* SPDX-License-Identifier: BSD-2-Clause */
/* bpf(2) commands as short calls, for tests of maps whose keys and values are no numbers. */
#ifndef TESTS_UNIT_CLIENT_H
#define TESTS_UNIT_CLIENT_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "map_calls.h"

static inline int call_elem(struct alv_host *host, int cmd, int fd, const void *key,
			    const void *value, uint64_t flags)
{
	struct test_map map = { .host = host, .fd = fd };

	return test_elem(&map, cmd, key, (void *)value, flags);
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

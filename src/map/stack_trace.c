/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_STACK_TRACE: traces by id, which is the hash of the trace. An id
 * names one of `buckets`; a bucket holds the index of a trace or 0. Programs put
 * traces in, clients read and delete them.
 *
 * Concurrency: `lock` guards buckets, traces and the list of free ones.
 */
#include "map/stack_trace.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/jhash.h"

#define MAX_DEPTH 127 /* kernel.perf_event_max_stack */

struct trace {
	u32 hash;
	u32 count; /* addresses */
	u32 next;  /* in the list of free traces */
	u32 unused;
	u8 data[]; /* value_size bytes */
};

struct alv_stack_trace {
	struct alv_map map;
	struct alv_region buckets; /* u32 index of a trace, 0: none */
	struct alv_region traces;  /* max_entries of them, number 1 first */
	pthread_mutex_t lock;
	u32 n_buckets; /* a power of two */
	u32 fresh;     /* the last index that was used ever */
	u32 free;      /* list of traces that were used and are free */
};

static struct alv_stack_trace *stacks_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_stack_trace, map);
}

/* Bytes of one address in a value. */
static u32 address_size(u32 flags)
{
	return flags & BPF_F_STACK_BUILD_ID ? sizeof(struct bpf_stack_build_id)
					    : sizeof(u64);
}

static int stacks_check(struct alv_host *host, const struct alv_map_def *def)
{
	const u32 flags =
		BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_STACK_BUILD_ID;
	u32 size = address_size(def->flags);

	if (def->flags & ~flags || !def->max_entries || def->key_size != sizeof(u32))
		return -EINVAL;
	if (!def->value_size || def->value_size % size ||
	    def->value_size / size > MAX_DEPTH)
		return -EINVAL;
	return def->max_entries > 1u << 31 ? -E2BIG : 0;
}

static u32 power_of_two_from(u32 n)
{
	return n > 1 ? 1u << (32 - __builtin_clz(n - 1)) : 1;
}

static u64 trace_bytes(const struct alv_map *map)
{
	return sizeof(struct trace) + map->value_size;
}

static int stacks_create(struct alv_host *host, const struct alv_map_def *def,
			 struct alv_map **ret_map)
{
	struct alv_stack_trace *stacks = calloc(1, sizeof(*stacks));
	u64 buckets, traces;
	int err;

	if (!stacks)
		return -ENOMEM;
	stacks->n_buckets = power_of_two_from(def->max_entries);
	buckets = (u64)stacks->n_buckets * sizeof(u32);
	traces = (u64)def->max_entries * (sizeof(struct trace) + def->value_size);
	err = alv_map_init(&stacks->map, host, &alv_stack_trace_map_ops, def,
			   buckets + traces, 0);
	if (err)
		goto free_stacks;
	err = alv_region_init(&stacks->buckets, buckets);
	if (err)
		goto fini_map;
	err = alv_region_init(&stacks->traces, traces);
	if (err)
		goto fini_buckets;
	pthread_mutex_init(&stacks->lock, NULL);
	*ret_map = &stacks->map;
	return 0;

fini_buckets:
	alv_region_fini(&stacks->buckets);
fini_map:
	alv_map_fini(&stacks->map);
free_stacks:
	free(stacks);
	return err;
}

static void stacks_destroy(struct alv_map *map)
{
	struct alv_stack_trace *stacks = stacks_of(map);

	pthread_mutex_destroy(&stacks->lock);
	alv_region_fini(&stacks->traces);
	alv_region_fini(&stacks->buckets);
	alv_map_fini(map);
	free(stacks);
}

static u32 *bucket_at(const struct alv_stack_trace *stacks, u32 id)
{
	return (u32 *)stacks->buckets.base + id;
}

static struct trace *trace_at(const struct alv_stack_trace *stacks, u32 index)
{
	return (struct trace *)((u8 *)stacks->traces.base +
				(index - 1) * trace_bytes(&stacks->map));
}

static u32 id_of(const void *key)
{
	u32 id;

	memcpy(&id, key, sizeof(id));
	return id;
}

/* Traces, under the lock. */

/* 0: all are in use. */
static u32 take_trace(struct alv_stack_trace *stacks)
{
	u32 index = stacks->free;

	if (index)
		stacks->free = trace_at(stacks, index)->next;
	else if (stacks->fresh < stacks->map.max_entries)
		index = ++stacks->fresh;
	return index;
}

static void free_trace(struct alv_stack_trace *stacks, u32 index)
{
	trace_at(stacks, index)->next = stacks->free;
	stacks->free = index;
}

static void empty_bucket(struct alv_stack_trace *stacks, u32 *bucket)
{
	free_trace(stacks, *bucket);
	*bucket = 0;
}

/* A trace as values hold it. Without build ids of files, an address says that it is one. */
static void fill_trace(const struct alv_stack_trace *stacks, struct trace *trace,
		       const u64 *addresses, u32 count)
{
	struct bpf_stack_build_id entry = { .status = BPF_STACK_BUILD_ID_IP };
	u32 size = address_size(stacks->map.flags);

	for (u32 i = 0; i < count; i++) {
		entry.ip = addresses[i];
		memcpy(trace->data + (u64)i * size,
		       size == sizeof(entry) ? (const void *)&entry : &addresses[i],
		       size);
	}
	memset(trace->data + (u64)count * size, 0,
	       stacks->map.value_size - (u64)count * size);
}

static bool same_addresses(const struct alv_stack_trace *stacks,
			   const struct trace *trace, const u64 *addresses, u32 count)
{
	u32 size = address_size(stacks->map.flags);
	u32 at = size == sizeof(u64) ? 0 : offsetof(struct bpf_stack_build_id, ip);

	if (trace->count != count)
		return false;
	for (u32 i = 0; i < count; i++)
		if (memcmp(trace->data + (u64)i * size + at, &addresses[i], sizeof(u64)))
			return false;
	return true;
}

static s64 insert(struct alv_stack_trace *stacks, const u64 *addresses, u32 count,
		  u64 flags)
{
	u32 hash = alv_jhash(addresses, count * (u32)sizeof(u64), 0), index;
	u32 id = hash & (stacks->n_buckets - 1);
	u32 *bucket = bucket_at(stacks, id);
	struct trace *trace = *bucket ? trace_at(stacks, *bucket) : NULL;

	if (trace && trace->hash == hash &&
	    (flags & BPF_F_FAST_STACK_CMP ||
	     same_addresses(stacks, trace, addresses, count)))
		return id;
	if (trace && !(flags & BPF_F_REUSE_STACKID))
		return -EEXIST;
	index = take_trace(stacks);
	if (!index)
		return -ENOMEM;
	trace = trace_at(stacks, index);
	trace->hash = hash;
	trace->count = count;
	fill_trace(stacks, trace, addresses, count);
	if (*bucket)
		empty_bucket(stacks, bucket);
	*bucket = index;
	return id;
}

s64 alv_stack_trace_insert(struct alv_map *map, const u64 *addresses, u32 count,
			   u64 flags)
{
	const u64 known = BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK |
			  BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID;
	struct alv_stack_trace *stacks = stacks_of(map);
	u32 skip = (u32)(flags & BPF_F_SKIP_FIELD_MASK);
	u32 depth = map->value_size / address_size(map->flags);
	s64 result;

	if (flags & ~known)
		return -EINVAL;
	if (count <= skip)
		return -EFAULT;
	count -= skip;
	pthread_mutex_lock(&stacks->lock);
	result = insert(stacks, addresses + skip, count < depth ? count : depth, flags);
	pthread_mutex_unlock(&stacks->lock);
	return result;
}

/* From bpf(2). */

static int stacks_read(struct alv_map *map, const void *key, void *value, u64 flags)
{
	struct alv_stack_trace *stacks = stacks_of(map);
	u32 id = id_of(key), index;

	if (id >= stacks->n_buckets)
		return -ENOENT;
	pthread_mutex_lock(&stacks->lock);
	index = *bucket_at(stacks, id);
	if (index)
		memcpy(value, trace_at(stacks, index)->data, map->value_size);
	pthread_mutex_unlock(&stacks->lock);
	return index ? 0 : -ENOENT;
}

static int stacks_update(struct alv_map *map, const void *key, const void *value,
			 u64 flags)
{
	return -EINVAL;
}

static int stacks_remove(struct alv_map *map, const void *key)
{
	struct alv_stack_trace *stacks = stacks_of(map);
	u32 id = id_of(key);
	int err = -ENOENT;

	if (id >= stacks->n_buckets)
		return -E2BIG;
	pthread_mutex_lock(&stacks->lock);
	if (*bucket_at(stacks, id)) {
		empty_bucket(stacks, bucket_at(stacks, id));
		err = 0;
	}
	pthread_mutex_unlock(&stacks->lock);
	return err;
}

static int stacks_take(struct alv_map *map, const void *key, void *value, u64 flags)
{
	struct alv_stack_trace *stacks = stacks_of(map);
	u32 id = id_of(key), *bucket;
	int err = -ENOENT;

	if (!alv_host_has(map->obj.host, V6_18))
		return -ENOTSUPP;
	if (id >= stacks->n_buckets)
		return -ENOENT;
	pthread_mutex_lock(&stacks->lock);
	bucket = bucket_at(stacks, id);
	if (*bucket) {
		memcpy(value, trace_at(stacks, *bucket)->data, map->value_size);
		empty_bucket(stacks, bucket);
		err = 0;
	}
	pthread_mutex_unlock(&stacks->lock);
	return err;
}

static int stacks_next(struct alv_map *map, const void *key, void *next_key)
{
	struct alv_stack_trace *stacks = stacks_of(map);
	u32 id = 0;

	pthread_mutex_lock(&stacks->lock);
	if (key && id_of(key) < stacks->n_buckets && *bucket_at(stacks, id_of(key)))
		id = id_of(key) + 1;
	while (id < stacks->n_buckets && !*bucket_at(stacks, id))
		id++;
	pthread_mutex_unlock(&stacks->lock);
	if (id == stacks->n_buckets)
		return -ENOENT;
	memcpy(next_key, &id, sizeof(id));
	return 0;
}

static u64 stacks_usage(const struct alv_map *map)
{
	/* Of Linux 6.18: the map, a pointer for each bucket, and a trace with its header. */
	const u64 header = 320, trace_header = 16;

	return header + (u64)stacks_of(map)->n_buckets * sizeof(u64) +
	       map->max_entries * (trace_header + map->value_size);
}

const struct alv_map_ops alv_stack_trace_map_ops = {
	.check = stacks_check,
	.create = stacks_create,
	.destroy = stacks_destroy,
	.read = stacks_read,
	.update = stacks_update,
	.remove = stacks_remove,
	.next = stacks_next,
	.take = stacks_take,
	.check_btf = alv_map_takes_no_btf,
	.usage = stacks_usage,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK: values without keys, in order of
 * their arrival. Both are one ring of max_entries values; they differ in the end
 * that values leave from.
 *
 * bpf(2)'s lookup peeks, update pushes, lookup-and-delete pops.
 *
 * Concurrency: `lock` guards head, count and the values.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "map/size.h"

struct alv_queue {
	struct alv_map map;
	struct alv_region values;
	pthread_mutex_t lock;
	u32 oldest; /* index of the value that came first */
	u32 count;  /* values in the ring, at most max_entries */
};

static struct alv_queue *queue_of(struct alv_map *map)
{
	return alv_container(map, struct alv_queue, map);
}

static int queue_check(struct alv_host *host, const struct alv_map_def *def)
{
	if (!def->max_entries || def->key_size || !def->value_size)
		return -EINVAL;
	if (def->flags & ~(BPF_F_NUMA_NODE | ALV_MAP_ACCESS_FLAGS) ||
	    !alv_map_access_flags_ok(def->flags))
		return -EINVAL;
	return def->value_size > ALV_KMALLOC_MAX ? -E2BIG : 0;
}

static int queue_create(struct alv_host *host, const struct alv_map_ops *ops,
			const struct alv_map_def *def, struct alv_map **ret_map)
{
	u64 size = (u64)def->max_entries * def->value_size;
	struct alv_queue *queue = calloc(1, sizeof(*queue));
	int err;

	if (!queue)
		return -ENOMEM;
	err = alv_map_init_storage(&queue->map, host, ops, def, size, &queue->values);
	if (err) {
		free(queue);
		return err;
	}
	pthread_mutex_init(&queue->lock, NULL);
	*ret_map = &queue->map;
	return 0;
}

static void queue_destroy(struct alv_map *map)
{
	struct alv_queue *queue = queue_of(map);

	pthread_mutex_destroy(&queue->lock);
	alv_region_fini(&queue->values);
	alv_map_fini(map);
	free(queue);
}

/* The value that arrived as number n, counted from the oldest. */
static u8 *queue_at(struct alv_queue *queue, u32 n)
{
	u32 index = (u32)(((u64)queue->oldest + n) % queue->map.max_entries);

	return (u8 *)queue->values.base + (u64)index * queue->map.value_size;
}

static void queue_drop_oldest(struct alv_queue *queue)
{
	queue->oldest =
		queue->oldest + 1 < queue->map.max_entries ? queue->oldest + 1 : 0;
	queue->count--;
}

static int queue_push(struct alv_map *map, const void *key, const void *value, u64 flags)
{
	struct alv_queue *queue = queue_of(map);
	int err = 0;

	/* EXIST: the oldest value makes room when there is none. */
	if (flags != BPF_ANY && flags != BPF_EXIST)
		return -EINVAL;
	pthread_mutex_lock(&queue->lock);
	if (queue->count == map->max_entries && flags == BPF_EXIST)
		queue_drop_oldest(queue);
	if (queue->count < map->max_entries)
		memcpy(queue_at(queue, queue->count++), value, map->value_size);
	else
		err = -E2BIG;
	pthread_mutex_unlock(&queue->lock);
	return err;
}

enum queue_end { OLDEST, NEWEST };

/* What programs get of an empty queue is zeroed. */
static int queue_get(struct alv_map *map, void *value, enum queue_end end, bool pop)
{
	struct alv_queue *queue = queue_of(map);
	int err = 0;

	pthread_mutex_lock(&queue->lock);
	if (!queue->count) {
		memset(value, 0, map->value_size);
		err = -ENOENT;
		goto unlock;
	}
	memcpy(value, queue_at(queue, end == OLDEST ? 0 : queue->count - 1),
	       map->value_size);
	if (pop && end == OLDEST)
		queue_drop_oldest(queue);
	else if (pop)
		queue->count--;
unlock:
	pthread_mutex_unlock(&queue->lock);
	return err;
}

static int queue_remove(struct alv_map *map, const void *key)
{
	return -EINVAL;
}

static int queue_next(struct alv_map *map, const void *key, void *next_key)
{
	return -EINVAL;
}

static u64 queue_usage(const struct alv_map *map)
{
	const u64 header = 312; /* sizeof(struct bpf_queue_stack) in Linux 6.18 */

	/* The kernel's ring has one value more than it can hold. */
	return header + ((u64)map->max_entries + 1) * map->value_size;
}

static int queue_map_create(struct alv_host *host, const struct alv_map_def *def,
			    struct alv_map **ret_map)
{
	return queue_create(host, &alv_queue_map_ops, def, ret_map);
}

static int queue_peek(struct alv_map *map, const void *key, void *value, u64 flags)
{
	return queue_get(map, value, OLDEST, false);
}

static int queue_pop(struct alv_map *map, const void *key, void *value, u64 flags)
{
	return queue_get(map, value, OLDEST, true);
}

const struct alv_map_ops alv_queue_map_ops = {
	.check = queue_check,
	.create = queue_map_create,
	.destroy = queue_destroy,
	.read = queue_peek,
	.update = queue_push,
	.remove = queue_remove,
	.next = queue_next,
	.take = queue_pop,
	.usage = queue_usage,
};

static int stack_map_create(struct alv_host *host, const struct alv_map_def *def,
			    struct alv_map **ret_map)
{
	return queue_create(host, &alv_stack_map_ops, def, ret_map);
}

static int stack_peek(struct alv_map *map, const void *key, void *value, u64 flags)
{
	return queue_get(map, value, NEWEST, false);
}

static int stack_pop(struct alv_map *map, const void *key, void *value, u64 flags)
{
	return queue_get(map, value, NEWEST, true);
}

const struct alv_map_ops alv_stack_map_ops = {
	.check = queue_check,
	.create = stack_map_create,
	.destroy = queue_destroy,
	.read = stack_peek,
	.update = queue_push,
	.remove = queue_remove,
	.next = queue_next,
	.take = stack_pop,
	.usage = queue_usage,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads on one map of each type: as clients through bpf(2) and as programs
 * through the map's operations. Values carry a check of themselves, so a torn or
 * reused one shows; the sanitizers see the rest.
 */
#include "client.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "map/stack_trace.h"

#define THREADS 4
#define ROUNDS  4000

struct shared {
	struct alv_host *host;
	struct alv_map *map;
	int fd;
	int inner;
};

struct key {
	uint32_t length;
	uint8_t data[4];
};

static unsigned int seed_of_thread(void)
{
	static unsigned int count;

	return __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}

/* Tables of prefixes: lookups as a program does them, while others change the trie. */
static void *use_trie(void *data)
{
	struct shared *shared = data;
	const struct alv_map_ops *ops = shared->map->ops;
	unsigned int seed = seed_of_thread();

	for (int round = 0; round < ROUNDS; round++) {
		struct key key = {
			.length = (uint32_t)rand_r(&seed) % 33,
			.data = { (uint8_t)(rand_r(&seed) % 4), (uint8_t)rand_r(&seed) },
		};
		uint32_t value[2] = { (uint32_t)round, ~(uint32_t)round }, *found;
		struct key next;

		switch (rand_r(&seed) % 8) {
		case 0:
		case 1:
			(void)update(shared->host, shared->fd, &key, value, 0);
			break;
		case 2:
			(void)delete(shared->host, shared->fd, &key);
			break;
		case 3:
			(void)next_key(shared->host, shared->fd, &key, &next);
			break;
		default:
			alv_rcu_read_lock();
			found = ops->find(shared->map, &key, 0);
			if (found && found[0] != ~found[1])
				abort();
			alv_rcu_read_unlock();
		}
	}
	return NULL;
}

static void *use_queue(void *data)
{
	struct shared *shared = data;
	unsigned int seed = seed_of_thread();

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t value[2] = { (uint32_t)round, ~(uint32_t)round };
		int err = 0;

		switch (rand_r(&seed) % 3) {
		case 0:
			(void)update(shared->host, shared->fd, NULL, value, BPF_EXIST);
			break;
		case 1:
			err = take(shared->host, shared->fd, NULL, value);
			break;
		default:
			err = lookup(shared->host, shared->fd, NULL, value);
		}
		if (!err && value[0] != ~value[1])
			abort();
	}
	return NULL;
}

static void *use_bloom(void *data)
{
	struct shared *shared = data;
	unsigned int seed = seed_of_thread();

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t value[2] = { (uint32_t)rand_r(&seed), 0 };

		if (update(shared->host, shared->fd, NULL, value, 0) ||
		    lookup(shared->host, shared->fd, NULL, value))
			abort();
	}
	return NULL;
}

static void *use_outer(void *data)
{
	struct shared *shared = data;
	unsigned int seed = seed_of_thread();

	for (int round = 0; round < ROUNDS / 8; round++) {
		uint32_t key = (uint32_t)rand_r(&seed) % 4, id;
		struct alv_map *inner;

		switch (rand_r(&seed) % 4) {
		case 0:
			(void)update(shared->host, shared->fd, &key, &shared->inner, 0);
			break;
		case 1:
			(void)delete(shared->host, shared->fd, &key);
			break;
		case 2:
			(void)lookup(shared->host, shared->fd, &key, &id);
			break;
		default:
			alv_rcu_read_lock();
			inner = shared->map->ops->find(shared->map, &key, 0);
			if (inner && inner->type != BPF_MAP_TYPE_ARRAY)
				abort();
			alv_rcu_read_unlock();
		}
	}
	return NULL;
}

static void *use_stacks(void *data)
{
	struct shared *shared = data;
	unsigned int seed = seed_of_thread();

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t trace[2] = { (uint64_t)rand_r(&seed) % 64, 0 };
		uint32_t key = (uint32_t)rand_r(&seed) % 16;

		trace[1] = ~trace[0];
		switch (rand_r(&seed) % 4) {
		case 0:
		case 1:
			(void)alv_stack_trace_insert(shared->map, trace, 2, BPF_F_REUSE_STACKID);
			break;
		case 2:
			(void)delete(shared->host, shared->fd, &key);
			break;
		default:
			if (!lookup(shared->host, shared->fd, &key, trace) && trace[0] != ~trace[1])
				abort();
		}
	}
	return NULL;
}

static void run(struct alv_host *host, int fd, int inner, void *(*use)(void *))
{
	struct shared shared = { .host = host, .fd = fd, .inner = inner };
	pthread_t threads[THREADS];

	assert_true(fd >= 0);
	shared.map = map_of(host, fd);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, &shared), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	alv_map_put(shared.map);
	close(fd);
}

static void test_tries(void **state)
{
	struct alv_host *host = test_host(0);

	run(host, test_create(host, BPF_MAP_TYPE_LPM_TRIE, 8, 8, 400, BPF_F_NO_PREALLOC), -1,
	    use_trie);
	alv_host_free(host);
}

static void test_queues(void **state)
{
	struct alv_host *host = test_host(0);

	run(host, test_create(host, BPF_MAP_TYPE_QUEUE, 0, 8, 5, 0), -1, use_queue);
	run(host, test_create(host, BPF_MAP_TYPE_STACK, 0, 8, 5, 0), -1, use_queue);
	alv_host_free(host);
}

static void test_bloom_filters(void **state)
{
	struct alv_host *host = test_host(0);

	run(host, test_create(host, BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 500, 0), -1, use_bloom);
	alv_host_free(host);
}

static void test_maps_of_maps(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 4,
		.inner_map_fd = (uint32_t)inner,
	};

	run(host, alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr)), inner, use_outer);
	close(inner);
	alv_host_free(host);
}

static void test_stack_traces(void **state)
{
	struct alv_host *host = test_host(0);

	run(host, test_create(host, BPF_MAP_TYPE_STACK_TRACE, 4, 16, 16, 0), -1, use_stacks);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tries),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_bloom_filters),
		cmocka_unit_test(test_maps_of_maps),
		cmocka_unit_test(test_stack_traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

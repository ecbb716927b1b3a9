/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects go with their last descriptor: seen by who closed it, at once, whatever others
 * ask meanwhile, and however many are still held.
 */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>

#define ROUNDS 20000
#define MANY   100

static atomic_bool over;

static int by_id(struct alv_host *host, uint32_t id)
{
	union bpf_attr attr = { .map_id = id };

	return alv_bpf(host, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

static void *ask(void *data)
{
	uint32_t id;

	while (!atomic_load(&over))
		(void)next_map_id(data, 0, &id);
	return NULL;
}

/* Whoever asks in the midst of a close must not use up what was told of it. */
static void test_close_while_asked(void **state)
{
	struct alv_host *host = test_host(0);
	pthread_t threads[2];
	uint32_t id;

	atomic_store(&over, false);
	for (size_t i = 0; i < ALV_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, host), 0);
	for (int round = 0; round < ROUNDS; round++) {
		int fd = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);

		assert_true(fd >= 0);
		assert_int_equal(close(fd), 0);
		assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	}
	atomic_store(&over, true);
	for (size_t i = 0; i < ALV_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	alv_host_free(host);
}

/* Each map in turn loses a descriptor and keeps one: all are in doubt, none goes. */
static void open_and_close_all(struct alv_host *host, unsigned int expected)
{
	unsigned int count = 0;
	uint32_t id = 0;

	while (!next_map_id(host, id, &id)) {
		int fd = by_id(host, id);

		assert_true(fd >= 0);
		close(fd);
		count++;
	}
	assert_int_equal(count, expected);
}

static void test_many_held(void **state)
{
	struct alv_host *host = test_host(0);
	int fds[MANY];
	uint32_t id;

	for (size_t i = 0; i < MANY; i++) {
		fds[i] = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
		assert_true(fds[i] >= 0);
	}
	open_and_close_all(host, MANY);
	for (size_t i = 0; i < MANY; i += 2)
		close(fds[i]);
	open_and_close_all(host, MANY / 2);
	/* Doubts end, and what went meanwhile goes all the same. */
	for (size_t i = 1; i < MANY - 1; i += 2)
		close(fds[i]);
	usleep(600000);
	open_and_close_all(host, 1);
	close(fds[MANY - 1]);
	assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_while_asked),
		cmocka_unit_test(test_many_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues, stacks and bloom filters: maps without keys. */
#include "client.h"

static void test_ends(void **state)
{
	struct alv_host *host = test_host(0);
	int queue = test_create(host, BPF_MAP_TYPE_QUEUE, 0, 4, 3, 0);
	int stack = test_create(host, BPF_MAP_TYPE_STACK, 0, 4, 3, 0);
	uint32_t value = 0;

	assert_int_equal(take(host, queue, NULL, &value), -ENOENT);
	for (uint32_t n = 1; n <= 3; n++) {
		assert_int_equal(update(host, queue, NULL, &n, 0), 0);
		assert_int_equal(update(host, stack, NULL, &n, 0), 0);
	}
	value = 4;
	assert_int_equal(update(host, queue, NULL, &value, 0), -E2BIG);
	assert_int_equal(update(host, queue, NULL, &value, BPF_NOEXIST), -EINVAL);
	assert_int_equal(update(host, queue, NULL, &value, BPF_EXIST), 0);
	assert_int_equal(update(host, stack, NULL, &value, BPF_EXIST), 0);
	assert_int_equal(lookup(host, queue, NULL, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(lookup(host, stack, NULL, &value), 0);
	assert_int_equal(value, 4);
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(take(host, queue, NULL, &value), 0);
		assert_int_equal(value, 2 + n);
		assert_int_equal(take(host, stack, NULL, &value), 0);
		assert_int_equal(value, 4 - n);
	}
	assert_int_equal(take(host, stack, NULL, &value), -ENOENT);
	assert_int_equal(delete(host, queue, NULL), -EINVAL);
	assert_int_equal(next_key(host, queue, NULL, &value), -EINVAL);
	assert_int_equal(lookup(host, queue, &value, &value), -EINVAL);
	close(queue);
	close(stack);
	alv_host_free(host);
}

static void test_members_of_a_bloom_filter(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 1000, 0);
	unsigned int wrong = 0;

	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(update(host, fd, NULL, &n, 0), 0);
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(lookup(host, fd, NULL, &n), 0);
	for (uint32_t n = 1000; n < 11000; n++)
		wrong += !lookup(host, fd, NULL, &n);
	/* Five hashes at this size are wrong once in about 40 times. */
	assert_true(wrong < 1000);
	assert_int_equal(update(host, fd, NULL, &wrong, BPF_EXIST), -EINVAL);
	assert_int_equal(delete(host, fd, NULL), -EOPNOTSUPP);
	close(fd);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_members_of_a_bloom_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

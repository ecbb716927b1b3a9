/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays of maps: what may go in, what comes out, and how long it lives. */
#include "client.h"

static int make_outer(struct alv_host *host, int inner, uint32_t max_entries)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = 4,
		.value_size = 4,
		.max_entries = max_entries,
		.inner_map_fd = (uint32_t)inner,
	};

	return alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int make_array(struct alv_host *host, uint32_t max_entries)
{
	return test_create(host, BPF_MAP_TYPE_ARRAY, 4, 8, max_entries, 0);
}

static void test_the_template_is_checked(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = make_array(host, 2), pipes[2];
	int outer = make_outer(host, inner, 2);
	int progs = test_create(host, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0);

	assert_int_equal(pipe(pipes), 0);
	assert_true(outer >= 0);
	assert_int_equal(make_outer(host, 9999, 1), -EBADF);
	assert_int_equal(make_outer(host, pipes[0], 1), -EINVAL);
	assert_int_equal(make_outer(host, outer, 1), -EINVAL);
	assert_int_equal(make_outer(host, progs, 1), -524);
	/* What the outer map looks like comes first. */
	assert_int_equal(make_outer(host, 9999, 0), -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	close(progs);
	close(outer);
	close(inner);
	alv_host_free(host);
}

static void test_only_maps_of_the_shape_go_in(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = make_array(host, 2), other = make_array(host, 3);
	int outer = make_outer(host, inner, 2);
	uint32_t key = 0, id = 0, far = 2;

	assert_int_equal(lookup(host, outer, &key, &id), -ENOENT);
	assert_int_equal(update(host, outer, &key, &other, 0), -EINVAL);
	assert_int_equal(update(host, outer, &key, &outer, 0), -EINVAL);
	assert_int_equal(update(host, outer, &key, &inner, BPF_NOEXIST), -EINVAL);
	assert_int_equal(update(host, outer, &far, &inner, 0), -E2BIG);
	assert_int_equal(update(host, outer, &key, &inner, 0), 0);
	assert_int_equal(lookup(host, outer, &key, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(delete(host, outer, &far), -E2BIG);
	assert_int_equal(delete(host, outer, &key), 0);
	assert_int_equal(delete(host, outer, &key), -ENOENT);
	close(outer);
	close(other);
	close(inner);
	alv_host_free(host);
}

static void test_inner_arrays_of_any_size(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 8, 2, BPF_F_INNER_MAP);
	int larger = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 8, 9, BPF_F_INNER_MAP);
	int other = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 4, 2, BPF_F_INNER_MAP);
	int read_only = test_create(host, BPF_MAP_TYPE_ARRAY, 4, 8, 2,
				    BPF_F_INNER_MAP | BPF_F_RDONLY);
	int outer = make_outer(host, inner, 1);
	uint32_t key = 0;

	assert_int_equal(update(host, outer, &key, &larger, 0), 0);
	assert_int_equal(update(host, outer, &key, &other, 0), -EINVAL);
	/* How its descriptor was opened makes no other map of it. */
	assert_int_equal(update(host, outer, &key, &read_only, 0), 0);
	close(outer);
	close(read_only);
	close(other);
	close(larger);
	close(inner);
	alv_host_free(host);
}

static void test_an_outer_map_keeps_its_inner_ones(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = make_array(host, 2);
	int outer = make_outer(host, inner, 2), second = make_array(host, 2), again;
	uint32_t key = 0, id;
	uint64_t value = 42;
	union bpf_attr attr = { .map_id = 1 };

	assert_int_equal(update(host, inner, &key, &value, 0), 0);
	assert_int_equal(update(host, outer, &key, &inner, 0), 0);
	close(inner);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	assert_int_equal(id, 1);
	again = alv_bpf(host, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_true(again >= 0);
	value = 0;
	assert_int_equal(lookup(host, again, &key, &value), 0);
	assert_int_equal(value, 42);
	close(again);
	/* Another one in its place ends it, and so does the end of the outer map. */
	assert_int_equal(update(host, outer, &key, &second, 0), 0);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	assert_int_equal(id, 2);
	close(second);
	assert_int_equal(next_map_id(host, 2, &id), 0);
	close(outer);
	assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	alv_host_free(host);
}

static void test_a_host_with_full_outer_maps_ends(void **state)
{
	struct alv_host *host = test_host(0);
	int inner = make_array(host, 2);
	int outer = make_outer(host, inner, 100);

	for (uint32_t key = 0; key < 100; key++)
		assert_int_equal(update(host, outer, &key, &inner, 0), 0);
	alv_host_free(host);
	close(outer);
	close(inner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_template_is_checked),
		cmocka_unit_test(test_only_maps_of_the_shape_go_in),
		cmocka_unit_test(test_inner_arrays_of_any_size),
		cmocka_unit_test(test_an_outer_map_keeps_its_inner_ones),
		cmocka_unit_test(test_a_host_with_full_outer_maps_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* libbpf on an embedded host, by the shim. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/bpf.h>

#include <alveary/libbpf.h>

static struct alv_host *host;

static int use_host(void **state)
{
	struct alv_host_config config = { .size = sizeof(config) };

	if (alv_host_new(&config, &host))
		return -1;
	alv_libbpf_use(host);
	return 0;
}

static int drop_host(void **state)
{
	alv_libbpf_use(NULL);
	alv_host_free(host);
	return 0;
}

static void test_elements(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "counts", 4, 8, 16, NULL);
	uint32_t key = 3, next;
	uint64_t value = 99, seen = 0;

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &key, &value, BPF_ANY), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &seen), 0);
	assert_int_equal(seen, 99);
	assert_int_equal(bpf_map_get_next_key(fd, &key, &next), 0);
	assert_int_equal(next, 4);
	key = 16;
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &seen), -ENOENT);
	close(fd);
}

static void test_info(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "counts", 4, 8, 16, NULL);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	assert_int_equal(info.type, BPF_MAP_TYPE_ARRAY);
	assert_int_equal(info.max_entries, 16);
	close(fd);
}

static void test_pins(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 8, 16, NULL), again;
	struct statfs fs;

	assert_int_equal(statfs("/sys/fs/bpf", &fs), 0);
	assert_int_equal((uint32_t)fs.f_type, 0xcafe4a11);
	assert_int_equal(mkdir("/sys/fs/bpf/app", 0700), 0);
	assert_int_equal(bpf_obj_pin(fd, "/sys/fs/bpf/app/map"), 0);
	again = bpf_obj_get("/sys/fs/bpf/app/map");
	assert_true(again >= 0);
	assert_int_equal(unlink("/sys/fs/bpf/app/map"), 0);
	assert_int_equal(rmdir("/sys/fs/bpf/app"), 0);
	assert_int_equal(bpf_obj_get("/sys/fs/bpf/app/map"), -ENOENT);
	close(fd);
	close(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_pins),
	};

	return cmocka_run_group_tests(tests, use_host, drop_host);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts, descriptors and their lifetimes, through the public interface. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include <alveary/alveary.h>

static struct alv_host *make_host(void)
{
	struct alv_host_config config = { .size = sizeof(config) };
	struct alv_host *host = NULL;

	assert_int_equal(alv_host_new(&config, &host), 0);
	return host;
}

static int make_array(struct alv_host *host, uint32_t flags, uint32_t entries)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = entries,
		.map_flags = flags,
		.map_name = "numbers",
	};

	return alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int update(struct alv_host *host, int fd, uint32_t key, uint64_t value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	return alv_bpf(host, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

static int lookup(struct alv_host *host, int fd, uint32_t key, uint64_t *value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)value,
	};

	return alv_bpf(host, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
}

static int next_map_id(struct alv_host *host, uint32_t id, uint32_t *next)
{
	union bpf_attr attr = { .start_id = id };
	int err = alv_bpf(host, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr));

	*next = attr.next_id;
	return err;
}

static int map_by_id(struct alv_host *host, uint32_t id)
{
	union bpf_attr attr = { .map_id = id };

	return alv_bpf(host, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

static int pin(struct alv_host *host, int fd, const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd };

	return alv_bpf(host, BPF_OBJ_PIN, &attr, sizeof(attr));
}

static int get(struct alv_host *host, const char *path, uint32_t flags)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path, .file_flags = flags };

	return alv_bpf(host, BPF_OBJ_GET, &attr, sizeof(attr));
}

static void test_array_round_trip(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, 0, 4);
	uint64_t value = 0;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(update(host, fd, 3, 42), 0);
	assert_int_equal(lookup(host, fd, 3, &value), 0);
	assert_int_equal(value, 42);
	assert_int_equal(lookup(host, fd, 4, &value), -ENOENT);
	assert_int_equal(update(host, fd, 4, 1), -E2BIG);
	assert_int_equal(lookup(host, fd, 0, (uint64_t *)8), -EFAULT);
	close(fd);
	alv_host_free(host);
}

static void test_the_last_close_ends_a_map(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, 0, 4), copy = dup(fd);
	uint32_t id;

	assert_int_equal(next_map_id(host, 0, &id), 0);
	assert_int_equal(id, 1);
	close(fd);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	close(copy);
	assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	assert_int_equal(map_by_id(host, 1), -ENOENT);
	alv_host_free(host);
}

static void test_a_child_keeps_a_map(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, 0, 4), go[2], status;
	uint32_t id;
	pid_t child;

	assert_int_equal(pipe(go), 0);
	child = fork();
	if (!child) {
		char c;

		/* A child's copy of the host is dead, its descriptors are not. */
		_exit(alv_bpf(host, BPF_MAP_GET_NEXT_ID, NULL, 0) != -EOWNERDEAD ||
		      read(go[0], &c, 1) != 1);
	}
	close(fd);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	close(go[0]);
	close(go[1]);
	alv_host_free(host);
}

static void test_a_mapping_keeps_a_map(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, BPF_F_MMAPABLE, 4);
	uint64_t *values = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t value = 0;
	uint32_t id;

	assert_true(values != MAP_FAILED);
	assert_int_equal(update(host, fd, 1, 7), 0);
	assert_int_equal(values[1], 7);
	values[2] = 9;
	assert_int_equal(lookup(host, fd, 2, &value), 0);
	assert_int_equal(value, 9);
	close(fd);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	munmap(values, 4096);
	assert_int_equal(next_map_id(host, 0, &id), -ENOENT);
	alv_host_free(host);
}

static void test_freeze(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, BPF_F_MMAPABLE, 4);
	union bpf_attr attr = { .map_fd = (uint32_t)fd };
	void *values = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_int_equal(alv_bpf(host, BPF_MAP_FREEZE, &attr, sizeof(attr)), -EBUSY);
	assert_int_equal(update(host, fd, 0, 1), 0);
	munmap(values, 4096);
	assert_int_equal(alv_bpf(host, BPF_MAP_FREEZE, &attr, sizeof(attr)), 0);
	assert_int_equal(update(host, fd, 0, 2), -EPERM);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_int_equal(errno, EPERM);
	values = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(values != MAP_FAILED);
	munmap(values, 4096);
	assert_int_equal(alv_bpf(host, BPF_MAP_FREEZE, &attr, sizeof(attr)), -EPERM);
	close(fd);
	alv_host_free(host);
}

static void test_pins(void **state)
{
	struct alv_host *host = make_host();
	int fd = make_array(host, 0, 4), again;
	uint64_t value = 0;
	uint32_t id;

	assert_int_equal(pin(host, fd, "/sys/fs/bpf/numbers"), 0);
	assert_int_equal(pin(host, fd, "/sys/fs/bpf/numbers"), -EEXIST);
	assert_int_equal(pin(host, fd, "/sys/fs/bpf/a.b"), -EPERM);
	assert_int_equal(pin(host, fd, "/tmp/elsewhere"), -EPERM);
	assert_int_equal(pin(host, fd, "/sys/fs/bpf/none/x"), -ENOENT);
	assert_int_equal(update(host, fd, 1, 5), 0);
	close(fd);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	again = get(host, "/sys/fs/bpf/numbers", BPF_F_RDONLY);
	assert_true(again >= 0);
	assert_int_equal(lookup(host, again, 1, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(update(host, again, 1, 6), -EPERM);
	assert_int_equal(get(host, "/sys/fs/bpf/absent", 0), -ENOENT);
	assert_int_equal(get(host, "/etc/passwd", BPF_F_RDONLY), -EACCES);
	close(again);
	assert_int_equal(next_map_id(host, 0, &id), 0);
	alv_host_free(host);
}

static void test_two_hosts_do_not_know_of_each_other(void **state)
{
	struct alv_host *a = make_host(), *b = make_host();
	int fd = make_array(a, 0, 4);
	uint64_t value;
	uint32_t id;

	assert_int_equal(lookup(b, fd, 0, &value), -EINVAL);
	assert_int_equal(next_map_id(b, 0, &id), -ENOENT);
	alv_host_free(b);
	assert_int_equal(lookup(a, fd, 0, &value), 0);
	alv_host_free(a);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_array_round_trip),
		cmocka_unit_test(test_the_last_close_ends_a_map),
		cmocka_unit_test(test_a_child_keeps_a_map),
		cmocka_unit_test(test_a_mapping_keeps_a_map),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_two_hosts_do_not_know_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

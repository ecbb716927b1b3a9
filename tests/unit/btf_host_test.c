/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF on a host: objects, their lifetimes, kernel BTF, and maps that have types. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <alveary/alveary.h>

#include "../btf/builder.h"
#include "abi/attr.h"
#include "abi/uapi.h"

static struct alv_host *make_host(const char *btf, const char *kernel)
{
	struct alv_host_config config = {
		.size = sizeof(config), .btf = btf, .kernel = kernel};
	struct alv_host *host = NULL;

	assert_int_equal(alv_host_new(&config, &host), 0);
	return host;
}

/* 1 u32, 2 struct bpf_spin_lock, 3 struct { u32 a; lock l; u32 b; } */
static void build_locked(struct builder *b)
{
	builder_init(b);
	builder_int(b, "u32", 32);
	builder_type(b, BTF_KIND_STRUCT, "bpf_spin_lock", 1, 4);
	builder_member(b, "val", 1, 0);
	builder_type(b, BTF_KIND_STRUCT, "value", 3, 12);
	builder_member(b, "a", 1, 0);
	builder_member(b, "l", 2, 4);
	builder_member(b, "b", 1, 8);
}

static int load_with(struct alv_host *host, struct builder *b, char *log, u32 log_size)
{
	union alv_attr attr = { .btf_load = { .btf_log_buf = (uintptr_t)log,
					      .btf_log_size = log_size,
					      .btf_log_level = log ? 1 : 0 } };
	struct alv_buf raw;
	int result;

	builder_finish(b, &raw);
	attr.btf_load.btf = (uintptr_t)raw.data;
	attr.btf_load.btf_size = (u32)raw.size;
	result = alv_bpf(host, BPF_BTF_LOAD, &attr, sizeof(attr));
	alv_buf_fini(&raw);
	return result;
}

static int load(struct alv_host *host)
{
	struct builder b;

	build_locked(&b);
	return load_with(host, &b, NULL, 0);
}

static int next_btf(struct alv_host *host, u32 id, u32 *next)
{
	union alv_attr attr = { .id = { .id = id } };
	int err = alv_bpf(host, BPF_BTF_GET_NEXT_ID, &attr, sizeof(attr));

	*next = attr.id.next_id;
	return err;
}

static int btf_by_id(struct alv_host *host, u32 id)
{
	union alv_attr attr = { .id = { .id = id } };

	return alv_bpf(host, BPF_BTF_GET_FD_BY_ID, &attr, sizeof(attr));
}

static int get_info(struct alv_host *host, int fd, void *info, u32 *size)
{
	union alv_attr attr = {
		.info = { .bpf_fd = (u32)fd, .info_len = *size, .info = (uintptr_t)info }};
	int err = alv_bpf(host, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));

	*size = attr.info.info_len;
	return err;
}

static int create(struct alv_host *host, int btf, u32 key, u32 value, u32 flags)
{
	union alv_attr attr = { .map_create = { .map_type = BPF_MAP_TYPE_ARRAY,
						.key_size = 4,
						.value_size = 12,
						.max_entries = 1,
						.map_flags = flags,
						.btf_fd = (u32)btf,
						.btf_key_type_id = key,
						.btf_value_type_id = value } };

	return alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void test_objects(void **state)
{
	struct alv_host *host = make_host(NULL, NULL);
	int fd = load(host), again;
	u8 bytes[64] = {};
	struct alv_btf_info info = { .btf = (uintptr_t)bytes, .btf_size = 16 };
	u32 id, size = sizeof(info);

	assert_true(fd >= 0);
	assert_int_equal(next_btf(host, 0, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(get_info(host, fd, &info, &size), 0);
	assert_int_equal(size, 32);
	assert_int_equal(info.id, 1);
	assert_int_equal(info.kernel_btf, 0);
	assert_int_equal(info.name_len, 0);
	assert_int_equal(bytes[0] | bytes[1] << 8, BTF_MAGIC);
	assert_int_equal(bytes[12], 88);
	assert_int_equal(bytes[16], 0);
	again = btf_by_id(host, 1);
	assert_true(again >= 0);
	close(fd);
	assert_int_equal(next_btf(host, 0, &id), 0);
	close(again);
	assert_int_equal(next_btf(host, 0, &id), -ENOENT);
	assert_int_equal(btf_by_id(host, 1), -ENOENT);
	alv_host_free(host);
}

static void test_the_report_of_a_refusal(void **state)
{
	struct alv_host *host = make_host(NULL, NULL);
	char log[512] = {};
	struct builder b;

	builder_init(&b);
	builder_type(&b, BTF_KIND_CONST, NULL, 0, 2);
	builder_type(&b, BTF_KIND_VOLATILE, NULL, 0, 1);
	assert_int_equal(load_with(host, &b, log, sizeof(log)), -EEXIST);
	assert_non_null(
		strstr(log, "\n[2] VOLATILE (anon) type_id=1\n[1] CONST (anon) type_id=2 "
			    "Loop detected\n"));
	alv_host_free(host);
}

static void test_maps_keep_their_types(void **state)
{
	struct alv_host *host = make_host(NULL, NULL);
	int btf = load(host), map = create(host, btf, 1, 3, 0);
	struct alv_map_info info = {};
	u32 id, size = sizeof(info);

	assert_true(map >= 0);
	close(btf);
	assert_int_equal(next_btf(host, 0, &id), 0);
	assert_int_equal(get_info(host, map, &info, &size), 0);
	assert_int_equal(info.btf_id, id);
	assert_int_equal(info.btf_key_type_id, 1);
	assert_int_equal(info.btf_value_type_id, 3);
	close(map);
	/* A map goes after a grace period, and its BTF with it. */
	for (int i = 0; i < 5000 && !next_btf(host, 0, &id); i++)
		usleep(1000);
	assert_int_equal(next_btf(host, 0, &id), -ENOENT);
	alv_host_free(host);
}

static void test_types_have_to_fit(void **state)
{
	struct alv_host *host = make_host(NULL, NULL);
	int btf = load(host);

	assert_int_equal(create(host, btf, 1, 1, 0), -EINVAL);
	assert_int_equal(create(host, btf, 3, 3, 0), -EINVAL);
	assert_int_equal(create(host, btf, 1, 99, 0), -EINVAL);
	assert_int_equal(create(host, btf, 0, 3, 0), -EINVAL);
	assert_int_equal(create(host, btf, 1, 0, 0), -EINVAL);
	assert_int_equal(create(host, -1, 1, 3, 0), -EBADF);
	assert_int_equal(create(host, 0, 1, 3, 0), -EINVAL);
	assert_int_equal(create(host, btf, 1, 3, BPF_F_RDONLY_PROG), -EACCES);
	close(btf);
	alv_host_free(host);
}

static void test_special_fields_stay_inside(void **state)
{
	struct alv_host *host = make_host(NULL, NULL);
	int btf = load(host), map = create(host, btf, 1, 3, 0);
	u32 key = 0, value[3] = { 1, 2, 3 };
	union alv_attr attr = { .elem = { .map_fd = (u32)map,
					  .key = (uintptr_t)&key,
					  .value = (uintptr_t)value } };

	assert_int_equal(alv_bpf(host, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), 0);
	assert_int_equal(alv_bpf(host, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)), 0);
	assert_int_equal(value[0], 1);
	assert_int_equal(value[1], 0);
	assert_int_equal(value[2], 3);
	close(map);
	close(btf);
	alv_host_free(host);
}

/* A file of kernel BTF for a host, removed by the caller. */
static void write_kernel_btf(char path[], bool good)
{
	struct builder b;
	struct alv_buf raw;
	int fd = mkstemp(path);

	builder_init(&b);
	builder_type(&b, BTF_KIND_STRUCT, "task_struct", 0, 8);
	builder_finish(&b, &raw);
	raw.data[0] ^= !good;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, raw.data, raw.size), raw.size);
	close(fd);
	alv_buf_fini(&raw);
}

static void test_kernel_btf(void **state)
{
	char path[] = "/tmp/alveary-btf-XXXXXX";
	struct alv_btf_info info = {};
	struct alv_host_config config = { .size = sizeof(config), .btf = path };
	struct alv_host *host;
	u32 size = sizeof(info), id;
	char name[16] = {};
	int fd;

	write_kernel_btf(path, true);
	host = make_host(path, NULL);
	assert_int_equal(next_btf(host, 0, &id), 0);
	fd = btf_by_id(host, id);
	assert_true(fd >= 0);
	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	assert_int_equal(get_info(host, fd, &info, &size), 0);
	assert_string_equal(name, "vmlinux");
	assert_int_equal(info.kernel_btf, 1);
	/* Types of the kernel's are for no map. */
	assert_int_equal(create(host, fd, 1, 1, 0), -EACCES);
	info = (struct alv_btf_info){ .name = (uintptr_t)name, .name_len = 4 };
	size = sizeof(info);
	assert_int_equal(get_info(host, fd, &info, &size), -ENOSPC);
	assert_string_equal(name, "vml");
	close(fd);
	assert_int_equal(next_btf(host, 0, &id), 0);
	alv_host_free(host);
	unlink(path);

	strcpy(path + strlen(path) - 6, "XXXXXX");
	write_kernel_btf(path, false);
	assert_int_equal(alv_host_new(&config, &host), -EBADMSG);
	unlink(path);
	assert_int_equal(alv_host_new(&config, &host), -ENOENT);
}

static void test_hosts_differ_by_kernel(void **state)
{
	struct alv_host *host = make_host(NULL, "6.1");
	char log[200] = {};
	struct builder b;

	build_locked(&b);
	assert_int_equal(load_with(host, &b, log, 100), -EINVAL);
	/* What is cut keeps its start there. */
	assert_int_equal(load_with(host, &b, log, sizeof(log)), -ENOSPC);
	assert_memory_equal(log, "magic: 0xeb9f\n", 14);
	alv_host_free(host);
}

static void test_authority(void **state)
{
	struct alv_host_config config = { .size = sizeof(config), .flags = ALV_HOST_CAPS };
	struct alv_host *host;
	u32 id;

	assert_int_equal(alv_host_new(&config, &host), 0);
	assert_int_equal(load(host), -EPERM);
	assert_int_equal(next_btf(host, 0, &id), -EPERM);
	assert_int_equal(btf_by_id(host, 1), -EPERM);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_the_report_of_a_refusal),
		cmocka_unit_test(test_maps_keep_their_types),
		cmocka_unit_test(test_types_have_to_fit),
		cmocka_unit_test(test_special_fields_stay_inside),
		cmocka_unit_test(test_kernel_btf),
		cmocka_unit_test(test_hosts_differ_by_kernel),
		cmocka_unit_test(test_authority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

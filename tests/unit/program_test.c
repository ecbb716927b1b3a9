/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs as objects: loaded, refused, with what they refer to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include <alveary/alveary.h>

static const struct bpf_insn constant[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 7 },
	{ .code = BPF_JMP | BPF_EXIT },
};
/* R2 has no value to return. */
static const struct bpf_insn no_result[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int make_host(void **state)
{
	struct alv_host_config config = { .size = sizeof(config) };

	return alv_host_new(&config, (struct alv_host **)state);
}

static int free_host(void **state)
{
	alv_host_free(*state);
	return 0;
}

static union bpf_attr request(const struct bpf_insn *insns, const char *name)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insn_cnt = 2;
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	memcpy(attr.prog_name, name, strlen(name));
	return attr;
}

static int load(void **state, union bpf_attr attr)
{
	return alv_bpf(*state, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void test_constant_is_loaded(void **state)
{
	int fd = load(state, request(constant, "libbpf_nametest"));

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void test_unsafe_and_unknown_are_refused(void **state)
{
	union bpf_attr attr = request(no_result, "");

	assert_int_equal(load(state, attr), -EACCES);
	attr = request(constant, "");
	attr.prog_type = BPF_PROG_TYPE_LSM; /* is not served */
	assert_int_equal(load(state, attr), -EINVAL);
	attr.prog_type = 1000;
	assert_int_equal(load(state, attr), -EINVAL);
}

static void test_bad_requests(void **state)
{
	union bpf_attr attr = request(constant, "not a name");

	assert_int_equal(load(state, attr), -EINVAL);
	attr.insns = 8;
	assert_int_equal(load(state, attr), -EFAULT);
	attr.insns = (uintptr_t)constant;
	attr.license = 8;
	assert_int_equal(load(state, attr), -EFAULT);
	attr.insn_cnt = 0;
	assert_int_equal(load(state, attr), -E2BIG);
}

static void test_log_says_why(void **state)
{
	union bpf_attr attr = request(no_result, "");
	char log[1024] = "";

	attr.log_level = 1;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	assert_int_equal(load(state, attr), -EACCES);
	assert_non_null(strstr(log, "R2 !read_ok"));
	attr.log_size = 20;
	assert_int_equal(load(state, attr), -ENOSPC);
}

static void test_maps_belong_to_programs(void **state)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr;
	uint32_t id = 0;
	int map, fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	map = alv_bpf(*state, BPF_MAP_CREATE, &attr, sizeof(attr));
	assert_true(map >= 0);
	insns[0].imm = map;
	attr = request(insns, "");
	attr.insn_cnt = 4;
	fd = load(state, attr);
	assert_true(fd >= 0);
	close(map);
	info.nr_map_ids = 1;
	info.map_ids = (uintptr_t)&id;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	assert_int_equal(alv_bpf(*state, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.nr_map_ids, 1);
	memset(&attr, 0, sizeof(attr));
	attr.map_id = id;
	map = alv_bpf(*state, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_true(map >= 0);
	close(map);
	close(fd);
}

/* The first program says for which kind the array is. */
static void test_prog_arrays_have_an_owner(void **state)
{
	int first = load(state, request(constant, "")), other, array;
	union bpf_attr attr = request(constant, "");
	uint32_t key = 0;

	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	other = load(state, attr);
	assert_true(first >= 0 && other >= 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_PROG_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 2;
	array = alv_bpf(*state, BPF_MAP_CREATE, &attr, sizeof(attr));
	assert_true(array >= 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)array;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&first;
	assert_int_equal(alv_bpf(*state, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), 0);
	attr.value = (uintptr_t)&other;
	assert_int_equal(alv_bpf(*state, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), -EINVAL);
	close(array);
	close(other);
	close(first);
}

static void test_programs_have_ids(void **state)
{
	int fd = load(state, request(constant, "")), again;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	assert_int_equal(alv_bpf(*state, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)), 0);
	attr.prog_id = attr.next_id;
	attr.next_id = 0;
	again = alv_bpf(*state, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_true(again >= 0);
	close(again);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant_is_loaded),
		cmocka_unit_test(test_unsafe_and_unknown_are_refused),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_log_says_why),
		cmocka_unit_test(test_maps_belong_to_programs),
		cmocka_unit_test(test_prog_arrays_have_an_owner),
		cmocka_unit_test(test_programs_have_ids),
	};

	return cmocka_run_group_tests(tests, make_host, free_host);
}

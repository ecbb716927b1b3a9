/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that returns a constant, which libraries load to ask about a kernel. */
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
static const struct bpf_insn other[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
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

static void test_other_programs_are_refused(void **state)
{
	union bpf_attr attr = request(constant, "");

	assert_int_equal(load(state, request(other, "")), -EINVAL);
	attr.prog_type = BPF_PROG_TYPE_XDP;
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
		cmocka_unit_test(test_other_programs_are_refused),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_programs_have_ids),
	};

	return cmocka_run_group_tests(tests, make_host, free_host);
}

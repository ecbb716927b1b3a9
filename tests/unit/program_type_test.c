/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of program types: consistent in themselves, and right for older kernels
 * and fewer capabilities. What they say for 6.18 is compared in tests/program.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <alveary/alveary.h>
#include <cmocka.h>

#include "abi/uapi.h"
#include "program/type.h"

#define TYPES 40

static struct alv_prog_traits traits_for(u32 type, enum alv_kernel kernel, u64 caps)
{
	struct alv_prog_traits traits = {
		.type = alv_prog_type(kernel, type),
		.kernel = kernel,
		.authority.caps = caps,
	};

	assert_non_null(traits.type);
	assert_int_equal(alv_prog_type_attach(traits.type, kernel,
					      &traits.expected_attach_type), 0);
	return traits;
}

static void check_field(const struct alv_prog_type *type, const struct alv_ctx_field *field)
{
	assert_non_null(field->name);
	assert_in_range(field->width, 0, ALV_CTX_FREE);
	assert_true(field->unit && field->size >= field->unit);
	assert_true(field->offset < type->ctx_size);
	assert_true(field->access & (ALV_CTX_READ | ALV_CTX_WRITE));
	/* A pointer can't be replaced by a program. */
	if (field->type.base != ALV_REG_SCALAR) {
		assert_int_equal(field->access, ALV_CTX_READ);
		assert_int_equal(field->width, ALV_CTX_EXACT);
	}
}

static void types_are_consistent(void **state)
{
	for (u32 number = 0; number < TYPES; number++) {
		const struct alv_prog_type *type = alv_prog_type(V6_18, number);

		if (!type)
			continue;
		assert_int_equal(type->type, number);
		assert_non_null(type->name);
		assert_non_null(type->helper);
		for (size_t i = 0; i < type->n_fields; i++)
			check_field(type, &type->fields[i]);
		if (type->writes_packet)
			assert_true(type->reads_packet);
	}
}

static void answers_stay_within_contexts(void **state)
{
	for (u32 number = 0; number < TYPES; number++) {
		struct alv_prog_traits traits = {
			.type = alv_prog_type(V6_18, number),
			.kernel = V6_18,
			.authority.caps = ALV_CAP_ALL,
		};
		struct alv_ctx_access access;

		if (!traits.type)
			continue;
		for (u8 size = 1; size <= 8; size *= 2) {
			s32 end = alv_round_up(traits.type->ctx_size, 8);

			assert_int_equal(alv_ctx_access(&traits, -size, size, false, false,
							&access), -EACCES);
			assert_int_equal(alv_ctx_access(&traits, INT32_MIN, size, false, false,
							&access), -EACCES);
			assert_int_equal(alv_ctx_access(&traits, INT32_MAX - 7, size, true,
							false, &access), -EACCES);
			assert_int_equal(alv_ctx_access(&traits, end, size, false, false,
							&access), -EACCES);
		}
	}
}

static void older_kernels_have_less(void **state)
{
	struct alv_prog_traits old = traits_for(BPF_PROG_TYPE_SCHED_CLS, V5_4, ALV_CAP_ALL);
	struct alv_prog_traits new = traits_for(BPF_PROG_TYPE_SCHED_CLS, V6_18, ALV_CAP_ALL);
	s32 hwtstamp = offsetof(struct __sk_buff, hwtstamp);
	u32 unix_connect = ALV_BPF_CGROUP_UNIX_CONNECT;
	struct alv_ctx_access access;

	assert_null(alv_prog_type(V5_4, BPF_PROG_TYPE_SYSCALL));
	assert_non_null(alv_prog_type(V5_15, BPF_PROG_TYPE_SYSCALL));
	assert_null(old.type->helper(&old, ALV_FN_ringbuf_output));
	assert_non_null(new.type->helper(&new, ALV_FN_ringbuf_output));
	assert_int_equal(alv_ctx_access(&old, hwtstamp, 8, false, false, &access), -EACCES);
	assert_int_equal(alv_ctx_access(&new, hwtstamp, 8, false, false, &access), 0);
	assert_int_equal(alv_prog_type_attach(
		alv_prog_type(V6_6, BPF_PROG_TYPE_CGROUP_SOCK_ADDR), V6_6, &unix_connect),
		-EINVAL);
}

static void capabilities_decide(void **state)
{
	struct alv_prog_traits none = traits_for(BPF_PROG_TYPE_CGROUP_SKB, V6_18, 0);
	struct alv_prog_traits bpf = traits_for(BPF_PROG_TYPE_CGROUP_SKB, V6_18, ALV_CAP_BPF);
	s32 data = offsetof(struct __sk_buff, data);
	s32 tstamp = offsetof(struct __sk_buff, tstamp);
	struct alv_ctx_access access;

	assert_int_equal(alv_ctx_access(&none, data, 4, false, false, &access), -EACCES);
	assert_int_equal(alv_ctx_access(&bpf, data, 4, false, false, &access), 0);
	assert_int_equal(access.type.base, ALV_REG_PACKET);
	assert_int_equal(alv_ctx_access(&none, tstamp, 8, false, false, &access), 0);
	assert_int_equal(alv_ctx_access(&none, tstamp, 8, true, false, &access), -EACCES);
	assert_int_equal(alv_ctx_access(&bpf, tstamp, 8, true, false, &access), 0);

	assert_non_null(none.type->helper(&none, ALV_FN_map_lookup_elem));
	assert_null(none.type->helper(&none, ALV_FN_spin_lock));
	assert_non_null(bpf.type->helper(&bpf, ALV_FN_spin_lock));
	assert_null(bpf.type->helper(&bpf, ALV_FN_probe_read_kernel));
	assert_null(bpf.type->helper(&bpf, ALV_FN_skc_to_tcp_sock));
}

static void prototypes_vary_with_types(void **state)
{
	struct alv_prog_traits tc = traits_for(BPF_PROG_TYPE_SCHED_CLS, V6_18, ALV_CAP_ALL);
	struct alv_prog_traits sock = traits_for(BPF_PROG_TYPE_CGROUP_SOCK, V6_18,
						 ALV_CAP_ALL);
	struct alv_prog_traits probe = traits_for(BPF_PROG_TYPE_KPROBE, V6_18, ALV_CAP_ALL);

	assert_int_equal(tc.type->helper(&tc, ALV_FN_get_cgroup_classid)->args[0].base,
			 ALV_ARG_CTX);
	assert_int_equal(sock.type->helper(&sock, ALV_FN_get_cgroup_classid)->args[0].base,
			 ALV_ARG_NONE);
	assert_int_equal(tc.type->helper(&tc, ALV_FN_sk_storage_get)->args[1].base,
			 ALV_ARG_BTF_SOCK_COMMON);
	assert_int_equal(sock.type->helper(&sock, ALV_FN_sk_storage_get)->args[1].base,
			 ALV_ARG_CTX);
	assert_false(probe.type->helper(&probe, ALV_FN_get_stack)->flags & ALV_HELPER_SLEEPS);
	probe.sleepable = true;
	assert_true(probe.type->helper(&probe, ALV_FN_get_stack)->flags & ALV_HELPER_SLEEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_consistent),
		cmocka_unit_test(answers_stay_within_contexts),
		cmocka_unit_test(older_kernels_have_less),
		cmocka_unit_test(capabilities_decide),
		cmocka_unit_test(prototypes_vary_with_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

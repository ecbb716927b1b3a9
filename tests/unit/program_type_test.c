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

static struct alv_prog_traits traits_of(u32 type, enum alv_kernel kernel, u64 caps)
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

static int ask(const struct alv_prog_traits *traits, s32 offset, u8 size, bool write)
{
	struct alv_ctx_access access;

	return alv_ctx_access(traits, offset, size, write, false, &access);
}

static const struct alv_helper *proto(const struct alv_prog_traits *traits, u32 id)
{
	return traits->type->helper(traits, id);
}

static void check_field(const struct alv_prog_type *type,
			const struct alv_ctx_field *field)
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

#define traits_for(TYPE, KERNEL, CAPS) traits_of(BPF_PROG_TYPE_##TYPE, KERNEL, CAPS)

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

		if (!traits.type)
			continue;
		for (u8 size = 1; size <= 8; size *= 2) {
			s32 end = alv_round_up(traits.type->ctx_size, 8);

			assert_int_equal(ask(&traits, -size, size, false), -EACCES);
			assert_int_equal(ask(&traits, INT32_MIN, size, false), -EACCES);
			assert_int_equal(ask(&traits, INT32_MAX - 7, size, 1), -EACCES);
			assert_int_equal(ask(&traits, end, size, false), -EACCES);
		}
	}
}

static void older_kernels_have_less(void **state)
{
	struct alv_prog_traits old = traits_for(SCHED_CLS, V5_4, ALV_CAP_ALL);
	struct alv_prog_traits new = traits_for(SCHED_CLS, V6_18, ALV_CAP_ALL);
	s32 hwtstamp = offsetof(struct __sk_buff, hwtstamp);
	u32 unix_connect = ALV_BPF_CGROUP_UNIX_CONNECT;

	assert_null(alv_prog_type(V5_4, BPF_PROG_TYPE_SYSCALL));
	assert_non_null(alv_prog_type(V5_15, BPF_PROG_TYPE_SYSCALL));
	assert_null(proto(&old, ALV_FN_ringbuf_output));
	assert_non_null(proto(&new, ALV_FN_ringbuf_output));
	assert_int_equal(ask(&old, hwtstamp, 8, false), -EACCES);
	assert_int_equal(ask(&new, hwtstamp, 8, false), 0);
	assert_int_equal(alv_prog_type_attach(
		alv_prog_type(V6_6, BPF_PROG_TYPE_CGROUP_SOCK_ADDR), V6_6, &unix_connect),
		-EINVAL);
}

static void capabilities_decide(void **state)
{
	struct alv_prog_traits none = traits_for(CGROUP_SKB, V6_18, 0);
	struct alv_prog_traits bpf = traits_for(CGROUP_SKB, V6_18, ALV_CAP_BPF);
	s32 data = offsetof(struct __sk_buff, data);
	s32 tstamp = offsetof(struct __sk_buff, tstamp);

	assert_int_equal(ask(&none, data, 4, false), -EACCES);
	assert_int_equal(ask(&bpf, data, 4, false), 0);
	assert_int_equal(ask(&none, tstamp, 8, false), 0);
	assert_int_equal(ask(&none, tstamp, 8, true), -EACCES);
	assert_int_equal(ask(&bpf, tstamp, 8, true), 0);

	assert_non_null(proto(&none, ALV_FN_map_lookup_elem));
	assert_null(proto(&none, ALV_FN_spin_lock));
	assert_non_null(proto(&bpf, ALV_FN_spin_lock));
	assert_null(proto(&bpf, ALV_FN_probe_read_kernel));
	assert_null(proto(&bpf, ALV_FN_skc_to_tcp_sock));
}

static void loaders_need_capabilities(void **state)
{
	static const struct {
		u32 type;
		u64 caps;
		bool unprivileged;
		int answer;
	} cases[] = {
		{ BPF_PROG_TYPE_SOCKET_FILTER, 0, false, -EPERM },
		{ BPF_PROG_TYPE_SOCKET_FILTER, 0, true, 0 },
		{ BPF_PROG_TYPE_CGROUP_SKB, ALV_CAP_BPF, false, 0 },
		{ BPF_PROG_TYPE_SYSCALL, 0, true, -EPERM },
		{ BPF_PROG_TYPE_SYSCALL, ALV_CAP_BPF, false, 0 },
		{ BPF_PROG_TYPE_XDP, ALV_CAP_BPF, true, -EPERM },
		{ BPF_PROG_TYPE_XDP, ALV_CAP_NET_ADMIN, true, -EPERM },
		{ BPF_PROG_TYPE_XDP, ALV_CAP_BPF | ALV_CAP_NET_ADMIN, false, 0 },
		{ BPF_PROG_TYPE_KPROBE, ALV_CAP_BPF | ALV_CAP_NET_ADMIN, false, -EPERM },
		{ BPF_PROG_TYPE_KPROBE, ALV_CAP_BPF | ALV_CAP_PERFMON, false, 0 },
		{ BPF_PROG_TYPE_KPROBE, ALV_CAP_SYS_ADMIN, false, 0 },
	};

	for (size_t i = 0; i < ALV_COUNT(cases); i++) {
		struct alv_authority authority = { cases[i].caps, cases[i].unprivileged };

		const struct alv_prog_type *type = alv_prog_type(V6_18, cases[i].type);

		assert_int_equal(alv_prog_type_may_load(type, &authority), cases[i].answer);
	}
}

static void prototypes_vary_with_types(void **state)
{
	struct alv_prog_traits tc = traits_for(SCHED_CLS, V6_18, ALV_CAP_ALL);
	struct alv_prog_traits sock = traits_for(CGROUP_SOCK, V6_18,
						 ALV_CAP_ALL);
	struct alv_prog_traits probe = traits_for(KPROBE, V6_18, ALV_CAP_ALL);

	assert_int_equal(proto(&tc, ALV_FN_get_cgroup_classid)->args[0].base,
			 ALV_ARG_CTX);
	assert_int_equal(proto(&sock, ALV_FN_get_cgroup_classid)->args[0].base,
			 ALV_ARG_NONE);
	assert_int_equal(proto(&tc, ALV_FN_sk_storage_get)->args[1].base,
			 ALV_ARG_BTF_SOCK_COMMON);
	assert_int_equal(proto(&sock, ALV_FN_sk_storage_get)->args[1].base,
			 ALV_ARG_CTX);
	assert_false(proto(&probe, ALV_FN_get_stack)->flags & ALV_HELPER_SLEEPS);
	probe.sleepable = true;
	assert_true(proto(&probe, ALV_FN_get_stack)->flags & ALV_HELPER_SLEEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_consistent),
		cmocka_unit_test(answers_stay_within_contexts),
		cmocka_unit_test(older_kernels_have_less),
		cmocka_unit_test(capabilities_decide),
		cmocka_unit_test(loaders_need_capabilities),
		cmocka_unit_test(prototypes_vary_with_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

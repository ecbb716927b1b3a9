/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of the kernel: who may call them, and what those that are served do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/uapi.h"
#include "helper/kfunc.h"

static u64 call(const char *name, u64 r1, u64 r2, u64 r3)
{
	const struct alv_kfunc *kfunc = alv_kfunc_by_name(V6_18, name);

	assert_non_null(kfunc);
	assert_non_null(kfunc->call);
	return kfunc->call(NULL, r1, r2, r3, 0, 0);
}

static u64 begin(u64 *it, s32 start, s32 end)
{
	return call("bpf_iter_num_new", (u64)(uintptr_t)it, (u64)(s64)start, (u64)(s64)end);
}

static const s32 *next(u64 *it)
{
	return (const s32 *)(uintptr_t)call("bpf_iter_num_next", (u64)(uintptr_t)it, 0, 0);
}

static void expect_numbers(s32 start, s32 end)
{
	u64 it = ~0ull;

	assert_int_equal(begin(&it, start, end), 0);
	for (s64 i = start; i < end; i++) {
		const s32 *number = next(&it);

		assert_non_null(number);
		assert_int_equal(*number, (s32)i);
	}
	/* Nothing comes after the last one, ever. */
	assert_null(next(&it));
	assert_null(next(&it));
	call("bpf_iter_num_destroy", (u64)(uintptr_t)&it, 0, 0);
	assert_int_equal(it, 0);
}

static void test_numbers(void **state)
{
	expect_numbers(0, 3);
	expect_numbers(-2, 2);
	expect_numbers(7, 7);
	expect_numbers(INT32_MIN, INT32_MIN + 3);
	expect_numbers(INT32_MAX - 3, INT32_MAX);
}

static void test_bad_numbers(void **state)
{
	u64 it = ~0ull;

	assert_int_equal((s64)begin(&it, 1, 0), -EINVAL);
	assert_null(next(&it));
	assert_int_equal((s64)begin(&it, 0, 8 * 1024 * 1024 + 1), -E2BIG);
	assert_null(next(&it));
	assert_int_equal((s64)begin(&it, INT32_MIN, INT32_MAX), -E2BIG);
	assert_null(next(&it));
}

static void test_cast_is_its_argument(void **state)
{
	assert_int_equal(call("bpf_rdonly_cast", 4096, 1, 0), 4096);
}

static void test_since(void **state)
{
	assert_null(alv_kfunc_by_name(V6_3, "bpf_iter_num_new"));
	assert_non_null(alv_kfunc_by_name(V6_4, "bpf_iter_num_new"));
	assert_null(alv_kfunc_by_name(V6_18, "schedule"));
}

static void test_users(void **state)
{
	const struct alv_kfunc *skb = alv_kfunc_by_name(V6_18, "bpf_dynptr_from_skb");
	const struct alv_kfunc *all = alv_kfunc_by_name(V6_18, "bpf_rcu_read_lock");
	const struct alv_kfunc *task = alv_kfunc_by_name(V6_18, "bpf_task_acquire");

	assert_true(alv_kfunc_is_for(skb, BPF_PROG_TYPE_SCHED_CLS));
	assert_false(alv_kfunc_is_for(skb, BPF_PROG_TYPE_XDP));
	assert_true(alv_kfunc_is_for(all, BPF_PROG_TYPE_SK_LOOKUP));
	assert_true(alv_kfunc_is_for(task, BPF_PROG_TYPE_SYSCALL));
	assert_false(alv_kfunc_is_for(task, BPF_PROG_TYPE_RAW_TRACEPOINT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_cast_is_its_argument),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

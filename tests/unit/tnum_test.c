/* SPDX-License-Identifier: BSD-2-Clause */
/* Tnums of 64 bits: the edges that few bits have not, and how reports print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "domain/tnum.h"

static void assert_tnum(struct alv_tnum t, u64 value, u64 mask)
{
	assert_int_equal(t.value, value);
	assert_int_equal(t.mask, mask);
}

static void test_range(void **state)
{
	assert_tnum(alv_tnum_range(0, ~0ull), 0, ~0ull);
	assert_tnum(alv_tnum_range(0, 1ull << 63), 0, ~0ull);
	assert_tnum(alv_tnum_range(1ull << 63, ~0ull), 1ull << 63, ~0ull >> 1);
	assert_tnum(alv_tnum_range(7, 7), 7, 0);
	assert_tnum(alv_tnum_range(4, 6), 4, 3);
}

static void test_cast(void **state)
{
	struct alv_tnum t = { .value = 0x1122334455667788, .mask = 0x8888888800000000 };

	assert_tnum(alv_tnum_cast(t, 8), t.value, t.mask);
	assert_tnum(alv_tnum_cast(t, 4), 0x55667788, 0);
	assert_tnum(alv_tnum_cast(t, 1), 0x88, 0);
	assert_tnum(alv_tnum_clear_subreg(t), 0x1122334400000000, t.mask);
}

static void test_swap(void **state)
{
	struct alv_tnum t = { .value = 0x1122334455667788, .mask = 0x8800000000000000 };

	assert_tnum(alv_tnum_swap(t, 64), 0x8877665544332211, 0x88);
	assert_tnum(alv_tnum_swap(t, 32), 0x88776655, 0);
	assert_tnum(alv_tnum_swap(t, 16), 0x8877, 0);
}

static void test_next(void **state)
{
	struct alv_tnum even = { .value = 0, .mask = ~1ull };

	assert_int_equal(alv_tnum_next(even, 0), 2);
	assert_int_equal(alv_tnum_next(even, 3), 4);
	assert_int_equal(alv_tnum_next(even, ~0ull - 3), ~0ull - 1);
	assert_int_equal(alv_tnum_next(even, ~0ull), ~0ull - 1);
	assert_int_equal(alv_tnum_next(alv_tnum_const(5), 0), 5);
	assert_int_equal(alv_tnum_next(alv_tnum_const(5), 5), 5);
}

static void assert_prints(struct alv_tnum t, const char *expected)
{
	char text[64];

	alv_tnum_print(text, sizeof(text), t);
	assert_string_equal(text, expected);
}

static void test_print(void **state)
{
	assert_prints(ALV_TNUM_UNKNOWN, "(0x0; 0xffffffffffffffff)");
	assert_prints(alv_tnum_range(0x100, 0x1ff), "(0x100; 0xff)");
	assert_prints(alv_tnum_const(0xffff), "65535");
	assert_prints(alv_tnum_const(0x10000), "0x10000");
	assert_prints(alv_tnum_const(~0ull), "0xffffffffffffffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range), cmocka_unit_test(test_cast),
		cmocka_unit_test(test_swap),  cmocka_unit_test(test_next),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

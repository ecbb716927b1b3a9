/* SPDX-License-Identifier: BSD-2-Clause */
/* Scalars: what reports say of them after single operations. Words as of Linux 6.18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "domain/scalar.h"
#include "isa/insn.h"

static void assert_prints(const struct alv_scalar *s, const char *expected)
{
	char text[256];
	int length = alv_scalar_print(text, sizeof(text), s);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
	/* Cut where there is no room, the length told all the same. */
	assert_int_equal(alv_scalar_print(text, 8, s), length);
	assert_true(strlen(text) <= 7);
	assert_int_equal(alv_scalar_print(NULL, 0, s), length);
}

static struct alv_scalar byte(void)
{
	struct alv_scalar s = alv_scalar_unknown();
	struct alv_scalar mask = alv_scalar_const(255);

	alv_scalar_alu(&s, &mask, BPF_AND, true);
	return s;
}

static struct alv_scalar byte_after(u8 op, u64 operand, bool wide)
{
	struct alv_scalar s = byte();
	struct alv_scalar other = alv_scalar_const(operand);

	alv_scalar_alu(&s, &other, op, wide);
	return s;
}

static void test_print(void **state)
{
	struct alv_scalar s = alv_scalar_unknown();

	assert_prints(&s, "");
	s = alv_scalar_const(5);
	assert_prints(&s, "5");
	s = alv_scalar_const((u64)-256);
	assert_prints(&s, "-256");
	s = alv_scalar_const(0x8000);
	assert_prints(&s, "0x8000");
	s = byte();
	assert_prints(&s,
		      "smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)");
}

static void test_alu(void **state)
{
	static const struct {
		u8 op;
		u64 operand;
		bool wide;
		const char *text;
	} cases[] = {
		{ BPF_DIV, 3, true, "" },
		{ BPF_MOD, 3, true, "" },
		{ BPF_NEG, 0, true, "smin=smin32=-255,smax=smax32=0" },
		{ BPF_NEG, 0, false,
		  "smin=0,smax=umax=0xffffffff,smin32=-255,smax32=0,var_off=(0x0; "
		  "0xffffffff)" },
		{ BPF_MUL, (u64)-3, true, "smin=smin32=-765,smax=smax32=0" },
		{ BPF_MUL, (u64)-3, false,
		  "smin=0,smax=umax=0xffffffff,smin32=-765,smax32=0,var_off=(0x0; "
		  "0xffffffff)" },
		{ BPF_ADD, (u64)-256, true,
		  "smin=smin32=-256,smax=smax32=-1,umin=0xffffffffffffff00,"
		  "umin32=0xffffff00,var_off=(0xffffffffffffff00; 0xff)" },
		{ BPF_ADD, 44, true,
		  "smin=umin=smin32=umin32=44,smax=umax=smax32=umax32=299,"
		  "var_off=(0x0; 0x1ff)" },
		{ BPF_SUB, 300, true,
		  "smin=smin32=-300,smax=smax32=-45,umin=0xfffffffffffffed4,"
		  "umax=0xffffffffffffffd3,umin32=0xfffffed4,umax32=0xffffffd3,"
		  "var_off=(0xfffffffffffffe00; 0x1ff)" },
		{ BPF_LSH, 64, true, "" },
	};
	size_t i;

	for (i = 0; i < ALV_COUNT(cases); i++) {
		struct alv_scalar s =
			byte_after(cases[i].op, cases[i].operand, cases[i].wide);

		assert_prints(&s, cases[i].text);
	}
}

static void test_swap(void **state)
{
	struct alv_scalar s = byte();

	alv_scalar_swap(&s, 16, true);
	assert_prints(
		&s, "smin=smin32=0,smax=umax=smax32=umax32=0xff00,var_off=(0x0; 0xff00)");
	s = byte();
	alv_scalar_swap(&s, 16, false);
	assert_prints(&s,
		      "smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)");
}

/* A register compared with itself: "if r6 > r6". */
static void test_self_comparison(void **state)
{
	struct alv_scalar s = alv_scalar_unknown();
	struct alv_scalar mask = alv_scalar_const(0xff0);

	alv_scalar_alu(&s, &mask, BPF_AND, true);
	assert_int_equal(alv_scalar_branch_taken(&s, &s, BPF_JGT, true), -1);
	alv_scalar_refine(&s, &s, BPF_JGT, true, true);
	assert_prints(&s, "smin=umin=smin32=umin32=1,smax=umax=smax32=umax32=4079,"
			  "var_off=(0x0; 0xff0)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_alu),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_self_comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void test_flaw(void **state)
{
	struct alv_scalar s = alv_scalar_unknown();

	assert_null(alv_scalar_flaw(&s));
	s.s32_min = 1;
	s.s32_max = 0;
	assert_string_equal(alv_scalar_flaw(&s), "range bounds violation");
	s = alv_scalar_const(7);
	assert_null(alv_scalar_flaw(&s));
	s.umax = 8;
	assert_string_equal(alv_scalar_flaw(&s),
			    "const tnum out of sync with range bounds");
	s = alv_scalar_unknown();
	alv_scalar_set32(&s, (u32)-1);
	assert_null(alv_scalar_flaw(&s));
	s.u32_min = 0;
	assert_string_equal(alv_scalar_flaw(&s),
			    "const subreg tnum out of sync with range bounds");
	alv_scalar_forget_ranges(&s);
	assert_prints(&s, "var_off=(0xffffffff; 0xffffffff00000000)");
}

/* The first is of a kernel's report. */
static void test_parts(void **state)
{
	struct alv_scalar s = alv_scalar_const(0);
	char text[256];

	s.u32_min = 0x81001;
	alv_scalar_print_parts(text, sizeof(text), &s);
	assert_string_equal(text, "u64=[0x0, 0x0] s64=[0x0, 0x0] u32=[0x81001, 0x0] "
				  "s32=[0x0, 0x0] var_off=(0x0, 0x0)");
	s = alv_scalar_const((u64)-2);
	alv_scalar_print_parts(text, sizeof(text), &s);
	assert_string_equal(text, "u64=[0xfffffffffffffffe, 0xfffffffffffffffe] "
				  "s64=[0xfffffffffffffffe, 0xfffffffffffffffe] "
				  "u32=[0xfffffffe, 0xfffffffe] "
				  "s32=[0xfffffffe, 0xfffffffe] "
				  "var_off=(0xfffffffffffffffe, 0x0)");
}

static void test_within(void **state)
{
	struct alv_scalar anything = alv_scalar_unknown();
	struct alv_scalar small = byte();
	struct alv_scalar number = alv_scalar_const(256);

	assert_true(alv_scalar_within(&anything, &small));
	assert_false(alv_scalar_within(&small, &anything));
	assert_true(alv_scalar_within(&small, &small));
	assert_false(alv_scalar_within(&small, &number));
	/* In the ranges, but not of the bits. */
	number = alv_scalar_const(3);
	small.bits.mask &= ~1ull;
	assert_false(alv_scalar_within(&small, &number));
}

/* What is left of a number when its sign is shifted all the way down. */
static void test_splits(void **state)
{
	struct alv_scalar s = alv_scalar_unknown();
	struct alv_scalar amount = alv_scalar_const(63);
	struct alv_scalar zero, ones;

	assert_false(alv_scalar_splits(&s, &zero, &ones));
	alv_scalar_alu(&s, &amount, BPF_ARSH, true);
	assert_true(alv_scalar_splits(&s, &zero, &ones));
	assert_prints(&zero, "0");
	assert_prints(&ones, "-1");

	s = alv_scalar_unknown();
	amount = alv_scalar_const(31);
	alv_scalar_alu(&s, &amount, BPF_ARSH, false);
	assert_true(alv_scalar_splits(&s, &zero, &ones));
	assert_prints(&zero, "0");
	assert_prints(&ones, "0xffffffff");
}

static void test_extend(void **state)
{
	struct alv_scalar s = alv_scalar_unknown();

	alv_scalar_sext(&s, 1, true);
	assert_prints(&s, "smin=smin32=-128,smax=smax32=127");
	s = alv_scalar_unknown();
	alv_scalar_zext(&s, 2);
	assert_prints(&s, "smin=smin32=0,smax=umax=smax32=umax32=0xffff,"
			  "var_off=(0x0; 0xffff)");
	s = alv_scalar_const(0x80);
	alv_scalar_sext(&s, 1, false);
	assert_prints(&s, "0xffffff80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),  cmocka_unit_test(test_alu),
		cmocka_unit_test(test_swap),   cmocka_unit_test(test_self_comparison),
		cmocka_unit_test(test_flaw),   cmocka_unit_test(test_parts),
		cmocka_unit_test(test_within), cmocka_unit_test(test_splits),
		cmocka_unit_test(test_extend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of helpers: complete, and each row in itself consistent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "helper/helper.h"

#define LAST_ID 211

static void every_id_has_a_row(void **state)
{
	assert_int_equal(alv_helper_count(), LAST_ID + 1);
	assert_null(alv_helper_by_id(0));
	assert_null(alv_helper_by_id(LAST_ID + 1));
	assert_null(alv_helper_by_id(UINT32_MAX));
	for (u32 id = 1; id <= LAST_ID; id++) {
		assert_non_null(alv_helper_by_id(id));
		assert_int_equal(alv_helper_by_id(id)->id, id);
	}
}

static void names_are_the_uapis(void **state)
{
#define NAME(name) #name
	static const char *const names[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME

	for (u32 id = 1; id < ALV_COUNT(names); id++)
		assert_string_equal(alv_helper_by_id(id)->name, names[id]);
}

static void ids_grow_with_versions(void **state)
{
	for (u32 id = 2; id <= LAST_ID; id++)
		assert_true(alv_helper_by_id(id)->since >=
			    alv_helper_by_id(id - 1)->since);
}

static bool is_size(const struct alv_arg *arg)
{
	return arg->base == ALV_ARG_SIZE || arg->base == ALV_ARG_SIZE_OR_ZERO;
}

static void check_arg(const struct alv_helper *helper, size_t i)
{
	const struct alv_arg *arg = &helper->args[i];
	bool fixed = arg->flags & ALV_FIXED_SIZE;

	assert_in_range(arg->base, 0, ALV_N_ARG_BASES - 1);
	if (arg->base == ALV_ARG_MEM)
		assert_true(fixed || (i < ALV_HELPER_ARGS - 1 && is_size(arg + 1)));
	if (is_size(arg))
		assert_true(i && arg[-1].base == ALV_ARG_MEM);
	assert_int_equal(fixed, arg->size != 0);
	/* Memory that a call fills it writes; what it only reads it does not. */
	if (arg->flags & ALV_UNINIT)
		assert_true(arg->flags & ALV_WRITES);
	assert_false((arg->flags & ALV_RDONLY) && (arg->flags & ALV_WRITES));
	if (arg->btf_type)
		assert_int_equal(arg->base, ALV_ARG_BTF_ID);
	if (i && arg->base != ALV_ARG_NONE)
		assert_int_not_equal(arg[-1].base, ALV_ARG_NONE);
}

static void check_row(const struct alv_helper *helper)
{
	int released = 0;

	for (size_t i = 0; i < ALV_HELPER_ARGS; i++) {
		check_arg(helper, i);
		released += helper->args[i].flags & ALV_RELEASES ? 1 : 0;
	}
	assert_true(released <= 1);
	assert_in_range(helper->ret, 0, ALV_N_RET_BASES - 1);
	if (helper->flags & ALV_HELPER_ACQUIRES)
		assert_true(helper->ret_flags & ALV_MAYBE_NULL);
	if (helper->ret_btf_type)
		assert_int_equal(helper->ret, ALV_RET_BTF_ID);
}

static void rows_are_consistent(void **state)
{
	for (u32 id = 1; id <= LAST_ID; id++)
		check_row(alv_helper_by_id(id));
}

static void variants_are_of_their_helper(void **state)
{
	for (u32 i = 0; i < ALV_N_HELPER_VARIANTS; i++) {
		const struct alv_helper *variant = alv_helper_variant(i);
		const struct alv_helper *helper = alv_helper_by_id(variant->id);

		check_row(variant);
		assert_string_equal(variant->name, helper->name);
		assert_true(variant->since >= helper->since);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_id_has_a_row),
		cmocka_unit_test(names_are_the_uapis),
		cmocka_unit_test(ids_grow_with_versions),
		cmocka_unit_test(rows_are_consistent),
		cmocka_unit_test(variants_are_of_their_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

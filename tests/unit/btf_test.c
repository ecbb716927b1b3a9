/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsed BTF: looking at it, and what is refused that the generator does not make. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../btf/builder.h"
#include "btf/btf.h"

static int parse(struct builder *builder, const struct alv_btf_rules *rules,
		 struct alv_btf **btf)
{
	struct alv_buf raw;

	builder_finish(builder, &raw);
	return alv_btf_parse(&raw, rules, NULL, btf);
}

static const struct alv_btf_rules user_rules = { .version = V6_18 };
static const struct alv_btf_rules kernel_rules = { .version = V6_18, .kernel = true };

/* 1 u32, 2 struct s { u32 a; u32 b[3]; }, 3 u32[3], 4 const s, 5 typedef s_t, 6 *s_t */
static struct alv_btf *make_sample(const struct alv_btf_rules *rules)
{
	struct alv_btf *btf = NULL;
	struct builder b;

	builder_init(&b);
	builder_int(&b, "u32", 32);
	builder_type(&b, BTF_KIND_STRUCT, "s", 2, 16);
	builder_member(&b, "a", 1, 0);
	builder_member(&b, "b", 3, 4);
	builder_type(&b, BTF_KIND_ARRAY, NULL, 0, 0);
	builder_word(&b, 1);
	builder_word(&b, 1);
	builder_word(&b, 3);
	builder_type(&b, BTF_KIND_CONST, NULL, 0, 2);
	builder_type(&b, BTF_KIND_TYPEDEF, "s_t", 0, 4);
	builder_type(&b, BTF_KIND_PTR, NULL, 0, 5);
	assert_int_equal(parse(&b, rules, &btf), 0);
	return btf;
}

static void check_sample(const struct alv_btf *btf)
{
	const struct btf_type *type;
	u32 id = 5, size;

	assert_int_equal(alv_btf_end(btf), 7);
	assert_null(alv_btf_type(btf, 7));
	assert_int_equal(alv_btf_kind(alv_btf_type(btf, 0)), 0);
	type = alv_btf_sized(btf, &id, &size);
	assert_int_equal(id, 2);
	assert_int_equal(size, 16);
	assert_string_equal(alv_btf_name(btf, type), "s");
	id = 3;
	assert_non_null(alv_btf_sized(btf, &id, &size));
	assert_int_equal(size, 12);
	id = 6;
	assert_non_null(alv_btf_sized(btf, &id, &size));
	assert_int_equal(size, 8);
	id = 0;
	assert_null(alv_btf_sized(btf, &id, &size));
	assert_int_equal(alv_btf_find(btf, "s", BTF_KIND_STRUCT, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(alv_btf_find(btf, "s", BTF_KIND_UNION, &id), -ENOENT);
	assert_int_equal(alv_btf_find(btf, "s_t", BTF_KIND_TYPEDEF, &id), 0);
	assert_string_equal(alv_btf_name(btf, alv_btf_skip_modifiers(btf, 5, &id)), "s");
	assert_string_equal(alv_btf_name(btf, alv_btf_type(btf, 3)), "(anon)");
	assert_int_equal(alv_btf_members(alv_btf_type(btf, 2))[1].offset, 32);
}

static void test_looking_at_types(void **state)
{
	struct alv_btf *user = make_sample(&user_rules),
		       *kernel = make_sample(&kernel_rules);

	check_sample(user);
	check_sample(kernel);
	alv_btf_free(user);
	alv_btf_free(kernel);
}

static void test_split_btf_goes_on_from_its_base(void **state)
{
	struct alv_btf *base = make_sample(&kernel_rules), *split = NULL;
	const struct alv_btf_rules rules = {
		.version = V6_18, .kernel = true, .base = base};
	struct builder b;
	struct alv_buf raw;
	u32 id, size;

	builder_init(&b);
	b.strings_size = 0;
	/* Its own names begin where the base's end; here they are all of the base. */
	builder_word(&b, alv_btf_type(base, 2)->name_off);
	builder_word(&b, BTF_KIND_TYPEDEF << 24);
	builder_word(&b, 2);
	builder_finish(&b, &raw);
	assert_int_equal(alv_btf_parse(&raw, &rules, NULL, &split), 0);
	assert_int_equal(alv_btf_end(split), 8);
	assert_int_equal(alv_btf_find(split, "s", BTF_KIND_TYPEDEF, &id), 0);
	assert_int_equal(id, 7);
	assert_int_equal(alv_btf_find(split, "s", BTF_KIND_STRUCT, &id), 0);
	assert_int_equal(id, 2);
	id = 7;
	assert_non_null(alv_btf_sized(split, &id, &size));
	assert_int_equal(size, 16);
	alv_btf_free(split);
	alv_btf_free(base);
}

/* Chains of kernel BTF may be broken; nothing that follows them hangs. */
static void test_broken_kernel_btf_is_bounded(void **state)
{
	struct alv_btf *btf = NULL;
	struct builder b;
	u32 id, size;

	builder_init(&b);
	builder_type(&b, BTF_KIND_ARRAY, NULL, 0, 0);
	builder_word(&b, 1);
	builder_word(&b, 1);
	builder_word(&b, 1);
	builder_type(&b, BTF_KIND_PTR, NULL, 0, 77);
	builder_type(&b, BTF_KIND_VAR, "v", 0, 99);
	builder_word(&b, 0);
	assert_int_equal(parse(&b, &kernel_rules, &btf), 0);
	id = 1;
	assert_null(alv_btf_sized(btf, &id, &size));
	id = 3;
	assert_null(alv_btf_sized(btf, &id, &size));
	alv_btf_free(btf);
	/* A cycle of modifiers is found when it is loaded. */
	builder_init(&b);
	builder_type(&b, BTF_KIND_CONST, NULL, 0, 2);
	builder_type(&b, BTF_KIND_VOLATILE, NULL, 0, 1);
	assert_int_equal(parse(&b, &kernel_rules, &btf), -ELOOP);
	assert_int_equal(parse(&b, &user_rules, &btf), -EEXIST);
}

/* Types that contain each other many times over are looked into once. */
static void test_wide_nesting_is_fast(void **state)
{
	struct alv_btf *btf = NULL;
	struct builder b;
	char name[3] = "a";

	builder_init(&b);
	builder_int(&b, "u32", 32);
	builder_type(&b, BTF_KIND_STRUCT, "bpf_spin_lock", 1, 4);
	builder_member(&b, "val", 1, 0);
	builder_type(&b, BTF_KIND_STRUCT, "z", 1, 4);
	builder_member(&b, "v", 1, 0);
	for (u32 i = 0; i < 24; i++) {
		name[0] = (char)('a' + i);
		builder_type(&b, BTF_KIND_STRUCT, name, 4, 4);
		for (u32 j = 0; j < 4; j++)
			builder_member(&b, NULL, 3 + i, 0);
	}
	builder_type(&b, BTF_KIND_STRUCT, "top", 2, 8);
	builder_member(&b, "lock", 2, 0);
	builder_member(&b, "rest", 3 + 24, 4);
	assert_int_equal(parse(&b, &user_rules, &btf), 0);
	alv_btf_free(btf);
}

static void test_kinds_come_with_their_kernels(void **state)
{
	static const struct {
		u32 kind;
		enum alv_kernel before;
		enum alv_kernel since;
	} rows[] = {
		{ BTF_KIND_FLOAT, V5_10, V5_15 },
		{ BTF_KIND_TYPE_TAG, V5_15, V6_1 },
	};

	for (size_t i = 0; i < ALV_COUNT(rows); i++) {
		struct alv_btf_rules rules = { .version = rows[i].before };
		struct alv_btf *btf = NULL;
		struct builder b;

		builder_init(&b);
		builder_int(&b, "u32", 32);
		builder_type(&b, rows[i].kind, "x", 0,
			     rows[i].kind == BTF_KIND_FLOAT ? 4 : 1);
		assert_int_equal(parse(&b, &rules, &btf), -EINVAL);
		rules.version = rows[i].since;
		assert_int_equal(parse(&b, &rules, &btf), 0);
		alv_btf_free(btf);
	}
}

static void *find_in_thread(void *arg)
{
	u32 id = 0;

	return (void *)(uintptr_t)(alv_btf_find(arg, "s_t", BTF_KIND_TYPEDEF, &id) ? 0
										   : id);
}

static void test_first_lookups_may_race(void **state)
{
	for (int round = 0; round < 50; round++) {
		struct alv_btf *btf = make_sample(&user_rules);
		pthread_t threads[4];

		for (size_t i = 0; i < ALV_COUNT(threads); i++)
			assert_int_equal(
				pthread_create(&threads[i], NULL, find_in_thread, btf),
				0);
		for (size_t i = 0; i < ALV_COUNT(threads); i++) {
			void *found;

			pthread_join(threads[i], &found);
			assert_int_equal((uintptr_t)found, 5);
		}
		alv_btf_free(btf);
	}
}

/* A header of 25 bytes puts the types at odd addresses. */
static void test_a_longer_header(void **state)
{
	struct alv_btf *btf = NULL;
	struct alv_buf raw, longer;
	struct builder b;

	builder_init(&b);
	builder_int(&b, "u32", 32);
	builder_finish(&b, &raw);
	assert_int_equal(alv_buf_init(&longer, raw.size + 1), 0);
	memcpy(longer.data, raw.data, sizeof(struct btf_header));
	memcpy(longer.data + sizeof(struct btf_header) + 1,
	       raw.data + sizeof(struct btf_header),
	       raw.size - sizeof(struct btf_header));
	((struct btf_header *)longer.data)->hdr_len++;
	alv_buf_fini(&raw);
	assert_int_equal(alv_btf_parse(&longer, &user_rules, NULL, &btf), 0);
	assert_string_equal(alv_btf_name(btf, alv_btf_type(btf, 1)), "u32");
	alv_btf_free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looking_at_types),
		cmocka_unit_test(test_split_btf_goes_on_from_its_base),
		cmocka_unit_test(test_broken_kernel_btf_is_bounded),
		cmocka_unit_test(test_wide_nesting_is_fast),
		cmocka_unit_test(test_kinds_come_with_their_kernels),
		cmocka_unit_test(test_first_lookups_may_race),
		cmocka_unit_test(test_a_longer_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

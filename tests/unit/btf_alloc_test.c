/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF when memory runs out: -ENOMEM, and nothing left behind. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "failing_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../btf/builder.h"
#include "abi/attr.h"
#include "abi/uapi.h"
#include "btf/btf.h"
#include "btf/record.h"

/* 1 u32, 2 lock, 3 list head, 4 list node, 5 struct node, 6 struct of lock and list */
static void build_owner(struct builder *b)
{
	builder_init(b);
	builder_int(b, "u32", 32);
	builder_type(b, BTF_KIND_STRUCT, "bpf_spin_lock", 0, 4);
	builder_type(b, BTF_KIND_STRUCT, "bpf_list_head", 0, 16);
	builder_type(b, BTF_KIND_STRUCT, "bpf_list_node", 0, 24);
	builder_type(b, BTF_KIND_STRUCT, "node", 1, 24);
	builder_member(b, "n", 4, 0);
	builder_type(b, BTF_KIND_STRUCT, "owner", 2, 24);
	builder_member(b, "lock", 2, 0);
	builder_member(b, "head", 3, 8);
	builder_type(b, BTF_KIND_DECL_TAG, "contains:node:n", 0, 6);
	builder_word(b, 1);
}

static int to_nowhere(void *ctx, u32 offset, const void *src, u32 size)
{
	return 0;
}

static int from_nowhere(void *ctx, u32 offset, void *dst, u32 size)
{
	memset(dst, 0, size);
	return 0;
}

static const struct alv_btf_rules rules = { .version = V6_18 };

static void check_record(const struct alv_btf *btf)
{
	struct alv_record *record = NULL;
	int err = alv_record_parse(btf, &rules, 6, ALV_FIELDS_OF_MAPS, 24, &record);

	assert_true(err == 0 || err == -ENOMEM);
	assert_int_equal(!err, !!record);
	if (record)
		assert_int_equal(record->count, 2);
	free(record);
}

static void use_btf(void)
{
	const struct alv_report_sink sink = { to_nowhere, from_nowhere, NULL };
	const struct alv_report_request request = { .level = 1,
						    .size = 4096,
						    .has_buffer = true };
	struct alv_btf *btf = NULL;
	struct alv_report report;
	struct alv_buf raw;
	struct builder b;
	u32 size;
	int err;

	build_owner(&b);
	if (!builder_try_finish(&b, &raw))
		return;
	assert_int_equal(alv_report_init(&report, &request, &sink), 0);
	err = alv_btf_parse(&raw, &rules, &report, &btf);
	assert_true(err == 0 || err == -ENOMEM);
	assert_int_equal(!err, !!btf);
	err = alv_report_finish(&report, err, &size);
	assert_true(err == 0 || err == -ENOMEM);
	alv_report_fini(&report);
	if (btf)
		check_record(btf);
	alv_btf_free(btf);
}

static void test_each_allocation_may_fail(void **state)
{
	with_each_alloc_failing(use_btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The report a client asked for, by the rules of old and new kernels. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/report.h"

#define ROOM (2u << 20)

struct client {
	u8 bytes[ROOM];
	u32 readable; /* offsets from here on are no memory */
};

static int client_write(void *ctx, u32 offset, const void *src, u32 size)
{
	struct client *client = ctx;

	if (offset + size > client->readable)
		return -EFAULT;
	memcpy(client->bytes + offset, src, size);
	return 0;
}

static int client_read(void *ctx, u32 offset, void *dst, u32 size)
{
	struct client *client = ctx;

	if (offset + size > client->readable)
		return -EFAULT;
	memcpy(dst, client->bytes + offset, size);
	return 0;
}

static struct client *make_client(void)
{
	struct client *client = malloc(sizeof(*client));

	assert_non_null(client);
	memset(client->bytes, 0xee, sizeof(client->bytes));
	client->readable = ROOM;
	return client;
}

static int start(struct alv_report *report, struct client *client, u32 level, u32 size,
		 bool old)
{
	const struct alv_report_sink sink = { client_write, client_read, client };
	const struct alv_report_request request = {
		.level = level, .size = size, .has_buffer = client, .old_rules = old};

	return alv_report_init(report, &request, &sink);
}

static void test_contradictions_are_refused(void **state)
{
	struct client *client = make_client();
	struct alv_report report;

	assert_int_equal(start(&report, client, 0, 100, false), -EINVAL);
	assert_int_equal(start(&report, client, 1, 0, false), -EINVAL);
	assert_int_equal(start(&report, NULL, 1, 100, false), -EINVAL);
	assert_int_equal(start(&report, client, 16, 100, false), -EINVAL);
	assert_int_equal(start(&report, client, 1, 0x40000000, false), -EINVAL);
	assert_int_equal(start(&report, NULL, 1, 0, false), 0);
	assert_int_equal(start(&report, NULL, 0, 0, false), 0);
	assert_int_equal(start(&report, client, 1, 1, false), 0);
	/* Before 6.4. */
	assert_int_equal(start(&report, client, 1, 127, true), -EINVAL);
	assert_int_equal(start(&report, NULL, 1, 0, true), -EINVAL);
	assert_int_equal(start(&report, client, 8, 128, true), -EINVAL);
	assert_int_equal(start(&report, client, 1, 128, true), 0);
	free(client);
}

static void test_all_fits(void **state)
{
	struct client *client = make_client();
	struct alv_report report;
	u32 size;

	assert_int_equal(start(&report, client, 1, 6, false), 0);
	alv_report_printf(&report, "ab%c", 'c');
	alv_report_printf(&report, "de");
	assert_int_equal(alv_report_finish(&report, -EINVAL, &size), -EINVAL);
	assert_string_equal((char *)client->bytes, "abcde");
	assert_int_equal(client->bytes[6], 0xee);
	assert_int_equal(size, 6);
	alv_report_fini(&report);
	free(client);
}

static void test_the_end_is_kept(void **state)
{
	struct client *client = make_client();
	struct alv_report report;
	u32 size;

	assert_int_equal(start(&report, client, 1, 5, false), 0);
	alv_report_printf(&report, "abcdef");
	alv_report_printf(&report, "ghi");
	assert_int_equal(alv_report_finish(&report, 0, &size), -ENOSPC);
	assert_string_equal((char *)client->bytes, "fghi");
	assert_int_equal(size, 10);
	alv_report_fini(&report);
	free(client);
}

static void test_the_start_is_kept_on_request(void **state)
{
	struct client *client = make_client();
	struct alv_report report;
	u32 size;

	assert_int_equal(start(&report, client, 1 | ALV_REPORT_FIXED, 5, false), 0);
	alv_report_printf(&report, "abc");
	alv_report_printf(&report, "defghi");
	assert_int_equal(alv_report_finish(&report, -EINVAL, &size), -ENOSPC);
	assert_string_equal((char *)client->bytes, "abcd");
	assert_int_equal(size, 10);
	alv_report_fini(&report);
	free(client);
}

/* Larger than our window, so the client's buffer itself is the ring. */
static void check_large(u32 buffer, u32 lines)
{
	struct client *client = make_client();
	char *all = malloc(lines * 9 + 1);
	struct alv_report report;
	u32 size;

	assert_int_equal(start(&report, client, 1, buffer, false), 0);
	for (u32 i = 0; i < lines; i++) {
		char line[10] = { [8] = '\n' };

		for (int digit = 7, rest = (int)i; digit >= 0; digit--, rest /= 10)
			line[digit] = (char)('0' + rest % 10);
		memcpy(all + i * 9, line, 10);
		alv_report_printf(&report, "%s", line);
	}
	assert_int_equal(alv_report_finish(&report, 0, &size),
			 lines * 9 + 1 > buffer ? -ENOSPC : 0);
	assert_int_equal(size, lines * 9 + 1);
	if (lines * 9 + 1 > buffer)
		assert_string_equal((char *)client->bytes,
				    all + lines * 9 - (buffer - 1));
	else
		assert_string_equal((char *)client->bytes, all);
	alv_report_fini(&report);
	free(all);
	free(client);
}

static void test_large_buffers_turn(void **state)
{
	check_large(ALV_REPORT_WINDOW + 1, 100000);
	check_large(ALV_REPORT_WINDOW + 2, 100000);
	check_large(1000000, 100000);
	check_large(1000000, 250000);
	check_large(900001, 100000);
	check_large(900000, 100000);
	check_large(700001, 100001);
	check_large(ROOM, 100000);
}

static void test_bad_memory_is_a_fault(void **state)
{
	struct client *client = make_client();
	struct alv_report report;
	u32 size;

	client->readable = 3;
	assert_int_equal(start(&report, client, 1, 100, false), 0);
	alv_report_printf(&report, "abcdef");
	assert_int_equal(alv_report_finish(&report, 0, &size), -EFAULT);
	assert_int_equal(size, 7);
	alv_report_fini(&report);
	/* Nothing to say: nothing to write. */
	assert_int_equal(start(&report, client, 1, 100, false), 0);
	assert_int_equal(alv_report_finish(&report, 0, &size), 0);
	assert_int_equal(size, 0);
	alv_report_fini(&report);
	free(client);
}

static void test_old_kernels_keep_the_start(void **state)
{
	struct client *client = make_client();
	struct alv_report report;
	u32 size;

	for (int err = 0; err >= -EINVAL; err -= EINVAL) {
		assert_int_equal(start(&report, client, 1, 128, true), 0);
		for (int i = 0; i < 20; i++)
			alv_report_printf(&report, "0123456789");
		assert_int_equal(alv_report_finish(&report, err, &size),
				 err ? err : -ENOSPC);
		assert_int_equal(strlen((char *)client->bytes), 127);
		assert_memory_equal(client->bytes, "01234567890123", 14);
		alv_report_fini(&report);
	}
	free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contradictions_are_refused),
		cmocka_unit_test(test_all_fits),
		cmocka_unit_test(test_the_end_is_kept),
		cmocka_unit_test(test_the_start_is_kept_on_request),
		cmocka_unit_test(test_large_buffers_turn),
		cmocka_unit_test(test_bad_memory_is_a_fault),
		cmocka_unit_test(test_old_kernels_keep_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

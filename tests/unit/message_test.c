/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier's messages: each one says what it means, and what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verifier/message.h"

/* A sentence: it begins with a capital letter (or an identifier), and ends. */
static void assert_sentence(const char *id, const char *text)
{
	size_t size = strlen(text);

	if (size < 10 || text[size - 1] != '.')
		fail_msg("%s: '%s' is no sentence", id, text);
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n' || (text[i] == ' ' && text[i + 1] == ' '))
			fail_msg("%s: '%s' has white space that it should not have", id, text);
}

static void test_every_message_is_explained(void **state)
{
	for (size_t i = 0; i < ALV_N_MESSAGES; i++) {
		const struct alv_message_row *row = &alv_messages[i];

		assert_non_null(row->name);
		assert_true(row->text[0]);
		assert_sentence(row->name, row->meaning);
		assert_sentence(row->name, row->advice);
	}
}

/* What helps is not what it means once more. */
static void test_advice_adds_something(void **state)
{
	for (size_t i = 0; i < ALV_N_MESSAGES; i++)
		assert_string_not_equal(alv_messages[i].meaning, alv_messages[i].advice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_is_explained),
		cmocka_unit_test(test_advice_adds_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats of programs: which are allowed, when loaded and when run, and what they print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "verify.h"

#include "helper/format.h"
#include "helper/run.h"

static const struct {
	const char *text;
	int verdict; /* with one argument */
} formats[] = {
	{ "", 0 },
	{ "plain\n\t", 0 },
	{ "100%%", 0 },
	{ "valid %d", 0 },
	{ "%i%%", 0 },
	{ "%lu", 0 },
	{ "%lli", 0 },
	{ "%llX", 0 },
	{ "%+- 08x", 0 },
	{ "%5s", 0 },
	{ "%-3c", 0 },
	{ "%cd", 0 },
	{ "%s.", 0 },
	{ "%s\xd7", 0 },
	{ "%p", 0 },
	{ "%20p", 0 },
	{ "%p,", 0 },
	{ "%p\xa0", 0 },
	{ "%p%%", 0 },
	{ "%pKid", 0 },
	{ "%px", 0 },
	{ "%ps", 0 },
	{ "%pS", 0 },
	{ "%pB", 0 },
	{ "%pks", 0 },
	{ "%pus!", 0 },
	{ "%pI4", 0 },
	{ "%pi6x", 0 },
	{ "\x80", 0 },
	{ "\xc3\xa4 %d", 0 },

	{ "%d %d", -EINVAL },
	{ "%", -EINVAL },
	{ "%d%", -EINVAL },
	{ "%p%", -EINVAL },
	{ "%s%", -EINVAL },
	{ "%a", -EINVAL },
	{ "%f", -EINVAL },
	{ "%n", -EINVAL },
	{ "%o", -EINVAL },
	{ "%hd", -EINVAL },
	{ "%llld", -EINVAL },
	{ "%ls", -EINVAL },
	{ "%lp", -EINVAL },
	{ "%lc", -EINVAL },
	{ "%llc", -EINVAL },
	{ "%#x", -EINVAL },
	{ "%.3d", -EINVAL },
	{ "%*d", -EINVAL },
	{ "%5-d", -EINVAL },
	{ "%12345678", -EINVAL },
	{ "%--------", -EINVAL },
	{ "%sd", -EINVAL },
	{ "%s\xe4", -EINVAL },
	{ "%pi5", -EINVAL },
	{ "%pI", -EINVAL },
	{ "%pk", -EINVAL },
	{ "%pksd", -EINVAL },
	{ "%pM", -EINVAL },
	{ "%p1", -EINVAL },
	{ "%p\xe4", -EINVAL },
	{ "%\x80", -EINVAL },
	{ "\x01", -EINVAL },
	{ "\x7f", -EINVAL },
	{ "%d\x1b", -EINVAL },
	{ "%\x01" "d", -EINVAL },
};

static void test_rules(void **state)
{
	for (size_t i = 0; i < ALV_COUNT(formats); i++) {
		const char *text = formats[i].text;
		int err = alv_format_check(text, (u32)strlen(text) + 1, 1);

		if (err != formats[i].verdict)
			fail_msg("\"%s\": %d", text, err);
	}
	assert_int_equal(alv_format_check("%d %d", 6, 2), 0);
	assert_int_equal(alv_format_check("%d", 3, 0), -EINVAL);
	/* Without an end. */
	assert_int_equal(alv_format_check("%d", 2, 1), -EINVAL);
	assert_int_equal(alv_format_check("", 0, 1), -EINVAL);
}

/* bpf_snprintf(NULL, 0, text + at, &number, size) */
static int load_with(u32 at, u32 size, struct alv_verdict *verdict)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 42),
		MOV(BPF_REG_1, 0), MOV(BPF_REG_2, 0),
		INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_3, BPF_PSEUDO_MAP_VALUE, 0, 6),
		INSN(0, 0, 0, 0, (s32)at),
		COPY(BPF_REG_4, BPF_REG_10), ADD(BPF_REG_4, -8), MOV(BPF_REG_5, (s32)size),
		CALL(BPF_FUNC_snprintf), MOV(BPF_REG_0, 0), EXIT(),
	};

	return verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, verdict);
}

static void test_verdicts(void **state)
{
	struct alv_verdict verdict;

	subject.type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	for (size_t i = 0; i < ALV_COUNT(formats); i++) {
		snprintf(constant_text, sizeof(constant_text), "%s", formats[i].text);
		if (load_with(0, 8, &verdict) != formats[i].verdict)
			fail_msg("\"%s\"\n%s", formats[i].text, report_text);
		assert_int_equal(!strstr(report_text, "Invalid format string\n"),
				 !formats[i].verdict);
	}
	/* Where it begins; sizes that are no number of arguments get no word. */
	snprintf(constant_text, sizeof(constant_text), "%s", "%a%d");
	assert_int_equal(load_with(2, 8, &verdict), 0);
	assert_int_equal(load_with(2, 0, &verdict), -EINVAL);
	assert_non_null(strstr(report_text, "Invalid format string\n"));
	assert_int_equal(load_with(2, 4, &verdict), -EINVAL);
	assert_null(strstr(report_text, "Invalid format string\n"));
	memset(constant_text, 'a', sizeof(constant_text));
	assert_int_equal(load_with(0, 8, &verdict), -EINVAL);
	assert_non_null(strstr(report_text, "string is not zero-terminated\n"));
}

/* The kernel's memory, as programs see it here: bytes that are exposed to the run. */
static const u8 loopback[16] = { 127, 0, 0, 1, [15] = 9 };
static const char word[8] = "word";

static void test_prints(void **state)
{
	const u64 at = (uintptr_t)loopback, letters = (uintptr_t)word;
	const struct {
		const char *text;
		u64 arg;
		const char *printed;
	} prints[] = {
		{ "%5d|", (u64)-42, "  -42|" },
		{ "%-5d|", (u64)-42, "-42  |" },
		{ "%05d|", (u64)-42, "-0042|" },
		{ "%+d", 7, "+7" },
		{ "% d", 7, " 7" },
		{ "%+u", 7, "7" },
		{ "%-05x|", 0xab, "ab   |" },
		{ "%08X", 0xab, "000000AB" },
		{ "%u", 0x1ffffffff, "4294967295" },
		{ "%ld", 1ull << 63, "-9223372036854775808" },
		{ "%3c|", 'x', "  x|" },
		{ "%-3c|", 'x', "x  |" },
		{ "%6s|", letters, "  word|" },
		{ "%6pks|", letters, "word|" },
		{ "%s.", 16, "." },
		{ "%p", 0, "0000000000000000" },
		{ "%p", (u64)-2, "fffffffffffffffe" },
		{ "%pxyz!", 0x1234, "0000000000001234!" },
		{ "%6px|", 0x1234, "  1234|" },
		{ "%pS", 0x1234, "0x1234" },
		{ "%9pB", 0x1234, "0x1234" },
		{ "%pI4", at, "127.0.0.1" },
		{ "%pi4", at, "127.000.000.001" },
		{ "%pI6", at, "7f00:0001:0000:0000:0000:0000:0000:0009" },
		{ "%pi6", at, "7f000001000000000000000000000009" },
		{ "%pI4", 16, "0.0.0.0" },
		{ "\xc3\xa4%%", 0, "\xc3\xa4%" },
	};

	for (size_t i = 0; i < ALV_COUNT(prints); i++) {
		struct alv_format format = { .text = prints[i].text,
					     .size = (u32)strlen(prints[i].text) + 1,
					     .args = &prints[i].arg,
					     .n_args = 1 };
		struct alv_run run = { 0 };
		char printed[64];

		assert_true(alv_run_expose(&run, loopback, sizeof(loopback)));
		assert_true(alv_run_expose(&run, word, sizeof(word)));
		assert_int_equal(alv_format_print(&run, &format, printed, sizeof(printed)),
				 strlen(prints[i].printed));
		assert_string_equal(printed, prints[i].printed);
	}
}

/* As much as there is room for; the length is the whole one's. */
static void test_room(void **state)
{
	struct alv_format format = { .text = "%900d", .size = 6, .args = &(u64){ 1 },
				     .n_args = 1 };
	struct alv_run run = { 0 };
	char printed[8] = "unread";

	assert_int_equal(alv_format_print(&run, &format, printed, 4), 900);
	assert_string_equal(printed, "   ");
	assert_int_equal(alv_format_print(&run, &format, NULL, 0), 900);
	format.text = "x%yyy";
	assert_int_equal(alv_format_print(&run, &format, printed, 4), -EINVAL);
	assert_string_equal(printed, "   ");
}

/* Where its function is, a program of most types may not ask, though it has the helper. */
static void test_func_ip(void **state)
{
	static const struct {
		u32 type;
		int verdict;
	} types[] = {
		{ BPF_PROG_TYPE_KPROBE, 0 },
		{ BPF_PROG_TYPE_RAW_TRACEPOINT, -ENOTSUPP },
		{ BPF_PROG_TYPE_TRACEPOINT, -ENOTSUPP },
		{ BPF_PROG_TYPE_PERF_EVENT, -ENOTSUPP },
		{ BPF_PROG_TYPE_SYSCALL, -ENOTSUPP },
		{ BPF_PROG_TYPE_XDP, -EINVAL },
	};
	const struct bpf_insn insns[] = { CALL(BPF_FUNC_get_func_ip), MOV(BPF_REG_0, 0), EXIT() };
	struct alv_verdict verdict;
	char refusal[80];

	for (size_t i = 0; i < ALV_COUNT(types); i++) {
		subject.type = types[i].type;
		subject.flags = types[i].type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
		assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict),
				 types[i].verdict);
		snprintf(refusal, sizeof(refusal),
			 "func bpf_get_func_ip#173 not supported for program type %u\n",
			 types[i].type);
		assert_int_equal(!!strstr(report_text, refusal),
				 types[i].verdict == -ENOTSUPP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),  cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_prints), cmocka_unit_test(test_room),
		cmocka_unit_test(test_func_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers out of text: bpf_strtol() and bpf_strtoul(). */
#include <ctype.h>
#include <errno.h>

#include "helper/call.h"

#define BASE_MASK  0x1f
#define DIGITS_MAX 63 /* of a number; more are not looked at */

struct text {
	const u8 *at;
	const u8 *end;
};

static bool is_digit_of(const struct text *text, u32 ahead, u32 base, u32 *ret_digit)
{
	u8 c;

	if ((size_t)(text->end - text->at) <= ahead)
		return false;
	c = text->at[ahead];
	*ret_digit = isdigit(c) ? (u32)(c - '0') : isalpha(c) ? (u32)(tolower(c) - 'a' + 10) : base;
	return *ret_digit < base;
}

/* 0x is for base 16, a 0 in front of other digits for base 8. */
static u32 take_prefix(struct text *text, u32 base)
{
	u32 digit;
	bool zero = text->at < text->end && *text->at == '0';
	bool hex = zero && text->end - text->at > 2 && (text->at[1] | 0x20) == 'x' &&
		   is_digit_of(text, 2, 16, &digit);

	if (!base)
		base = hex ? 16 : zero ? 8 : 10;
	if (base == 16 && zero && text->end - text->at > 1 && (text->at[1] | 0x20) == 'x')
		text->at += 2;
	return base;
}

static int parse_digits(struct text *text, u32 base, u64 *ret_value)
{
	const u8 *start = text->at;
	bool overflow = false;
	u64 value = 0;
	u32 digit;

	while (is_digit_of(text, 0, base, &digit)) {
		overflow |= __builtin_mul_overflow(value, (u64)base, &value) ||
			    __builtin_add_overflow(value, (u64)digit, &value);
		text->at++;
	}
	if (overflow)
		return -ERANGE;
	if (text->at == start)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* How many bytes were read, or -errno. */
static s64 parse(const u8 *bytes, u64 size, u64 flags, u64 *ret_value, bool *ret_negative)
{
	struct text text = { .at = bytes, .end = bytes + size };
	u32 base = flags & BASE_MASK;
	int err;

	if (!bytes || !size || flags & ~(u64)BASE_MASK ||
	    (base && base != 8 && base != 10 && base != 16))
		return -EINVAL;
	while (text.at < text.end && isspace(*text.at))
		text.at++;
	*ret_negative = text.at < text.end && *text.at == '-';
	text.at += *ret_negative;
	if (text.at == text.end)
		return -EINVAL;
	if (text.end - text.at > DIGITS_MAX)
		text.end = text.at + DIGITS_MAX;
	err = parse_digits(&text, take_prefix(&text, base), ret_value);
	return err ? err : text.at - bytes;
}

u64 alv_help_strtol(ALV_HELPER_PARAMS)
{
	s64 *to = alv_helper_ptr(r4);
	bool negative;
	u64 value;
	s64 used;

	*to = 0;
	used = parse(alv_helper_ptr(r1), r2, r3, &value, &negative);
	if (used < 0)
		return (u64)used;
	if (negative ? (s64)-value > 0 : (s64)value < 0)
		return alv_helper_errno(-ERANGE);
	*to = negative ? (s64)-value : (s64)value;
	return (u64)used;
}

u64 alv_help_strtoul(ALV_HELPER_PARAMS)
{
	u64 *to = alv_helper_ptr(r4);
	bool negative;
	u64 value;
	s64 used;

	*to = 0;
	used = parse(alv_helper_ptr(r1), r2, r3, &value, &negative);
	if (used < 0)
		return (u64)used;
	if (negative)
		return alv_helper_errno(-EINVAL);
	*to = value;
	return (u64)used;
}

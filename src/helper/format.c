/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/format.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/conversion.h"
#include "helper/run.h"

#define STRING_MAX    511 /* of a %s */
#define POINTER_WIDTH 16
#define MAX_ERRNO     4095

/* A text that grows, as far as there is room. */
struct out {
	char *dst;
	u32 size;
	u64 length;
};

static void put(struct out *out, const char *text, size_t n)
{
	if (out->length < out->size) {
		u64 room = out->size - out->length;

		memcpy(out->dst + out->length, text, n < room ? n : room);
	}
	out->length += n;
}

static void put_fill(struct out *out, char c, u64 n)
{
	if (out->length < out->size) {
		u64 room = out->size - out->length;

		memset(out->dst + out->length, c, n < room ? n : room);
	}
	out->length += n;
}

/* As wide as it shall be at least, with blanks. */
static void put_padded(struct out *out, const struct alv_conversion *conversion,
		       const char *text, size_t n)
{
	u64 fill = conversion->width > n ? conversion->width - n : 0;

	if (!conversion->left)
		put_fill(out, ' ', fill);
	put(out, text, n);
	if (conversion->left)
		put_fill(out, ' ', fill);
}

/* The same for numbers, with zeroes if wanted: those stand behind the sign. */
static void put_digits(struct out *out, const struct alv_conversion *conversion,
		       char sign, const char *digits)
{
	size_t n = strlen(digits), all = n + (sign != 0);
	char text[32];

	if (conversion->zero && !conversion->left) {
		put(out, &sign, sign != 0);
		put_fill(out, '0', conversion->width > all ? conversion->width - all : 0);
		put(out, digits, n);
		return;
	}
	text[0] = sign;
	snprintf(text + (sign != 0), sizeof(text) - 1, "%s", digits);
	put_padded(out, conversion, text, all);
}

static void put_number(struct out *out, const struct alv_conversion *conversion,
		       u64 value)
{
	bool is_signed = conversion->kind == 'd' || conversion->kind == 'i', negative;
	char digits[24], sign = 0;
	const char *how = conversion->kind == 'x'   ? "%llx"
			  : conversion->kind == 'X' ? "%llX"
						    : "%llu";

	if (!conversion->wide)
		value = is_signed ? (u64)(s64)(s32)value : (u32)value;
	negative = is_signed && (s64)value < 0;
	if (negative)
		sign = '-';
	else if (is_signed && (conversion->plus || conversion->space))
		sign = conversion->plus ? '+' : ' ';
	snprintf(digits, sizeof(digits), how,
		 (unsigned long long)(negative ? -value : value));
	put_digits(out, conversion, sign, digits);
}

static void put_pointer(struct out *out, const struct alv_conversion *conversion,
			u64 value)
{
	struct alv_conversion number = *conversion;
	char digits[24];

	if (!number.width) {
		number.width = POINTER_WIDTH;
		number.zero = true;
	}
	snprintf(digits, sizeof(digits), "%llx", (unsigned long long)value);
	put_digits(out, &number, 0, digits);
}

/*
 * Not where it points, but a number that is the same for the same address: unless it
 * is an error or NULL.
 */
static void put_hashed_pointer(struct out *out, const struct alv_conversion *conversion,
			       u64 value)
{
	if (value && value < (u64)-MAX_ERRNO)
		value = (value * 0x9e3779b97f4a7c15u) >> 32;
	put_pointer(out, conversion, value);
}

/* Of an address without a name: the emulated kernel's functions have no addresses. */
static void put_symbol(struct out *out, const struct alv_conversion *conversion,
		       u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	put_padded(out, conversion, text, strlen(text));
}

/* The four or sixteen bytes there, zeroes if they can't be read; never padded. */
static void put_address(struct alv_run *run, struct out *out,
			const struct alv_conversion *conversion, u64 address)
{
	bool plain = conversion->extension == 'i';
	char text[INET6_ADDRSTRLEN];
	u8 bytes[16] = { 0 };

	if (alv_run_probe(run, bytes, address, conversion->v6 ? 16 : 4))
		memset(bytes, 0, sizeof(bytes));
	if (!conversion->v6) {
		snprintf(text, sizeof(text),
			 plain ? "%03u.%03u.%03u.%03u" : "%u.%u.%u.%u", bytes[0],
			 bytes[1], bytes[2], bytes[3]);
		put(out, text, strlen(text));
		return;
	}
	for (u32 i = 0; i < sizeof(bytes); i++) {
		snprintf(text, sizeof(text), "%02x", bytes[i]);
		put(out, text, 2);
		if (!plain && i % 2 && i + 1 < sizeof(bytes))
			put(out, ":", 1);
	}
}

/* A string of the emulated kernel's memory or the task's; what can't be read is empty. */
static void put_string(struct alv_run *run, struct out *out,
		       const struct alv_conversion *conversion, u64 address, bool user)
{
	char text[STRING_MAX];
	size_t n = 0;

	for (; n < STRING_MAX; n++) {
		alv_uaddr from = alv_uaddr_at(address + n);
		int err;

		if (!user)
			err = alv_run_probe(run, text + n, address + n, 1);
		else
			err = run->task ? alv_copy_in(run->task, text + n, from, 1)
					: -EFAULT;
		if (err)
			n = 0;
		if (err || !text[n])
			break;
	}
	/* An address says where its string ends, and how wide it is nobody asks. */
	if (conversion->kind == 'p')
		put(out, text, n);
	else
		put_padded(out, conversion, text, n);
}

static void put_extended(struct alv_run *run, struct out *out,
			 const struct alv_conversion *conversion, u64 value)
{
	struct alv_conversion bare = { .kind = 'p' };

	switch (conversion->extension) {
	case 'k':
	case 'u':
		put_string(run, out, conversion, value, conversion->extension == 'u');
		break;
	case 'i':
	case 'I':
		put_address(run, out, conversion, value);
		break;
	case 'B':
		put_symbol(out, &bare, value);
		break;
	case 's':
	case 'S':
		put_symbol(out, conversion, value);
		break;
	case 'x':
		put_pointer(out, conversion, value);
		break;
	default:
		put_hashed_pointer(out, conversion, value);
		break;
	}
}

static void put_conversion(struct alv_run *run, struct out *out,
			   const struct alv_conversion *conversion, u64 value)
{
	char c = (char)value;

	switch (conversion->kind) {
	case 'c':
		put_padded(out, conversion, &c, 1);
		break;
	case 's':
		put_string(run, out, conversion, value, false);
		break;
	case 'p':
		put_extended(run, out, conversion, value);
		break;
	default:
		put_number(out, conversion, value);
		break;
	}
}

/*
 * The format is gone through twice, with the same rules: to see that it is allowed,
 * without `out`, and to print. Programs can change theirs in between.
 */
static int walk(struct alv_run *run, struct out *out, const struct alv_format *format,
		u32 length)
{
	const char *text = format->text;

	for (u32 at = 0, used = 0; at < length;) {
		struct alv_conversion conversion;
		s32 n;

		if (!alv_is_text(text[at]))
			return -EINVAL;
		if (text[at] != '%' || (at + 1 < length && text[at + 1] == '%')) {
			if (out)
				put(out, &text[at], 1);
			at += text[at] == '%' ? 2 : 1;
			continue;
		}
		at++;
		n = alv_conversion_parse(text + at, length - at, &conversion);
		if (n < 0 || used == format->n_args)
			return -EINVAL;
		at += (u32)n;
		if (out)
			put_conversion(run, out, &conversion, format->args[used]);
		/* Letters behind a pointer are its own when it is printed. */
		while (out && conversion.kind == 'p' && at < length &&
		       alv_is_alnum(text[at]))
			at++;
		used++;
	}
	return 0;
}

int alv_format_check(const char *text, u32 size, u32 n_args)
{
	struct alv_format format = { .text = text, .size = size, .n_args = n_args };
	const char *end = memchr(text, 0, size);

	return end ? walk(NULL, NULL, &format, (u32)(end - text)) : -EINVAL;
}

s64 alv_format_print(struct alv_run *run, const struct alv_format *format, char *dst,
		     u32 size)
{
	struct out out = { .dst = dst, .size = size ? size - 1 : 0 };
	int err = alv_format_check(format->text, format->size, format->n_args);

	if (!err)
		err = walk(run, &out, format, (u32)strnlen(format->text, format->size));
	if (err)
		return err;
	if (size)
		dst[out.length < out.size ? out.length : out.size] = 0;
	return (s64)out.length;
}

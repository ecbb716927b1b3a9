/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conversion.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WIDTH_MAX ((1u << 23) - 1)

/* The C library's classes are asked for ASCII alone: above it they are the locale's. */
static bool is_ascii(u8 c)
{
	return c < 0x80;
}

bool alv_is_alnum(char c)
{
	u8 byte = (u8)c;

	if (is_ascii(byte))
		return isalnum(byte);
	return byte >= 0xc0 && byte != 0xd7 && byte != 0xf7;
}

bool alv_is_text(char c)
{
	u8 byte = (u8)c;

	return !is_ascii(byte) || isprint(byte) || isspace(byte);
}

/* Does a word end before this character? */
static bool ends_word(char c)
{
	u8 byte = (u8)c;

	if (is_ascii(byte))
		return !byte || isspace(byte) || ispunct(byte);
	return byte >= 0xa0 && !alv_is_alnum(c);
}

static char peek(const char *text, u32 size, u32 at)
{
	return at < size ? text[at] : 0;
}

static u32 parse_flags(const char *text, u32 size, struct alv_conversion *conversion)
{
	for (u32 at = 0;; at++) {
		switch (peek(text, size, at)) {
		case '0':
			conversion->zero = true;
			break;
		case '+':
			conversion->plus = true;
			break;
		case '-':
			conversion->left = true;
			break;
		case ' ':
			conversion->space = true;
			break;
		default:
			return at;
		}
	}
}

static u32 parse_width(const char *text, u32 size, struct alv_conversion *conversion)
{
	u64 width = 0;
	u32 at = 0;

	for (; peek(text, size, at) >= '0' && peek(text, size, at) <= '9'; at++)
		if (width <= WIDTH_MAX)
			width = width * 10 + (u64)(text[at] - '0');
	conversion->width = width > WIDTH_MAX ? WIDTH_MAX : (u32)width;
	return at;
}

/* What follows %p. */
static s32 parse_extension(const char *text, u32 size, struct alv_conversion *conversion)
{
	char first = peek(text, size, 0), second = peek(text, size, 1);

	if (ends_word(first))
		return 0;
	conversion->extension = first;
	if ((first == 'k' || first == 'u') && second == 's')
		return ends_word(peek(text, size, 2)) ? 2 : -EINVAL;
	if (memchr("KxsSB", first, 5))
		return 1;
	if ((first == 'i' || first == 'I') && (second == '4' || second == '6')) {
		conversion->v6 = second == '6';
		return 2;
	}
	return -EINVAL;
}

/* The numbers, which alone have sizes. */
static s32 parse_number(const char *text, u32 size, struct alv_conversion *conversion)
{
	u32 at = 0;

	while (at < 2 && peek(text, size, at) == 'l')
		at++;
	conversion->wide = at;
	conversion->kind = peek(text, size, at);
	return memchr("diuxX", conversion->kind, 5) ? (s32)at + 1 : -EINVAL;
}

s32 alv_conversion_parse(const char *text, u32 size,
			 struct alv_conversion *ret_conversion)
{
	struct alv_conversion conversion = { 0 };
	u32 at = parse_flags(text, size, &conversion);
	s32 n;

	at += parse_width(text + at, size - at, &conversion);
	conversion.kind = peek(text, size, at);
	switch (conversion.kind) {
	case 'p':
		n = parse_extension(text + at + 1, size - at - 1, &conversion);
		n = n < 0 ? n : n + 1;
		break;
	case 's':
		n = ends_word(peek(text, size, at + 1)) ? 1 : -EINVAL;
		break;
	case 'c':
		n = 1;
		break;
	default:
		n = parse_number(text + at, size - at, &conversion);
		break;
	}
	if (n < 0)
		return n;
	*ret_conversion = conversion;
	return (s32)at + n;
}

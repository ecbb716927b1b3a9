/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/format.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STRING_MAX 512 /* of a %s */
#define SPEC_MAX   24  /* "%-020.10llx" */

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

/* One conversion: "%08llx" is spec "%08" and kind 'x' of 64 bits. */
struct conversion {
	char spec[SPEC_MAX]; /* flags, width, precision */
	u32 n;
	u32 bits;
	char kind;
};

/* The conversion behind a '%'; how many bytes it has, or -EINVAL. */
static s32 parse(const char *text, u32 size, struct conversion *conversion)
{
	u32 at = 0;

	conversion->n = 0;
	conversion->spec[conversion->n++] = '%';
	while (at < size && (strchr("-+ #0.", text[at]) || isdigit((u8)text[at])) && text[at]) {
		if (conversion->n == SPEC_MAX - 4)
			return -EINVAL;
		conversion->spec[conversion->n++] = text[at++];
	}
	conversion->bits = 32;
	while (at < size && text[at] == 'l') {
		conversion->bits = 64;
		at++;
	}
	if (at == size)
		return -EINVAL;
	conversion->kind = text[at++];
	return (s32)at;
}

static void put_number(struct out *out, struct conversion *conversion, u64 value)
{
	char text[128];
	bool is_signed = conversion->kind == 'd' || conversion->kind == 'i';

	if (conversion->bits == 32)
		value = is_signed ? (u64)(s64)(s32)value : (u32)value;
	memcpy(conversion->spec + conversion->n, "ll", 2);
	conversion->spec[conversion->n + 2] = conversion->kind;
	conversion->spec[conversion->n + 3] = 0;
	snprintf(text, sizeof(text), conversion->spec, value);
	put(out, text, strlen(text));
}

static void put_pointer(struct out *out, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)value);
	put(out, text, strlen(text));
}

/* Not where it points, but a number that is the same for the same address. */
static void put_hashed_pointer(struct out *out, u64 value)
{
	put_pointer(out, (value * 0x9e3779b97f4a7c15u) >> 32);
}

static void put_address(struct alv_run *run, struct out *out, u64 address, bool v6, bool plain)
{
	u8 bytes[16] = { 0 };
	char text[INET6_ADDRSTRLEN];

	if (alv_run_probe(run, bytes, address, v6 ? 16 : 4)) {
		put(out, "(efault)", 8);
		return;
	}
	if (v6 && plain) {
		for (u32 i = 0; i < 16; i++) {
			snprintf(text, sizeof(text), "%02x", bytes[i]);
			put(out, text, 2);
		}
		return;
	}
	if (v6)
		inet_ntop(AF_INET6, bytes, text, sizeof(text));
	else if (plain)
		snprintf(text, sizeof(text), "%03u.%03u.%03u.%03u", bytes[0], bytes[1], bytes[2],
			 bytes[3]);
	else
		inet_ntop(AF_INET, bytes, text, sizeof(text));
	put(out, text, strlen(text));
}

/* A string of the emulated kernel's memory or the task's; what can't be read is empty. */
static void put_string(struct alv_run *run, struct out *out, u64 address, bool user)
{
	char c;

	for (u32 i = 0; i < STRING_MAX; i++) {
		int err = user ? run->task ? alv_copy_in(run->task, &c, alv_uaddr_at(address + i),
							 1) :
					     -EFAULT :
				 alv_run_probe(run, &c, address + i, 1);

		if (err || !c)
			return;
		put(out, &c, 1);
	}
}

/* What follows %p: how many bytes of it were eaten, or -EINVAL. */
static s32 put_extended(struct alv_run *run, struct out *out, const char *text, u32 size,
			u64 value)
{
	if (size >= 2 && (text[0] == 'k' || text[0] == 'u') && text[1] == 's') {
		put_string(run, out, value, text[0] == 'u');
		return 2;
	}
	if (size >= 2 && (text[0] == 'i' || text[0] == 'I') && (text[1] == '4' || text[1] == '6')) {
		put_address(run, out, value, text[1] == '6', text[0] == 'i');
		return 2;
	}
	if (size && text[0] == 'x') {
		put_pointer(out, value);
		return 1;
	}
	if (size && strchr("KsSB", text[0]) && text[0]) {
		put_hashed_pointer(out, value);
		return 1;
	}
	if (size && isalnum((u8)text[0]))
		return -EINVAL;
	put_hashed_pointer(out, value);
	return 0;
}

/* One conversion with its argument: bytes of the format behind it, or -EINVAL. */
static s32 put_conversion(struct alv_run *run, struct out *out, struct conversion *conversion,
			  const char *behind, u32 left, u64 value)
{
	char c = (char)value;

	switch (conversion->kind) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
		put_number(out, conversion, value);
		return 0;
	case 'c':
		put(out, &c, 1);
		return 0;
	case 's':
		put_string(run, out, value, false);
		return 0;
	case 'p':
		return put_extended(run, out, behind, left, value);
	default:
		return -EINVAL;
	}
}

s64 alv_format_print(struct alv_run *run, const struct alv_format *format, char *dst, u32 size)
{
	struct out out = { .dst = dst, .size = size ? size - 1 : 0 };
	u32 length = (u32)strnlen(format->text, format->size), used = 0;

	for (u32 at = 0; at < length;) {
		struct conversion conversion;
		s32 n;

		if (format->text[at] != '%' || (at + 1 < length && format->text[at + 1] == '%')) {
			put(&out, &format->text[at], 1);
			at += format->text[at] == '%' ? 2 : 1;
			continue;
		}
		at++;
		n = parse(format->text + at, length - at, &conversion);
		if (n < 0 || used == format->n_args)
			return -EINVAL;
		at += (u32)n;
		n = put_conversion(run, &out, &conversion, format->text + at, length - at,
				   format->args[used++]);
		if (n < 0)
			return n;
		at += (u32)n;
	}
	if (size)
		dst[out.length < out.size ? out.length : out.size] = 0;
	return (s64)out.length;
}

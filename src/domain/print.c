/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers, bits and scalars in the words of the verifier's reports. Numbers beyond 16
 * bits are hexadecimal. Ends that print alike are told once: "smax=umax=255".
 */
#include <inttypes.h>
#include <stdio.h>

#include "domain/scalar.h"

struct text {
	char *at;
	size_t size;
	int length; /* of all, whether it had room or not */
};

/* Where and how much room is left, for functions like snprintf(). */
static char *text_end(const struct text *text)
{
	return (size_t)text->length < text->size ? text->at + text->length : NULL;
}

static size_t text_room(const struct text *text)
{
	return (size_t)text->length < text->size ? text->size - (size_t)text->length : 0;
}

static void append(struct text *text, const char *string)
{
	text->length += snprintf(text_end(text), text_room(text), "%s", string);
}

static bool is_short_unsigned(u64 number)
{
	return number <= UINT16_MAX;
}

static bool is_short_signed(s64 number)
{
	return number >= INT16_MIN && number <= INT16_MAX;
}

int alv_scalar_print_unsigned(char *text, size_t size, u64 number)
{
	return snprintf(text, size, is_short_unsigned(number) ? "%" PRIu64 : "0x%" PRIx64,
			number);
}

int alv_scalar_print_signed(char *text, size_t size, s64 number)
{
	return snprintf(text, size, is_short_signed(number) ? "%" PRId64 : "0x%" PRIx64,
			number);
}

int alv_tnum_print(char *text, size_t size, struct alv_tnum t)
{
	if (alv_tnum_is_const(t))
		return alv_scalar_print_unsigned(text, size, t.value);
	return snprintf(text, size, "(0x%" PRIx64 "; 0x%" PRIx64 ")", t.value, t.mask);
}

/* One end of a range. */
struct end {
	const char *name;
	bool is_signed;
	u64 value;
	bool told; /* already, or it is no news */
};

/* A hexadecimal 32-bit number has its 8 digits, not the sign's extension. */
static u64 half_value(s32 value)
{
	return is_short_signed(value) ? (u64)(s64)value : (u64)(u32)value;
}

static bool prints_alike(const struct end *a, const struct end *b)
{
	bool a_negative = a->is_signed && (s64)a->value < 0;
	bool b_negative = b->is_signed && (s64)b->value < 0;

	return a->value == b->value && a_negative == b_negative;
}

static void append_end(struct text *text, const struct end *end)
{
	char *at = text_end(text);
	size_t room = text_room(text);

	text->length += end->is_signed
				? alv_scalar_print_signed(at, room, (s64)end->value)
				: alv_scalar_print_unsigned(at, room, end->value);
}

/* Least ends have even numbers, greatest odd ones; only like are merged. */
static void append_ends(struct text *text, struct end *ends, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (ends[i].told)
			continue;
		if (text->length)
			append(text, ",");
		append(text, ends[i].name);
		for (j = i + 2; j < count; j += 2) {
			if (ends[j].told || !prints_alike(&ends[i], &ends[j]))
				continue;
			ends[j].told = true;
			append(text, ends[j].name);
		}
		append_end(text, &ends[i]);
	}
}

int alv_scalar_print(char *text, size_t size, const struct alv_scalar *s)
{
	struct end ends[] = {
		{ "smin=", true, (u64)s->smin, s->smin == INT64_MIN },
		{ "smax=", true, (u64)s->smax, s->smax == INT64_MAX },
		{ "umin=", false, s->umin, s->umin == 0 },
		{ "umax=", false, s->umax, s->umax == UINT64_MAX },
		{ "smin32=", true, half_value(s->s32_min), s->s32_min == INT32_MIN },
		{ "smax32=", true, half_value(s->s32_max), s->s32_max == INT32_MAX },
		{ "umin32=", false, s->u32_min, s->u32_min == 0 },
		{ "umax32=", false, s->u32_max, s->u32_max == UINT32_MAX },
	};
	struct text out = { .at = text, .size = size };

	if (alv_scalar_is_const(s))
		return alv_scalar_print_signed(text, size, (s64)s->bits.value);
	if (size)
		text[0] = '\0';
	append_ends(&out, ends, ALV_COUNT(ends));
	if (!alv_tnum_is_unknown(s->bits)) {
		append(&out, out.length ? ",var_off=" : "var_off=");
		out.length += alv_tnum_print(text_end(&out), text_room(&out), s->bits);
	}
	return out.length;
}

int alv_scalar_print_parts(char *text, size_t size, const struct alv_scalar *s)
{
	return snprintf(
		text, size,
		"u64=[0x%" PRIx64 ", 0x%" PRIx64 "] s64=[0x%" PRIx64 ", 0x%" PRIx64
		"] u32=[0x%" PRIx32 ", 0x%" PRIx32 "] s32=[0x%" PRIx32 ", 0x%" PRIx32
		"] var_off=(0x%" PRIx64 ", 0x%" PRIx64 ")",
		s->umin, s->umax, (u64)s->smin, (u64)s->smax, s->u32_min, s->u32_max,
		(u32)s->s32_min, (u32)s->s32_max, s->bits.value, s->bits.mask);
}

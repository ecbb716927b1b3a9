/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The string section and the rules for names. The section ends with a NUL, so
 * each offset within it is a string. Letters are those of Latin-1, as in the
 * kernel, whatever this process's locale is.
 */
#include "btf/parser.h"

#define NAME_MAX_NOW 512 /* Linux 6.1 */
#define NAME_MAX_OLD 128

int alv_btf_check_strings(struct alv_btf_parser *parser, const struct btf_header *header)
{
	struct alv_btf *btf = parser->btf;
	u64 start = (u64)header->hdr_len + header->str_off;
	u32 size = header->str_len;

	if (start + size != btf->raw.size)
		return alv_btf_refuse(parser, "String section is not at the end");
	btf->strings = (const char *)btf->raw.data + start;
	btf->strings_size = size;
	if (btf->base && !size)
		return 0;
	if (!size || size - 1 > BTF_MAX_NAME_OFFSET || btf->strings[size - 1])
		return alv_btf_refuse(parser, "Invalid string section");
	if (!btf->base && btf->strings[0])
		return alv_btf_refuse(parser, "Invalid string section");
	return 0;
}

const char *alv_btf_string(const struct alv_btf *btf, u32 offset)
{
	while (offset < btf->first_string)
		btf = btf->base;
	offset -= btf->first_string;
	return offset < btf->strings_size ? btf->strings + offset : NULL;
}

bool alv_btf_string_ok(const struct alv_btf *btf, u32 offset)
{
	return offset <= BTF_MAX_NAME_OFFSET && alv_btf_string(btf, offset);
}

const char *alv_btf_name_at(const struct alv_btf *btf, u32 offset)
{
	const char *name;

	if (!offset)
		return "(anon)";
	name = alv_btf_string(btf, offset);
	return name ? name : "(invalid-name-offset)";
}

const char *alv_btf_name(const struct alv_btf *btf, const struct btf_type *type)
{
	return alv_btf_name_at(btf, type->name_off);
}

static bool is_letter(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

static bool is_printable(unsigned char c)
{
	return (c >= ' ' && c <= '~') || c >= 0xa0;
}

static bool is_name_start(unsigned char c)
{
	return is_letter(c) || c == '_' || c == '.';
}

static bool is_name_char(unsigned char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

/* Is it a string of at most the longest name's length, all of these characters? */
static bool all_chars(const struct alv_btf_parser *parser, const char *name,
		      bool (*ok)(unsigned char c))
{
	u32 limit = alv_btf_since(parser, V6_1) ? NAME_MAX_NOW : NAME_MAX_OLD;

	for (u32 i = 0; i < limit; i++) {
		if (!name[i])
			return true;
		if (!ok((unsigned char)name[i]))
			return false;
	}
	return !name[limit];
}

bool alv_btf_is_identifier(const struct alv_btf_parser *parser, u32 offset)
{
	const char *name = alv_btf_string(parser->btf, offset);

	return is_name_start((unsigned char)name[0]) &&
	       all_chars(parser, name, is_name_char);
}

bool alv_btf_is_section_name(const struct alv_btf_parser *parser, u32 offset)
{
	const char *name = alv_btf_string(parser->btf, offset);

	/* Any printable text since 6.12; before, an identifier. */
	if (!alv_btf_since(parser, V6_12))
		return alv_btf_is_identifier(parser, offset);
	return name[0] && all_chars(parser, name, is_printable);
}

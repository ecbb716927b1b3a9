/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Members lie within their struct. In a struct with kind_flag an offset holds a
 * bit-field's size, too; without it, only an int that is narrower than its bytes
 * can be a bit-field.
 */
#include "btf/parser.h"

#define MAX_COPY_BITS 128
#define ENUM_BITS     32

/* The member as messages show it: behind modifiers, its type is the one behind. */
struct place {
	struct alv_btf_parser *parser;
	const struct btf_type *outer;
	struct btf_member member;
};

static int refuse(const struct place *place, const char *message)
{
	return alv_btf_refuse_member(place->parser, place->outer, &place->member, "%s",
				     message);
}

static int check_bytes(const struct place *place, u32 size)
{
	if (place->member.offset % 8)
		return refuse(place, "Member is not byte aligned");
	if (place->outer->size - place->member.offset / 8 < size)
		return refuse(place, "Member exceeds struct_size");
	return 0;
}

static int check_bits(const struct place *place, u32 offset, u32 bits)
{
	u32 start = offset / 8;
	u32 copied = bits + offset % 8;

	if (copied > MAX_COPY_BITS)
		return refuse(place, "nr_copy_bits exceeds 128");
	if (place->outer->size < start || place->outer->size - start < (copied + 7) / 8)
		return refuse(place, "Member exceeds struct_size");
	return 0;
}

static int check_int(const struct place *place, const struct btf_type *type)
{
	u32 data = alv_btf_int(type);

	if (UINT32_MAX - place->member.offset < BTF_INT_OFFSET(data))
		return refuse(place, "bits_offset exceeds U32_MAX");
	return check_bits(place, place->member.offset + BTF_INT_OFFSET(data),
			  BTF_INT_BITS(data));
}

static int check_int_field(const struct place *place, const struct btf_type *type)
{
	u32 offset = BTF_MEMBER_BIT_OFFSET(place->member.offset);
	u32 bits = BTF_MEMBER_BITFIELD_SIZE(place->member.offset);
	u32 all = BTF_INT_BITS(alv_btf_int(type));

	if (!alv_btf_is_regular_int(type))
		return refuse(place, "Invalid member base type");
	if (!bits && offset % 8)
		return refuse(place, "Invalid member offset");
	if (bits > all)
		return refuse(place, "Invalid member bitfield_size");
	return check_bits(place, offset, bits ? bits : all);
}

static int check_enum_field(const struct place *place)
{
	u32 offset = BTF_MEMBER_BIT_OFFSET(place->member.offset);
	u32 bits = BTF_MEMBER_BITFIELD_SIZE(place->member.offset);

	if (!bits && offset % 8)
		return refuse(place, "Member is not byte aligned");
	if (bits > ENUM_BITS)
		return refuse(place, "Invalid member bitfield_size");
	if (place->outer->size < (offset + (bits ? bits : ENUM_BITS) + 7) / 8)
		return refuse(place, "Member exceeds struct_size");
	return 0;
}

/* Machines differ in how they align floats; the least of them is asked for. */
static int check_float(const struct place *place, const struct btf_type *type)
{
	u32 align = type->size < 8 ? type->size : 8;

	if (place->member.offset % (align * 8))
		return refuse(place, "Member is not properly aligned");
	if ((u64)place->member.offset / 8 + type->size > place->outer->size)
		return refuse(place, "Member exceeds struct_size");
	return 0;
}

int alv_btf_check_member(struct alv_btf_parser *parser, const struct btf_type *outer,
			 const struct btf_member *member)
{
	struct place place = { parser, outer, *member };
	bool field = alv_btf_kflag(outer);
	const struct btf_type *type;
	u32 size = 0;

	type = alv_btf_sized(parser->btf, &place.member.type, &size);
	if (!type)
		return refuse(&place, "Invalid member");
	switch (alv_btf_kind(type)) {
	case BTF_KIND_INT:
		return field ? check_int_field(&place, type) : check_int(&place, type);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return field ? check_enum_field(&place) : check_bytes(&place, size);
	default:
		if (field && BTF_MEMBER_BITFIELD_SIZE(member->offset))
			return refuse(&place, "Invalid member bitfield_size");
		if (alv_btf_is(type, BTF_KIND_FLOAT))
			return check_float(&place, type);
		return check_bytes(&place, size);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of each type by itself: known kind, room for its items, flags, names,
 * sizes. What it refers to is looked at later (resolve.c), when all types are
 * known to be well formed.
 *
 * A kind's row is the list of its rules in the order in which the kernel looks,
 * which decides which message a type with several faults gets.
 */
#include <errno.h>
#include <stdlib.h>

#include "btf/parser.h"

#define INFO_MASK_NOW 0x9f00ffffu
#define INFO_MASK_OLD 0x8f00ffffu /* before kinds above 15 */
#define INT_MASK      0x0fffffffu
#define MAX_INT_BITS  128

struct rule {
	bool (*ok)(const struct alv_btf_parser *parser, const struct btf_type *type);
	const char *message;
};

struct shape {
	const struct rule *const *rules;
	/* Further checks before the type is described, and then those of its items. */
	int (*check)(struct alv_btf_parser *parser, const struct btf_type *type);
	int (*check_items)(struct alv_btf_parser *parser, const struct btf_type *type);
};

static bool id_ok(u32 id)
{
	return id <= BTF_MAX_TYPE;
}

static bool no_vlen(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !alv_btf_vlen(type);
}

static bool no_kflag(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !alv_btf_kflag(type);
}

/* Signed enums are as old as ENUM64. */
static bool enum_kflag(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !alv_btf_kflag(type) || alv_btf_since(parser, V6_0);
}

/* Tags with the flag are attributes by themselves. */
static bool tag_kflag(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !alv_btf_kflag(type) || alv_btf_since(parser, V6_15);
}

static bool no_name(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !type->name_off;
}

static bool has_identifier(const struct alv_btf_parser *parser,
			   const struct btf_type *type)
{
	return type->name_off && alv_btf_is_identifier(parser, type->name_off);
}

static bool may_have_identifier(const struct alv_btf_parser *parser,
				const struct btf_type *type)
{
	return !type->name_off || alv_btf_is_identifier(parser, type->name_off);
}

static bool has_section_name(const struct alv_btf_parser *parser,
			     const struct btf_type *type)
{
	return type->name_off && alv_btf_is_section_name(parser, type->name_off);
}

static bool has_text(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return alv_btf_string(parser->btf, type->name_off)[0];
}

static bool target_id(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return id_ok(type->type);
}

static bool target_id_not_void(const struct alv_btf_parser *parser,
			       const struct btf_type *type)
{
	return type->type && id_ok(type->type);
}

/* Also for "no size": the two share their place. */
static bool no_target(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return !type->type;
}

static bool some_size(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return type->size;
}

static bool enum_size(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return type->size && type->size <= 8 && !(type->size & (type->size - 1));
}

static bool float_size(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return type->size == 2 || type->size == 4 || type->size == 8 ||
	       type->size == 12 || type->size == 16;
}

static bool array_element(const struct alv_btf_parser *parser,
			  const struct btf_type *type)
{
	return alv_btf_array(type)->type && id_ok(alv_btf_array(type)->type);
}

static bool array_index(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return alv_btf_array(type)->index_type && id_ok(alv_btf_array(type)->index_type);
}

static bool func_linkage(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return alv_btf_vlen(type) <= (alv_btf_since(parser, V5_6) ? BTF_FUNC_GLOBAL : 0);
}

static bool var_linkage(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	return ((const struct btf_var *)(type + 1))->linkage <= BTF_VAR_GLOBAL_ALLOCATED;
}

static bool tag_component(const struct alv_btf_parser *parser,
			  const struct btf_type *type)
{
	return ((const struct btf_decl_tag *)(type + 1))->component_idx >= -1;
}

static const struct rule rule_vlen = { no_vlen, "vlen != 0" };
static const struct rule rule_kflag = { no_kflag, "Invalid btf_info kind_flag" };
static const struct rule rule_enum_kflag = { enum_kflag, "Invalid btf_info kind_flag" };
static const struct rule rule_tag_kflag = { tag_kflag, "Invalid btf_info kind_flag" };
static const struct rule rule_no_name = { no_name, "Invalid name" };
static const struct rule rule_name = { has_identifier, "Invalid name" };
static const struct rule rule_maybe_name = { may_have_identifier, "Invalid name" };
static const struct rule rule_section_name = { has_section_name, "Invalid name" };
static const struct rule rule_tag_name = { has_text, "Invalid name" };
static const struct rule rule_tag_value = { has_text, "Invalid value" };
static const struct rule rule_target = { target_id, "Invalid type_id" };
static const struct rule rule_target_not_void = { target_id_not_void, "Invalid type_id" };
static const struct rule rule_no_target = { no_target, "type != 0" };
static const struct rule rule_no_size = { no_target, "size != 0" };
static const struct rule rule_some_size = { some_size, "size == 0" };
static const struct rule rule_enum_size = { enum_size, "Unexpected size" };
static const struct rule rule_float_size = { float_size, "Invalid type_size" };
static const struct rule rule_array_element = { array_element, "Invalid elem" };
static const struct rule rule_array_index = { array_index, "Invalid index" };
static const struct rule rule_func_linkage = { func_linkage, "Invalid func linkage" };
static const struct rule rule_var_linkage = { var_linkage, "Linkage not supported" };
static const struct rule rule_tag_component = { tag_component, "Invalid component_idx" };

#define RULES(...) ((const struct rule *const[]){ __VA_ARGS__, NULL })

static int check_int(struct alv_btf_parser *parser, const struct btf_type *type)
{
	u32 data = alv_btf_int(type);
	u32 bits = BTF_INT_BITS(data) + BTF_INT_OFFSET(data);
	u32 encoding = BTF_INT_ENCODING(data);

	if (data & ~INT_MASK)
		return alv_btf_refuse_stub(parser, type, "Invalid int_data:%x", data);
	if (bits > MAX_INT_BITS)
		return alv_btf_refuse_type(parser, type, "nr_bits exceeds %u",
					   MAX_INT_BITS);
	if ((bits + 7) / 8 > type->size)
		return alv_btf_refuse_type(parser, type, "nr_bits exceeds type_size");
	/* At most one of the three. */
	if (encoding & (encoding - 1) || encoding > BTF_INT_BOOL) {
		alv_btf_refuse_type(parser, type, "Unsupported encoding");
		return -ALV_ENOTSUPP;
	}
	return 0;
}

static int check_members(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_member *member = alv_btf_members(type);
	bool overlay = alv_btf_is(type, BTF_KIND_UNION);
	u32 count = alv_btf_vlen(type);
	u32 last = 0;

	for (u32 i = 0; i < count; i++, member++) {
		u32 offset = alv_btf_bit_offset(type, member);

		if (!alv_btf_string_ok(parser->btf, member->name_off))
			return alv_btf_refuse_member(parser, type, member,
						     "Invalid member name_offset:%u",
						     member->name_off);
		if (member->name_off && !alv_btf_is_identifier(parser, member->name_off))
			return alv_btf_refuse_member(parser, type, member,
						     "Invalid name");
		if (!member->type || !id_ok(member->type))
			return alv_btf_refuse_member(parser, type, member,
						     "Invalid type_id");
		if ((overlay && offset) || offset < last)
			return alv_btf_refuse_member(parser, type, member,
						     "Invalid member bits_offset");
		if (((u64)offset + 7) / 8 > type->size)
			return alv_btf_refuse_member(
				parser, type, member,
				"Member bits_offset exceeds its struct size");
		alv_btf_describe_member(parser, type, member);
		last = offset;
	}
	return 0;
}

/* The name of an enumerator, at the head of both kinds' items. */
static int check_enumerator_name(struct alv_btf_parser *parser,
				 const struct btf_type *type, u32 name)
{
	if (!alv_btf_string_ok(parser->btf, name))
		return alv_btf_refuse(parser, "\tInvalid name_offset:%u", name);
	if (!name || !alv_btf_is_identifier(parser, name))
		return alv_btf_refuse_type(parser, type, "Invalid name");
	return 0;
}

static int check_enumerators(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_enum *item = (const struct btf_enum *)(type + 1);
	const struct btf_enum *end = item + alv_btf_vlen(type);
	bool is_signed = alv_btf_kflag(type) || !alv_btf_since(parser, V6_0);

	for (; item < end; item++) {
		int err = check_enumerator_name(parser, type, item->name_off);

		if (err)
			return err;
		if (alv_report_wanted(parser->report))
			alv_report_printf(parser->report,
					  is_signed ? "\t%s val=%d\n" : "\t%s val=%u\n",
					  alv_btf_name_at(parser->btf, item->name_off),
					  item->val);
	}
	return 0;
}

static int check_enumerators64(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_enum64 *item = (const struct btf_enum64 *)(type + 1);
	const struct btf_enum64 *end = item + alv_btf_vlen(type);
	const char *format = alv_btf_kflag(type) ? "\t%s val=%lld\n" : "\t%s val=%llu\n";

	for (; item < end; item++) {
		int err = check_enumerator_name(parser, type, item->name_off);

		if (err)
			return err;
		if (alv_report_wanted(parser->report))
			alv_report_printf(parser->report, format,
					  alv_btf_name_at(parser->btf, item->name_off),
					  (unsigned long long)item->val_hi32 << 32 |
						  item->val_lo32);
	}
	return 0;
}

static int check_vars(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_var_secinfo *var = alv_btf_vars(type);
	const struct btf_var_secinfo *end = var + alv_btf_vlen(type);
	u32 last_end = 0;
	u64 sum = 0;

	for (; var < end; var++) {
		const char *message = NULL;

		if (!var->type || !id_ok(var->type))
			message = "Invalid type_id";
		else if (var->offset < last_end || var->offset >= type->size)
			message = "Invalid offset";
		else if (!var->size || var->size > type->size)
			message = "Invalid size";
		/* The kernel adds in 32 bits, so an end may wrap around. */
		else if (var->offset + var->size > type->size)
			message = "Invalid offset+size";
		if (message)
			return alv_btf_refuse_var(parser, type, var, message);
		last_end = var->offset + var->size;
		sum += var->size;
		alv_btf_describe_var(parser, type, var);
	}
	if (sum > type->size)
		return alv_btf_refuse_type(parser, type, "Invalid btf_info size");
	return 0;
}

static const struct shape shapes[ALV_BTF_N_KINDS] = {
	[BTF_KIND_INT] = { .rules = RULES(&rule_vlen, &rule_kflag), .check = check_int },
	[BTF_KIND_PTR] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_target,
					  &rule_no_name) },
	[BTF_KIND_ARRAY] = { .rules = RULES(&rule_no_name, &rule_vlen, &rule_kflag,
					    &rule_no_size, &rule_array_element,
					    &rule_array_index) },
	[BTF_KIND_STRUCT] = { .rules = RULES(&rule_maybe_name),
			      .check_items = check_members },
	[BTF_KIND_UNION] = { .rules = RULES(&rule_maybe_name),
			     .check_items = check_members },
	[BTF_KIND_ENUM] = { .rules = RULES(&rule_enum_kflag, &rule_enum_size,
					   &rule_maybe_name),
			    .check_items = check_enumerators },
	[BTF_KIND_FWD] = { .rules = RULES(&rule_vlen, &rule_no_target, &rule_name) },
	[BTF_KIND_TYPEDEF] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_target,
					      &rule_name) },
	[BTF_KIND_VOLATILE] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_target,
					       &rule_no_name) },
	[BTF_KIND_CONST] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_target,
					    &rule_no_name) },
	[BTF_KIND_RESTRICT] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_target,
					       &rule_no_name) },
	[BTF_KIND_FUNC] = { .rules = RULES(&rule_name, &rule_func_linkage, &rule_kflag) },
	[BTF_KIND_FUNC_PROTO] = { .rules = RULES(&rule_no_name, &rule_kflag) },
	[BTF_KIND_VAR] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_name,
					  &rule_target_not_void, &rule_var_linkage) },
	[BTF_KIND_DATASEC] = { .rules = RULES(&rule_some_size, &rule_kflag,
					      &rule_section_name),
			       .check_items = check_vars },
	[BTF_KIND_FLOAT] = { .rules = RULES(&rule_vlen, &rule_kflag, &rule_float_size) },
	[BTF_KIND_DECL_TAG] = { .rules = RULES(&rule_tag_value, &rule_vlen,
					       &rule_tag_kflag, &rule_tag_component) },
	[BTF_KIND_TYPE_TAG] = { .rules = RULES(&rule_vlen, &rule_tag_kflag, &rule_target,
					       &rule_tag_name) },
	[BTF_KIND_ENUM64] = { .rules = RULES(&rule_enum_size, &rule_maybe_name),
			      .check_items = check_enumerators64 },
};

/* What every kind has: known bits, a known kind, a name within the strings. */
static int check_common(struct alv_btf_parser *parser, const struct btf_type *type)
{
	u32 mask = alv_btf_since(parser, V5_13) ? INFO_MASK_NOW : INFO_MASK_OLD;
	u32 kind = alv_btf_kind(type);

	if (type->info & ~mask)
		return alv_btf_refuse(parser, "[%u] Invalid btf_info:%x", parser->id,
				      type->info);
	if (!kind || kind >= ALV_BTF_N_KINDS ||
	    !alv_btf_since(parser, alv_btf_kinds[kind].since))
		return alv_btf_refuse(parser, "[%u] Invalid kind:%u", parser->id, kind);
	if (!alv_btf_string_ok(parser->btf, type->name_off))
		return alv_btf_refuse(parser, "[%u] Invalid name_offset:%u", parser->id,
				      type->name_off);
	return 0;
}

/* One type at the head of `left` bytes; answers its size there. */
static int check_shape(struct alv_btf_parser *parser, const struct btf_type *type,
		       u32 left, u32 *ret_size)
{
	const struct alv_btf_kind_row *row;
	const struct shape *shape;
	u32 needed;
	int err;

	if (left < sizeof(*type))
		return alv_btf_refuse(parser, "[%u] meta_left:%u meta_needed:%zu",
				      parser->id, left, sizeof(*type));
	err = check_common(parser, type);
	if (err)
		return err;
	left -= (u32)sizeof(*type);
	row = &alv_btf_kinds[alv_btf_kind(type)];
	needed = row->fixed + row->item * alv_btf_vlen(type);
	if (left < needed)
		return alv_btf_refuse_stub(parser, type, "meta_left:%u meta_needed:%u",
					   left, needed);
	shape = &shapes[alv_btf_kind(type)];
	for (const struct rule *const *rule = shape->rules; *rule; rule++)
		if (!(*rule)->ok(parser, type))
			return alv_btf_refuse_type(parser, type, "%s", (*rule)->message);
	if (shape->check) {
		err = shape->check(parser, type);
		if (err)
			return err;
	}
	alv_btf_describe_type(parser, type);
	*ret_size = (u32)sizeof(*type) + needed;
	return shape->check_items ? shape->check_items(parser, type) : 0;
}

/* Types beyond the last valid id are told of and left out, which is no failure. */
static int add_type(struct alv_btf_parser *parser, u32 *capacity, u32 offset)
{
	struct alv_btf *btf = parser->btf;

	if (btf->first_id + btf->count == BTF_MAX_TYPE) {
		alv_btf_refuse(parser, "Exceeded max num of types");
		return 0;
	}
	if (btf->count == *capacity) {
		u32 more = *capacity ? *capacity + *capacity / 2 : 64;
		u32 *grown = realloc(btf->offsets, more * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		btf->offsets = grown;
		*capacity = more;
	}
	btf->offsets[btf->count++] = offset;
	return 0;
}

int alv_btf_check_shapes(struct alv_btf_parser *parser, const struct btf_header *header)
{
	struct alv_btf *btf = parser->btf;
	u32 capacity = 0;
	int err;

	parser->id = btf->base ? btf->first_id : 1;
	if (!btf->base) {
		err = add_type(parser, &capacity, 0);
		if (err)
			return err;
	}
	for (u32 at = 0; at < header->type_len; parser->id++) {
		const struct btf_type *type = (const struct btf_type *)(btf->types + at);
		u32 size = 0;

		err = check_shape(parser, type, header->type_len - at, &size);
		if (!err)
			err = add_type(parser, &capacity, at);
		if (err)
			return err;
		at += size;
	}
	return 0;
}

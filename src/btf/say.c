/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of a BTF report, in the kernel's words. One printf here is one of the
 * kernel's: each is cut at ALV_REPORT_LINE by itself.
 */
#include <errno.h>

#include "btf/parser.h"

static const char *int_encoding_name(u32 encoding)
{
	switch (encoding) {
	case 0:
		return "(none)";
	case BTF_INT_SIGNED:
		return "SIGNED";
	case BTF_INT_CHAR:
		return "CHAR";
	case BTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

static void say_params(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_param *params = alv_btf_params(type);
	struct alv_report *report = parser->report;
	u32 count = alv_btf_vlen(type);

	alv_report_printf(report, "return=%u args=(", type->type);
	if (!count)
		alv_report_printf(report, "void");
	for (u32 i = 0; i < count; i++) {
		const char *comma = i ? ", " : "";

		/* Only the last one stands for "..." when its type is void. */
		if (i == count - 1 && !params[i].type)
			alv_report_printf(report, "%svararg", comma);
		else
			alv_report_printf(
				report, "%s%u %s", comma, params[i].type,
				alv_btf_name_at(parser->btf, params[i].name_off));
	}
	alv_report_printf(report, ")");
}

static void say_details(struct alv_btf_parser *parser, const struct btf_type *type)
{
	struct alv_report *report = parser->report;
	const struct btf_array *array;
	u32 data;

	switch (alv_btf_kind(type)) {
	case BTF_KIND_INT:
		data = alv_btf_int(type);
		alv_report_printf(report, "size=%u bits_offset=%u nr_bits=%u encoding=%s",
				  type->size, BTF_INT_OFFSET(data), BTF_INT_BITS(data),
				  int_encoding_name(BTF_INT_ENCODING(data)));
		break;
	case BTF_KIND_ARRAY:
		array = alv_btf_array(type);
		alv_report_printf(report, "type_id=%u index_type_id=%u nr_elems=%u",
				  array->type, array->index_type, array->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		alv_report_printf(report, "size=%u vlen=%u", type->size,
				  alv_btf_vlen(type));
		break;
	case BTF_KIND_FWD:
		alv_report_printf(report, "%s", alv_btf_kflag(type) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC_PROTO:
		say_params(parser, type);
		break;
	case BTF_KIND_VAR:
		alv_report_printf(report, "type_id=%u linkage=%u", type->type,
				  ((const struct btf_var *)(type + 1))->linkage);
		break;
	case BTF_KIND_FLOAT:
		alv_report_printf(report, "size=%u", type->size);
		break;
	case BTF_KIND_DECL_TAG:
		alv_report_printf(
			report, "type=%u component_idx=%d", type->type,
			((const struct btf_decl_tag *)(type + 1))->component_idx);
		break;
	default:
		alv_report_printf(report, "type_id=%u", type->type);
		break;
	}
}

static void say_head(struct alv_btf_parser *parser, const struct btf_type *type,
		     const char *space)
{
	alv_report_printf(parser->report, "[%u] %s %s%s", parser->id,
			  alv_btf_kinds[alv_btf_kind(type)].name,
			  alv_btf_name_at(parser->btf, type->name_off), space);
}

/* Behind a description: " ", the message, and the end of the line. */
static void say_tail(struct alv_btf_parser *parser, const char *format, va_list args)
{
	alv_report_printf(parser->report, " ");
	alv_report_vprintf(parser->report, format, args);
	alv_report_printf(parser->report, "\n");
}

static void say_member(struct alv_btf_parser *parser, const struct btf_type *type,
		       const struct btf_member *member)
{
	const char *name = alv_btf_name_at(parser->btf, member->name_off);

	if (alv_btf_kflag(type))
		alv_report_printf(parser->report,
				  "\t%s type_id=%u bitfield_size=%u bits_offset=%u", name,
				  member->type, BTF_MEMBER_BITFIELD_SIZE(member->offset),
				  BTF_MEMBER_BIT_OFFSET(member->offset));
	else
		alv_report_printf(parser->report, "\t%s type_id=%u bits_offset=%u", name,
				  member->type, member->offset);
}

static void say_var(struct alv_btf_parser *parser, const struct btf_var_secinfo *var)
{
	alv_report_printf(parser->report, "\t type_id=%u offset=%u size=%u", var->type,
			  var->offset, var->size);
}

int alv_btf_refuse(struct alv_btf_parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	alv_report_vprintf(parser->report, format, args);
	va_end(args);
	return -EINVAL;
}

int alv_btf_refuse_type(struct alv_btf_parser *parser, const struct btf_type *type,
			const char *format, ...)
{
	va_list args;

	if (!alv_report_wanted(parser->report))
		return -EINVAL;
	say_head(parser, type, " ");
	say_details(parser, type);
	va_start(args, format);
	say_tail(parser, format, args);
	va_end(args);
	return -EINVAL;
}

int alv_btf_refuse_stub(struct alv_btf_parser *parser, const struct btf_type *type,
			const char *format, ...)
{
	va_list args;

	if (!alv_report_wanted(parser->report))
		return -EINVAL;
	say_head(parser, type, "");
	va_start(args, format);
	say_tail(parser, format, args);
	va_end(args);
	return -EINVAL;
}

int alv_btf_refuse_member(struct alv_btf_parser *parser, const struct btf_type *type,
			  const struct btf_member *member, const char *format, ...)
{
	va_list args;

	if (!alv_report_wanted(parser->report))
		return -EINVAL;
	/* While shapes are checked the struct is the line before; later it is not. */
	if (parser->well_formed)
		alv_btf_describe_type(parser, type);
	say_member(parser, type, member);
	va_start(args, format);
	say_tail(parser, format, args);
	va_end(args);
	return -EINVAL;
}

int alv_btf_refuse_var(struct alv_btf_parser *parser, const struct btf_type *type,
		       const struct btf_var_secinfo *var, const char *message)
{
	if (!alv_report_wanted(parser->report))
		return -EINVAL;
	if (parser->well_formed)
		alv_btf_describe_type(parser, type);
	say_var(parser, var);
	alv_report_printf(parser->report, " %s\n", message);
	return -EINVAL;
}

void alv_btf_describe_type(struct alv_btf_parser *parser, const struct btf_type *type)
{
	if (!alv_report_wanted(parser->report))
		return;
	say_head(parser, type, " ");
	say_details(parser, type);
	alv_report_printf(parser->report, "\n");
}

void alv_btf_describe_member(struct alv_btf_parser *parser, const struct btf_type *type,
			     const struct btf_member *member)
{
	if (!alv_report_wanted(parser->report))
		return;
	say_member(parser, type, member);
	alv_report_printf(parser->report, "\n");
}

void alv_btf_describe_var(struct alv_btf_parser *parser, const struct btf_type *type,
			  const struct btf_var_secinfo *var)
{
	if (!alv_report_wanted(parser->report))
		return;
	say_var(parser, var);
	alv_report_printf(parser->report, "\n");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A parse in progress, and its steps in the order in which they are taken; each
 * file that implements one says what it refuses. Private to btf/.
 */
#ifndef ALV_BTF_PARSER_H
#define ALV_BTF_PARSER_H

#include "btf/btf.h"
#include "btf/kind.h"

#define ALV_ENOTSUPP 524 /* the kernel's own errno, which <errno.h> has not */

/* A type on the way to being resolved, and which of its items is the next. */
struct alv_btf_visit {
	u32 id;
	u32 next;
};

struct alv_btf_parser {
	struct alv_btf *btf;
	const struct alv_btf_rules *rules;
	struct alv_report *report;
	u32 id;		  /* the type that messages speak of */
	bool well_formed; /* all types are; now their references are looked at */

	/* resolve.c */
	u8 *states;
	u32 goal;
	struct alv_btf_visit stack[ALV_BTF_MAX_DEPTH];
	u32 depth;
};

static inline bool alv_btf_since(const struct alv_btf_parser *parser,
				 enum alv_kernel since)
{
	return parser->rules->version >= since;
}

/* header.c: the header, and where the sections are. */
int alv_btf_check_header(struct alv_btf_parser *parser, struct btf_header *ret_header);
/* strings.c: the string section. */
int alv_btf_check_strings(struct alv_btf_parser *parser, const struct btf_header *header);
/* shape.c: each type by itself; fills btf->offsets. */
int alv_btf_check_shapes(struct alv_btf_parser *parser, const struct btf_header *header);
/* resolve.c: what types refer to; fills btf->resolved and btf->sizes. */
int alv_btf_check_references(struct alv_btf_parser *parser);
/* member.c: does the member lie within its struct? Its type is resolved. */
int alv_btf_check_member(struct alv_btf_parser *parser, const struct btf_type *type,
			 const struct btf_member *member);
/* tag.c: type tags stand before other modifiers. */
int alv_btf_check_tags(struct alv_btf_parser *parser);
/* ownership.c: structs with special fields, and which may hold which. */
int alv_btf_check_ownership(struct alv_btf_parser *parser);

/* strings.c: rules for names. The offset is that of a string. */
bool alv_btf_string_ok(const struct alv_btf *btf, u32 offset);
bool alv_btf_is_identifier(const struct alv_btf_parser *parser, u32 offset);
bool alv_btf_is_section_name(const struct alv_btf_parser *parser, u32 offset);
const char *alv_btf_name_at(const struct alv_btf *btf, u32 offset);

/* type.c: an int of 1, 2, 4, 8 or 16 whole bytes? */
bool alv_btf_is_regular_int(const struct btf_type *type);

/*
 * say.c: lines of the report. Those that refuse answer -EINVAL; those that
 * describe list what is being parsed.
 */
int alv_btf_refuse(struct alv_btf_parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int alv_btf_refuse_type(struct alv_btf_parser *parser, const struct btf_type *type,
			const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for a type whose items can't be shown, being cut off. */
int alv_btf_refuse_stub(struct alv_btf_parser *parser, const struct btf_type *type,
			const char *format, ...) __attribute__((format(printf, 3, 4)));
int alv_btf_refuse_member(struct alv_btf_parser *parser, const struct btf_type *type,
			  const struct btf_member *member, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int alv_btf_refuse_var(struct alv_btf_parser *parser, const struct btf_type *type,
		       const struct btf_var_secinfo *var, const char *message);
void alv_btf_describe_type(struct alv_btf_parser *parser, const struct btf_type *type);
void alv_btf_describe_member(struct alv_btf_parser *parser, const struct btf_type *type,
			     const struct btf_member *member);
void alv_btf_describe_var(struct alv_btf_parser *parser, const struct btf_type *type,
			  const struct btf_var_secinfo *var);

#endif

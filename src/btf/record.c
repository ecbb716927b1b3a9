/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding special fields. They are known by the name of their type, or, pointers,
 * by the type tag in front of what they point to; they may be inside nested
 * structs and arrays.
 *
 * Nesting is followed ALV_BTF_MAX_DEPTH deep. A struct that was found to have no
 * fields is remembered with how deep it nests, so a type is looked into once,
 * however often it is contained (a few types can contain each other 2^32 times).
 */
#include "btf/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btf/field.h"
#include "btf/parser.h"

#define CONTAINS "contains:"

struct alv_record_search {
	const struct alv_btf *btf;
	const struct alv_btf_rules *rules;
	u32 wanted;
	u8 *empty;	/* by id: 1 + how deep it nests, of structs without fields */
	u32 *first_tag; /* by id: its first declaration tag, NULL: not made yet */
	u32 *next_tag;	/* by id of a tag: the next one of its target */

	/* Of the type that is searched now. */
	u32 seen; /* of the kinds that a value may have one of */
	u32 count;
	struct alv_found found[ALV_RECORD_MAX_FIELDS];
};

/* A place where a field may be: a member or variable of `outer`. */
struct place {
	u32 outer;
	u32 component; /* which member; ~0: outer is the variable itself */
	u32 type;
	u32 offset;
	u32 size;  /* that its type must have, 0: any */
	u32 level; /* of nesting */
};

static bool since(const struct alv_record_search *search, enum alv_kernel version)
{
	return search->rules->version >= version;
}

/* Declaration tags by their targets, in one pass over all types. */
static int index_tags(struct alv_record_search *search)
{
	const struct alv_btf *btf = search->btf;

	if (search->first_tag)
		return 0;
	search->first_tag = calloc(btf->count, sizeof(u32));
	search->next_tag = calloc(btf->count, sizeof(u32));
	if (!search->first_tag || !search->next_tag) {
		free(search->first_tag);
		free(search->next_tag);
		search->first_tag = search->next_tag = NULL;
		return -ENOMEM;
	}
	for (u32 id = btf->count - 1; id; id--) {
		const struct btf_type *type = alv_btf_type(btf, id);

		if (!alv_btf_is(type, BTF_KIND_DECL_TAG))
			continue;
		search->next_tag[id] = search->first_tag[type->type];
		search->first_tag[type->type] = id;
	}
	return 0;
}

/* The text behind "contains:" in the one such tag of a place; NULL: none, or two. */
static const char *find_contains(const struct alv_record_search *search,
				 const struct place *place)
{
	const char *value = NULL;

	for (u32 id = search->first_tag[place->outer]; id; id = search->next_tag[id]) {
		const struct btf_type *type = alv_btf_type(search->btf, id);
		const char *text = alv_btf_string(search->btf, type->name_off);

		if ((u32)((const struct btf_decl_tag *)(type + 1))->component_idx !=
			    place->component ||
		    strncmp(text, CONTAINS, strlen(CONTAINS)))
			continue;
		if (value)
			return NULL;
		value = text + strlen(CONTAINS);
	}
	return value;
}

/* "TYPE:MEMBER" in a root's tag: the struct that it holds, and the node in it. */
static int find_root_target(struct alv_record_search *search, const struct place *place,
			    struct alv_found *found)
{
	const char *value, *colon;
	char *name;
	int err;

	err = index_tags(search);
	if (err)
		return err;
	value = find_contains(search, place);
	colon = value ? strchr(value, ':') : NULL;
	if (!colon)
		return -EINVAL;
	name = strndup(value, (size_t)(colon - value));
	if (!name)
		return -ENOMEM;
	err = alv_btf_find(search->btf, name, BTF_KIND_STRUCT, &found->field.target);
	free(name);
	if (err)
		return err;
	if (!colon[1])
		return -EINVAL;
	found->node = colon + 1;
	return 0;
}

/* The row that a type's name is in; NULL: none. -E2BIG: there was one before. */
static int match_name(struct alv_record_search *search, const struct btf_type *type,
		      const struct alv_field_type **ret_row)
{
	const char *name = alv_btf_name(search->btf, type);
	const struct alv_field_type *row;

	row = alv_field_by_name(name, search->rules->version, search->wanted);
	if (row) {
		if (!since(search, row->repeats) && search->seen & row->kind)
			return -E2BIG;
		search->seen |= since(search, row->repeats) ? 0 : row->kind;
	} else if (search->wanted & ALV_FIELDS_POINTER &&
		   !alv_btf_is(type, BTF_KIND_STRUCT)) {
		row = alv_field_pointer(search->rules->version);
	}
	*ret_row = row;
	return 0;
}

/* 1: found, 0: it only looks like one, -errno. */
static int match_field(struct alv_record_search *search, const struct alv_field_type *row,
		       const struct place *place, const struct btf_type *type,
		       struct alv_found *found)
{
	int err;

	found->field = (struct alv_field){
		.kind = row->kind, .offset = place->offset, .size = row->size};
	if (row->kind & ALV_FIELDS_POINTER)
		return alv_field_match_pointer(search->btf, search->rules, type,
					       search->wanted, &found->field);
	if (!alv_btf_is(type, BTF_KIND_STRUCT) || type->size != row->size)
		return 0;
	if (!(row->kind & ALV_FIELDS_ROOT))
		return 1;
	err = find_root_target(search, place, found);
	return err ? err : 1;
}

/* An array of what begins at `first`: repeat it for the elements behind the first. */
static int repeat(struct alv_record_search *search, u32 first, u32 elements, u32 stride)
{
	u32 fields = search->count - first;

	for (u32 i = first; i < search->count; i++)
		if (!(search->found[i].field.kind &
		      (ALV_FIELDS_POINTER | ALV_FIELDS_ROOT)))
			return -EINVAL;
	if ((u64)fields * elements > ALV_RECORD_MAX_FIELDS - first)
		return -E2BIG;
	for (u32 i = 1; i < elements; i++) {
		for (u32 j = 0; j < fields; j++) {
			struct alv_found *copy = &search->found[search->count++];

			*copy = search->found[first + j];
			copy->field.offset += i * stride;
		}
	}
	return 0;
}

static int search_struct(struct alv_record_search *search, u32 id, u32 level,
			 u32 *ret_depth);

/* A struct within another, or an array of them. *ret_depth: how deep it nests. */
static int search_nested(struct alv_record_search *search, const struct place *place,
			 u32 id, u32 elements, u32 *ret_depth)
{
	u32 first = search->count, seen = search->seen, level = place->level + 1;
	int err;

	if (level + (search->empty[id] ? search->empty[id] - 1u : 0) >= ALV_BTF_MAX_DEPTH)
		return -E2BIG;
	if (search->empty[id]) {
		*ret_depth = search->empty[id] - 1u;
		return 0;
	}
	/* "Several" is judged for each struct by itself, as the kernel does. */
	search->seen = 0;
	err = search_struct(search, id, level, ret_depth);
	search->seen = seen;
	if (err)
		return err;
	if (search->count == first) {
		search->empty[id] = (u8)(*ret_depth + 1);
		return 0;
	}
	for (u32 i = first; i < search->count; i++)
		search->found[i].field.offset += place->offset;
	return elements > 1 ? repeat(search, first, elements,
				     alv_btf_type(search->btf, id)->size)
			    : 0;
}

/* Behind arrays: what they consist of, and how many there are. -E2BIG: too deep. */
static int skip_arrays(const struct alv_btf *btf, u32 *id, u32 *ret_elements)
{
	const struct btf_type *type = alv_btf_type(btf, *id);

	*ret_elements = 1;
	for (int i = 0; alv_btf_is(type, BTF_KIND_ARRAY); i++) {
		if (i == ALV_BTF_MAX_DEPTH - 1)
			return -E2BIG;
		*ret_elements *= alv_btf_array(type)->nelems;
		*id = alv_btf_array(type)->type;
		type = alv_btf_type(btf, *id);
	}
	return 0;
}

/* *ret_depth: levels of structs that begin here, 0: none. */
static int search_place(struct alv_record_search *search, const struct place *place,
			u32 *ret_depth)
{
	const struct alv_field_type *row;
	const struct btf_type *type;
	u32 id = place->type, elements, first = search->count;
	struct alv_found found = {};
	int err;

	*ret_depth = 0;
	err = skip_arrays(search->btf, &id, &elements);
	if (err || !elements)
		return err;
	/* Before 6.11 only a member itself could be a field. */
	if (id != place->type && !since(search, V6_11))
		return 0;
	type = alv_btf_type(search->btf, id);
	err = match_name(search, type, &row);
	if (err)
		return err;
	if (!row && alv_btf_is(type, BTF_KIND_STRUCT) && since(search, V6_11)) {
		if (place->size && place->size != type->size * elements)
			return 0;
		err = search_nested(search, place, id, elements, ret_depth);
		++*ret_depth;
		return err;
	}
	if (!row || (place->size && place->size != row->size * elements) ||
	    place->offset % row->align)
		return 0;
	err = match_field(search, row, place, type, &found);
	if (err <= 0)
		return err;
	if (search->count == ALV_RECORD_MAX_FIELDS)
		return -E2BIG;
	search->found[search->count++] = found;
	return elements > 1 ? repeat(search, first, elements, row->size) : 0;
}

static int search_struct(struct alv_record_search *search, u32 id, u32 level,
			 u32 *ret_depth)
{
	const struct btf_type *type = alv_btf_type(search->btf, id);
	const struct btf_member *members = alv_btf_members(type);

	*ret_depth = 0;
	for (u32 i = 0; i < alv_btf_vlen(type); i++) {
		u32 bits = alv_btf_bit_offset(type, &members[i]), depth;
		struct place place = { .outer = id,
				       .component = i,
				       .type = members[i].type,
				       .offset = bits / 8,
				       .level = level };
		int err;

		if (bits % 8)
			return -EINVAL;
		err = search_place(search, &place, &depth);
		if (err)
			return err;
		if (depth > *ret_depth)
			*ret_depth = depth;
	}
	return 0;
}

static int search_section(struct alv_record_search *search, const struct btf_type *type)
{
	const struct btf_var_secinfo *vars = alv_btf_vars(type);

	for (u32 i = 0; i < alv_btf_vlen(type); i++) {
		struct place place = {
			.outer = vars[i].type,
			.component = ~0u,
			.type = alv_btf_type(search->btf, vars[i].type)->type,
			.offset = vars[i].offset,
			.size = vars[i].size};
		u32 depth;
		int err = search_place(search, &place, &depth);

		if (err)
			return err;
	}
	return 0;
}

/* Which fields need which others, and which do not go together. */
static int check_kinds(u32 kinds)
{
	const u32 locks = ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK;

	if ((kinds & locks) == locks)
		return -EINVAL;
	if (kinds & ALV_FIELDS_ROOT && !(kinds & locks))
		return -EINVAL;
	if ((kinds & ALV_FIELDS_NODE) == ALV_FIELDS_NODE && !(kinds & ALV_FIELD_REFCOUNT))
		return -EINVAL;
	return 0;
}

static int make_record(struct alv_record_search *search, u32 value_size,
		       struct alv_record *record)
{
	u32 end = 0;

	record->spin_lock = -1;
	for (u32 i = 0; i < search->count; i++) {
		struct alv_found *found = &search->found[i];
		const struct alv_field *field = &found->field;
		int err;

		if ((u64)field->offset + field->size > value_size)
			return -EFAULT;
		if (field->offset < end)
			return -EEXIST;
		end = field->offset + field->size;
		err = alv_field_check(search->btf, search->rules, found);
		if (err)
			return err;
		record->kinds |= field->kind;
		if (field->kind == ALV_FIELD_SPIN_LOCK)
			record->spin_lock = (s32)field->offset;
		record->fields[record->count++] = *field;
	}
	return check_kinds(record->kinds);
}

int alv_record_search_new(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			  u32 wanted, struct alv_record_search **ret_search)
{
	struct alv_record_search *search = calloc(1, sizeof(*search));

	if (!search)
		return -ENOMEM;
	search->empty = calloc(btf->count, 1);
	if (!search->empty) {
		free(search);
		return -ENOMEM;
	}
	search->btf = btf;
	search->rules = rules;
	search->wanted = wanted;
	*ret_search = search;
	return 0;
}

void alv_record_search_free(struct alv_record_search *search)
{
	if (!search)
		return;
	free(search->empty);
	free(search->first_tag);
	free(search->next_tag);
	free(search);
}

int alv_record_search(struct alv_record_search *search, u32 type_id, u32 value_size,
		      struct alv_record **ret_record)
{
	const struct btf_type *type = alv_btf_type(search->btf, type_id);
	struct alv_record *record;
	u32 depth;
	int err;

	search->seen = 0;
	search->count = 0;
	*ret_record = NULL;
	if (alv_btf_is(type, BTF_KIND_STRUCT))
		err = search_struct(search, type_id, 0, &depth);
	else
		err = alv_btf_is(type, BTF_KIND_DATASEC) ? search_section(search, type)
							 : -EINVAL;
	if (err || !search->count)
		return err;
	record = calloc(1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	err = make_record(search, value_size, record);
	if (err) {
		free(record);
		return err;
	}
	*ret_record = record;
	return 0;
}

int alv_record_parse(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		     u32 type_id, u32 wanted, u32 value_size,
		     struct alv_record **ret_record)
{
	struct alv_record_search *search;
	int err;

	err = alv_record_search_new(btf, rules, wanted, &search);
	if (err)
		return err;
	err = alv_record_search(search, type_id, value_size, ret_record);
	alv_record_search_free(search);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structs of user BTF that programs may allocate: those with locks, lists, trees,
 * nodes, counts or kernel pointers in them. Their fields have to be sound when
 * the BTF is loaded, and what a list or tree holds may not lead to more than a
 * few further ones, since dropping the first drops all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btf/parser.h"
#include "btf/record.h"

#define MAX_CHAIN 8
#define WANTED                                                                 \
	(ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK | ALV_FIELD_LIST_HEAD | \
	 ALV_FIELD_LIST_NODE | ALV_FIELD_RB_ROOT | ALV_FIELD_RB_NODE |         \
	 ALV_FIELD_REFCOUNT | ALV_FIELDS_KPTR)

static const char *const field_names[] = {
	"bpf_spin_lock", "bpf_list_head", "bpf_list_node",
	"bpf_rb_root",	 "bpf_rb_node",	  "bpf_refcount",
};

struct ownership {
	struct alv_btf_parser *parser;
	u8 *is_field;		     /* by id: members of this type are fields */
	struct alv_record **records; /* by id: of structs that have such members */
	u8 *chains;		     /* by id: 1 + length of the chain from here on */
};

/* The first struct of each name is the one that counts. */
static bool mark_fields(struct ownership *own)
{
	const struct alv_btf *btf = own->parser->btf;
	u32 seen = 0;
	bool any = false;

	for (u32 id = 1; id < btf->count; id++) {
		const struct btf_type *type = alv_btf_type(btf, id);
		bool is_field = alv_record_is_kptr(btf, own->parser->rules, id) == 1;

		for (u32 i = 0;
		     alv_btf_is(type, BTF_KIND_STRUCT) && i < ALV_COUNT(field_names);
		     i++) {
			if (seen & 1u << i ||
			    strcmp(alv_btf_name(btf, type), field_names[i]))
				continue;
			seen |= 1u << i;
			is_field = true;
		}
		own->is_field[id] = is_field;
		any |= is_field;
	}
	return any;
}

static bool has_field(const struct ownership *own, const struct btf_type *type)
{
	const struct btf_member *members = alv_btf_members(type);

	for (u32 i = 0; i < alv_btf_vlen(type); i++)
		if (own->is_field[members[i].type])
			return true;
	return false;
}

static int find_records(struct ownership *own)
{
	const struct alv_btf *btf = own->parser->btf;
	struct alv_record_search *search = NULL;
	int err;

	err = alv_record_search_new(btf, own->parser->rules, WANTED, &search);
	for (u32 id = 1; !err && id < btf->count; id++) {
		const struct btf_type *type = alv_btf_type(btf, id);

		if (!alv_btf_is(type, BTF_KIND_STRUCT) || !has_field(own, type))
			continue;
		err = alv_record_search(search, id, type->size, &own->records[id]);
		/* A member of that name that is no such field after all. */
		if (!err && !own->records[id])
			err = -EFAULT;
	}
	alv_record_search_free(search);
	return err;
}

/* The struct that a field owns objects of; 0: none that has fields of its own. */
static u32 owned_type(const struct ownership *own, const struct alv_field *field)
{
	const u32 owning = ALV_FIELDS_ROOT | ALV_FIELD_KPTR_REF | ALV_FIELD_KPTR_PERCPU;

	if (!(field->kind & owning) || field->in_kernel || !own->records[field->target])
		return 0;
	return field->target;
}

/* How many structs follow each other from `id` on; never deeper than MAX_CHAIN. */
static int chain_length(struct ownership *own, u32 id, u32 left)
{
	const struct alv_record *record = own->records[id];
	u32 longest = 0;

	if (!left)
		return -ELOOP;
	for (u32 i = 0; !own->chains[id] && i < record->count; i++) {
		u32 next = owned_type(own, &record->fields[i]);
		int length = next ? chain_length(own, next, left - 1) : 0;

		if (length < 0)
			return length;
		if ((u32)length > longest)
			longest = (u32)length;
	}
	if (!own->chains[id])
		own->chains[id] = (u8)(longest + 1);
	return own->chains[id] > left ? -ELOOP : own->chains[id];
}

static int check_records(struct ownership *own)
{
	u32 count = own->parser->btf->count;

	/* A list or tree holds a struct with a node, so with fields. */
	for (u32 id = 1; id < count; id++)
		for (u32 i = 0; own->records[id] && i < own->records[id]->count; i++) {
			const struct alv_field *field = &own->records[id]->fields[i];

			if (field->kind & ALV_FIELDS_ROOT && !own->records[field->target])
				return -EFAULT;
		}
	for (u32 id = 1; id < count; id++) {
		int length = own->records[id] ? chain_length(own, id, MAX_CHAIN) : 0;

		if (length < 0)
			return length;
	}
	return 0;
}

/* There are fields; whose are they? */
static int check_owners(struct ownership *own)
{
	u32 count = own->parser->btf->count;
	int err = -ENOMEM;

	own->chains = calloc(count, 1);
	own->records = calloc(count, sizeof(*own->records));
	if (own->chains && own->records)
		err = find_records(own);
	if (!err)
		err = check_records(own);
	for (u32 id = 0; own->records && id < count; id++)
		free(own->records[id]);
	free(own->records);
	free(own->chains);
	return err;
}

int alv_btf_check_ownership(struct alv_btf_parser *parser)
{
	struct ownership own = { .parser = parser };
	int err = 0;

	if (!alv_btf_since(parser, V6_2))
		return 0;
	own.is_field = calloc(parser->btf->count, 1);
	if (!own.is_field)
		return -ENOMEM;
	if (mark_fields(&own))
		err = check_owners(&own);
	free(own.is_field);
	return err;
}

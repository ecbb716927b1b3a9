/* SPDX-License-Identifier: BSD-2-Clause */
/* A BTF's life: parsed step by step, then unchanged until it is freed. */
#include "btf/btf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btf/index.h"
#include "btf/parser.h"

/* Types are read in place; where a header of an odd size shifts them, from a copy. */
static int place_types(struct alv_btf *btf, const struct btf_header *header)
{
	const u8 *types = btf->raw.data + header->hdr_len + header->type_off;

	btf->types = types;
	if (!((uintptr_t)types % sizeof(u32)))
		return 0;
	btf->types_copy = malloc(header->type_len);
	if (!btf->types_copy)
		return -ENOMEM;
	memcpy(btf->types_copy, types, header->type_len);
	btf->types = btf->types_copy;
	return 0;
}

static int check_types(struct alv_btf_parser *parser, const struct btf_header *header)
{
	int err;

	if (header->type_off % sizeof(u32))
		return alv_btf_refuse(parser, "Unaligned type_off");
	if (!parser->btf->base && !header->type_len)
		return alv_btf_refuse(parser, "No type found");
	err = place_types(parser->btf, header);
	if (err)
		return err;
	return alv_btf_check_shapes(parser, header);
}

/* The kernel trusts what its own BTF refers to. */
static int check_user(struct alv_btf_parser *parser)
{
	int err = alv_btf_check_references(parser);

	if (err)
		return err;
	err = alv_btf_check_tags(parser);
	if (err)
		return err;
	return alv_btf_check_ownership(parser);
}

static int parse(struct alv_btf_parser *parser)
{
	struct btf_header header;
	int err;

	err = alv_btf_check_header(parser, &header);
	if (err)
		return err;
	err = alv_btf_check_strings(parser, &header);
	if (err)
		return err;
	err = check_types(parser, &header);
	if (err)
		return err;
	return parser->btf->kernel ? alv_btf_check_tags(parser) : check_user(parser);
}

int alv_btf_parse(struct alv_buf *raw, const struct alv_btf_rules *rules,
		  struct alv_report *report, struct alv_btf **ret_btf)
{
	struct alv_btf_parser parser = { .rules = rules, .report = report };
	ALV_AUTO(btf) struct alv_btf *btf = NULL;
	int err;

	btf = calloc(1, sizeof(*btf));
	if (!btf) {
		alv_buf_fini(raw);
		return -ENOMEM;
	}
	btf->raw = *raw;
	*raw = (struct alv_buf){};
	if (btf->raw.size > UINT32_MAX)
		return -E2BIG;
	btf->kernel = rules->kernel;
	if (rules->base) {
		btf->base = rules->base;
		btf->first_id = alv_btf_end(btf->base);
		btf->first_string = btf->base->first_string + btf->base->strings_size;
	}
	parser.btf = btf;
	err = parse(&parser);
	if (err)
		return err;
	*ret_btf = alv_steal_ptr(btf);
	return 0;
}

void alv_btf_free(struct alv_btf *btf)
{
	if (!btf)
		return;
	alv_btf_index_free(btf->index);
	free(btf->sizes);
	free(btf->resolved);
	free(btf->offsets);
	free(btf->types_copy);
	alv_buf_fini(&btf->raw);
	free(btf);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Type tags stand before other modifiers in a chain ("const tag int" is refused),
 * and a chain is no longer than the kernel follows it. In kernel BTF, whose
 * references are not resolved, this is also what finds chains that lead nowhere.
 */
#include <errno.h>

#include "btf/parser.h"

/* Follow the chain from id down to `known`, below which all chains are good. */
static int check_chain(struct alv_btf_parser *parser, u32 id, u32 known)
{
	const struct btf_type *type = alv_btf_type(parser->btf, id);
	bool tags = true;

	for (u32 length = 0; alv_btf_is_modifier(type); length++) {
		if (length == ALV_BTF_MAX_DEPTH) {
			alv_btf_refuse(parser, "Max chain length or cycle detected");
			return -ELOOP;
		}
		if (!alv_btf_is(type, BTF_KIND_TYPE_TAG))
			tags = false;
		else if (!tags)
			return alv_btf_refuse(parser,
					      "Type tags don't precede modifiers");
		if (id <= known)
			return 0;
		id = type->type;
		type = alv_btf_type(parser->btf, id);
		if (!type)
			return -EINVAL;
	}
	return 0;
}

int alv_btf_check_tags(struct alv_btf_parser *parser)
{
	const struct alv_btf *btf = parser->btf;
	u32 first = btf->base ? btf->first_id : 1;
	u32 known = first - 1;

	if (!alv_btf_since(parser, V5_17))
		return 0;
	for (u32 id = first; id < alv_btf_end(btf); id++) {
		int err = check_chain(parser, id, known);

		if (err)
			return err;
		/* Types that are no modifiers leave it: an odd rule, but the kernel's. */
		if (alv_btf_is_modifier(alv_btf_type(btf, id)))
			known = id;
	}
	return 0;
}

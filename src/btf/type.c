/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at single types: by id, behind modifiers, their sizes. */
#include "btf/kind.h"
#include "btf/parser.h"

#define POINTER_SIZE 8
/* Kernel BTF's chains are followed this far. */
#define MAX_CHAIN 64

static const struct btf_type void_type;

u32 alv_btf_end(const struct alv_btf *btf)
{
	return btf->first_id + btf->count;
}

const struct btf_type *alv_btf_type(const struct alv_btf *btf, u32 id)
{
	while (id < btf->first_id)
		btf = btf->base;
	if (!id)
		return &void_type;
	id -= btf->first_id;
	if (id >= btf->count)
		return NULL;
	return (const struct btf_type *)(btf->types + btf->offsets[id]);
}

const struct btf_type *alv_btf_skip_modifiers(const struct alv_btf *btf, u32 id,
					      u32 *ret_id)
{
	const struct btf_type *type = alv_btf_type(btf, id);

	for (int i = 0; type && alv_btf_is_modifier(type); i++) {
		if (i == MAX_CHAIN)
			return NULL;
		id = type->type;
		type = alv_btf_type(btf, id);
	}
	if (type && ret_id)
		*ret_id = id;
	return type;
}

/* The size of an array that nobody resolved; false: it has none, or it overflows. */
static bool array_size(const struct alv_btf *btf, const struct btf_type *type,
		       u32 *ret_size)
{
	u64 size = 1;

	for (int i = 0; type && alv_btf_is(type, BTF_KIND_ARRAY); i++) {
		if (i == ALV_BTF_MAX_DEPTH)
			return false;
		size *= alv_btf_array(type)->nelems;
		if (size > UINT32_MAX)
			return false;
		type = alv_btf_skip_modifiers(btf, alv_btf_array(type)->type, NULL);
	}
	if (!type)
		return false;
	if (alv_btf_traits(type) & ALV_BTF_SIZED)
		size *= type->size;
	else if (alv_btf_is(type, BTF_KIND_PTR))
		size *= POINTER_SIZE;
	else
		return false;
	*ret_size = (u32)size;
	return size <= UINT32_MAX;
}

const struct btf_type *alv_btf_sized(const struct alv_btf *btf, u32 *id, u32 *ret_size)
{
	const struct btf_type *type = alv_btf_type(btf, *id);
	u32 at = *id, size = 0;

	if (!type)
		return NULL;
	if ((alv_btf_traits(type) & ALV_BTF_MODIFIER) || alv_btf_is(type, BTF_KIND_VAR)) {
		if (btf->resolved) {
			at = btf->resolved[at];
			type = alv_btf_type(btf, at);
		} else {
			at = alv_btf_is(type, BTF_KIND_VAR) ? type->type : at;
			type = alv_btf_skip_modifiers(btf, at, &at);
		}
	}
	if (!type)
		return NULL;
	if (alv_btf_traits(type) & ALV_BTF_SIZED)
		size = type->size;
	else if (alv_btf_is(type, BTF_KIND_PTR))
		size = POINTER_SIZE;
	else if (!alv_btf_is(type, BTF_KIND_ARRAY))
		return NULL;
	else if (btf->sizes)
		size = btf->sizes[at];
	else if (!array_size(btf, type, &size))
		return NULL;
	*id = at;
	if (ret_size)
		*ret_size = size;
	return type;
}

bool alv_btf_is_regular_int(const struct btf_type *type)
{
	u32 data = alv_btf_int(type);
	u32 bits = BTF_INT_BITS(data);

	return !BTF_INT_OFFSET(data) &&
	       (bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128);
}

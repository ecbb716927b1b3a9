/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of types: a row for each says what is the same for all its types. */
#ifndef ALV_BTF_KIND_H
#define ALV_BTF_KIND_H

#include "abi/version.h"
#include "base/types.h"
#include "btf/btf.h"

enum alv_btf_trait {
	ALV_BTF_SIZED = 1 << 0,	   /* struct btf_type.size is its size */
	ALV_BTF_SIZELESS = 1 << 1, /* never has a size */
	ALV_BTF_MODIFIER = 1 << 2, /* another name or quality of the type it refers to */
	ALV_BTF_OUTER = 1 << 3,	   /* refers to types, is never referred to by types */
	ALV_BTF_REFERS = 1 << 4,   /* has to be resolved */
	ALV_BTF_COMPOSITE = 1 << 5,
};

struct alv_btf_kind_row {
	const char *name;
	enum alv_kernel since;
	u32 traits;
	u8 fixed; /* bytes behind struct btf_type, whatever vlen is */
	u8 item;  /* and for each of vlen */
};

#define ALV_BTF_N_KINDS 20

extern const struct alv_btf_kind_row alv_btf_kinds[ALV_BTF_N_KINDS];

static inline u32 alv_btf_traits(const struct btf_type *type)
{
	return alv_btf_kinds[alv_btf_kind(type)].traits;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "btf/kind.h"

#define MODIFIER (ALV_BTF_MODIFIER | ALV_BTF_REFERS)

const struct alv_btf_kind_row alv_btf_kinds[ALV_BTF_N_KINDS] = {
	[BTF_KIND_UNKN] = { "UNKNOWN", V4_18, ALV_BTF_SIZELESS, 0, 0 },
	[BTF_KIND_INT] = { "INT", V4_18, ALV_BTF_SIZED, 4, 0 },
	[BTF_KIND_PTR] = { "PTR", V4_18, ALV_BTF_REFERS, 0, 0 },
	[BTF_KIND_ARRAY] = { "ARRAY", V4_18, ALV_BTF_REFERS, sizeof(struct btf_array),
			     0 },
	[BTF_KIND_STRUCT] = { "STRUCT", V4_18,
			      ALV_BTF_SIZED | ALV_BTF_REFERS | ALV_BTF_COMPOSITE, 0,
			      sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { "UNION", V4_18,
			     ALV_BTF_SIZED | ALV_BTF_REFERS | ALV_BTF_COMPOSITE, 0,
			     sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { "ENUM", V4_18, ALV_BTF_SIZED, 0, sizeof(struct btf_enum) },
	[BTF_KIND_FWD] = { "FWD", V4_18, ALV_BTF_SIZELESS, 0, 0 },
	[BTF_KIND_TYPEDEF] = { "TYPEDEF", V4_18, MODIFIER, 0, 0 },
	[BTF_KIND_VOLATILE] = { "VOLATILE", V4_18, MODIFIER, 0, 0 },
	[BTF_KIND_CONST] = { "CONST", V4_18, MODIFIER, 0, 0 },
	[BTF_KIND_RESTRICT] = { "RESTRICT", V4_18, MODIFIER, 0, 0 },
	[BTF_KIND_FUNC] = { "FUNC", V5_0, ALV_BTF_SIZELESS | ALV_BTF_REFERS, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { "FUNC_PROTO", V5_0, ALV_BTF_SIZELESS, 0,
				  sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { "VAR", V5_2, ALV_BTF_OUTER | ALV_BTF_REFERS,
			   sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { "DATASEC", V5_2,
			       ALV_BTF_SIZED | ALV_BTF_OUTER | ALV_BTF_REFERS, 0,
			       sizeof(struct btf_var_secinfo) },
	[BTF_KIND_FLOAT] = { "FLOAT", V5_13, ALV_BTF_SIZED, 0, 0 },
	[BTF_KIND_DECL_TAG] = { "DECL_TAG", V5_16,
				ALV_BTF_SIZELESS | ALV_BTF_OUTER | ALV_BTF_REFERS,
				sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_TYPE_TAG] = { "TYPE_TAG", V5_17, MODIFIER, 0, 0 },
	[BTF_KIND_ENUM64] = { "ENUM64", V6_0, ALV_BTF_SIZED, 0,
			      sizeof(struct btf_enum64) },
};

bool alv_btf_is_composite(const struct btf_type *type)
{
	return alv_btf_traits(type) & ALV_BTF_COMPOSITE;
}

bool alv_btf_is_modifier(const struct btf_type *type)
{
	return alv_btf_traits(type) & ALV_BTF_MODIFIER;
}

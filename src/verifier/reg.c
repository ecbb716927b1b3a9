/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/reg.h"

#include <string.h>

#include "verifier/verifier.h"

void alv_reg_set_const(struct alv_reg *reg, u64 value)
{
	*reg = (struct alv_reg){
		.type.base = ALV_REG_SCALAR,
		.val = alv_scalar_const(value),
		.frame = reg->frame,
		.precise = reg->precise,
	};
}

void alv_reg_set_pointer(struct alv_reg *reg, enum alv_reg_base base, u32 flags)
{
	alv_reg_set_const(reg, 0);
	reg->type = (struct alv_type){ .base = base, .flags = flags };
}

void alv_reg_set_unknown(struct alv_reg *reg, bool precise)
{
	*reg = (struct alv_reg){
		.type.base = ALV_REG_SCALAR,
		.val = alv_scalar_unknown(),
		.precise = precise,
	};
}

void alv_reg_set_uninit(struct alv_reg *reg, bool precise)
{
	alv_reg_set_unknown(reg, precise);
	reg->type.base = ALV_REG_NOT_INIT;
}

u32 alv_reg_width(const struct alv_reg *reg)
{
	return reg->val.umax ? 64 - (u32)__builtin_clzll(reg->val.umax) : 0;
}

void alv_reg_forget_id(struct alv_reg *reg)
{
	reg->id = 0;
	reg->off = 0;
}

/* What a lookup found in a map gives: a socket, another map, or the value. */
static void reg_resolve_map_value(struct alv_reg *reg)
{
	const struct alv_checked_map *map = reg->map;

	if (map->inner) {
		reg->type = (struct alv_type){ .base = ALV_REG_MAP };
		reg->map = map->inner;
		if (alv_record_has(map->inner->record, ALV_FIELD_TIMER | ALV_FIELD_WORKQUEUE |
							       ALV_FIELD_TASK_WORK))
			reg->map_uid = reg->id;
	} else if (map->type == BPF_MAP_TYPE_XSKMAP) {
		reg->type = (struct alv_type){ .base = ALV_REG_XDP_SOCK };
	} else if (map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH) {
		reg->type = (struct alv_type){ .base = ALV_REG_SOCKET };
	} else {
		reg->type = (struct alv_type){ .base = ALV_REG_MAP_VALUE };
	}
}

void alv_reg_set_not_null(struct alv_reg *reg)
{
	if (reg->type.base == ALV_REG_MAP_VALUE)
		reg_resolve_map_value(reg);
	else
		reg->type.flags &= ~(u32)ALV_MAYBE_NULL;
}

bool alv_reg_is_not_null(const struct alv_reg *reg)
{
	if (alv_reg_maybe_null(reg))
		return false;
	switch (reg->type.base) {
	case ALV_REG_SOCKET:
	case ALV_REG_TCP_SOCK:
	case ALV_REG_MAP_VALUE:
	case ALV_REG_MAP_KEY:
	case ALV_REG_SOCK_COMMON:
	case ALV_REG_MAP:
		return true;
	case ALV_REG_MEM:
		return !(reg->type.flags & ALV_UNTRUSTED);
	case ALV_REG_BTF_ID:
		return reg->ref || (reg->type.flags & (ALV_TRUSTED | ALV_ALLOCATED));
	default:
		return false;
	}
}

bool alv_reg_is_spillable(const struct alv_reg *reg)
{
	switch (reg->type.base) {
	case ALV_REG_NOT_INIT:
	case ALV_REG_SCALAR:
	case ALV_REG_TP_BUFFER:
	case ALV_REG_DYNPTR:
		return false;
	default:
		return true;
	}
}

bool alv_reg_is_sock(const struct alv_reg *reg)
{
	return alv_reg_is(reg, ALV_REG_SOCKET) || alv_reg_is(reg, ALV_REG_SOCK_COMMON) ||
	       alv_reg_is(reg, ALV_REG_TCP_SOCK) || alv_reg_is(reg, ALV_REG_XDP_SOCK);
}

bool alv_reg_same_target(const struct alv_reg *a, const struct alv_reg *b)
{
	return alv_type_equal(a->type, b->type) && a->off == b->off && a->map == b->map &&
	       a->map_uid == b->map_uid && a->range == b->range && a->mem_size == b->mem_size &&
	       a->subprog == b->subprog && a->btf == b->btf && a->btf_id == b->btf_id &&
	       a->dynptr_id == b->dynptr_id &&
	       a->dynptr == b->dynptr && a->dynptr_first == b->dynptr_first;
}

bool alv_reg_same_value(const struct alv_reg *a, const struct alv_reg *b)
{
	return alv_reg_same_target(a, b) && !memcmp(&a->val, &b->val, sizeof(a->val));
}

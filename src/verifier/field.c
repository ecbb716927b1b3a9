/* SPDX-License-Identifier: BSD-2-Clause */
/* Special fields of map values, as what helpers are called with. */
#include "verifier/kptr.h"

static const struct {
	u32 kind;
	const char *name;
} field_names[] = {
	{ ALV_FIELD_SPIN_LOCK, "bpf_spin_lock" },
	{ ALV_FIELD_RES_SPIN_LOCK, "bpf_res_spin_lock" },
	{ ALV_FIELD_TIMER, "bpf_timer" },
	{ ALV_FIELD_WORKQUEUE, "bpf_wq" },
	{ ALV_FIELD_TASK_WORK, "bpf_task_work" },
	{ ALV_FIELD_KPTR_UNREF | ALV_FIELD_KPTR_REF, "kptr" },
	{ ALV_FIELD_KPTR_PERCPU, "percpu_kptr" },
	{ ALV_FIELD_UPTR, "uptr" },
	{ ALV_FIELD_LIST_HEAD, "bpf_list_head" },
	{ ALV_FIELD_LIST_NODE, "bpf_list_node" },
	{ ALV_FIELD_RB_ROOT, "bpf_rb_root" },
	{ ALV_FIELD_RB_NODE, "bpf_rb_node" },
	{ ALV_FIELD_REFCOUNT, "bpf_refcount" },
};

const char *alv_field_text(u32 kind)
{
	for (size_t i = 0; i < ALV_COUNT(field_names); i++)
		if (field_names[i].kind & kind)
			return field_names[i].name;
	return "unknown";
}

/* Pointers are loaded and stored as a whole; other fields are not for loads and stores. */
static int check_access(struct alv_env *env, const struct alv_field *field,
			const struct alv_reg *reg, s32 off, s32 size, bool direct)
{
	const char *name = alv_field_text(field->kind);
	s64 at = off + (s64)reg->val.bits.value;

	if (!(field->kind & ALV_FIELDS_POINTER))
		alv_say(env, FIELD_DIRECT, name);
	else if (!direct)
		alv_say(env, KPTR_INDIRECT, name);
	else if (!alv_scalar_is_const(&reg->val))
		alv_say(env, KPTR_VARIABLE, name);
	else if (field->offset != at)
		alv_say(env, KPTR_MISALIGNED, name, field->offset, (unsigned long long)at);
	else if (size != 8)
		alv_say(env, KPTR_SIZE, name);
	else
		return 0;
	return -EACCES;
}

int alv_check_map_value(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok,
			bool direct)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_record *record = reg->map->record;
	int err = alv_check_region(env, number, off, size, reg->map->value_size, zero_ok);

	for (u32 i = 0; !err && record && i < record->count; i++) {
		const struct alv_field *field = &record->fields[i];

		if (reg->val.smin + off < (s64)field->offset + field->size &&
		    field->offset < reg->val.umax + (u64)(s64)off + (u64)(s64)size)
			err = check_access(env, field, reg, off, size, direct);
	}
	return err;
}

static const struct alv_field *find_field(const struct alv_record *record, u32 kind)
{
	for (u32 i = 0; record && i < record->count; i++)
		if (record->fields[i].kind == kind)
			return &record->fields[i];
	return NULL;
}

int alv_check_field(struct alv_env *env, u32 number, u32 kind)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const char *name = alv_field_text(kind);
	const struct alv_checked_map *map = reg->map;
	const struct alv_field *field = find_field(map->record, kind);
	s64 at = (s64)reg->val.bits.value + reg->off;

	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, FIELD_OFFSET, number, name);
		return -EINVAL;
	}
	if (!map->btf) {
		alv_say(env, FIELD_NO_BTF, map->name, name);
		return -EINVAL;
	}
	if (!field) {
		alv_say(env, FIELD_NONE, "map", map->name, name);
		return -EINVAL;
	}
	if (field->offset != at) {
		alv_say(env, FIELD_ELSEWHERE, (long long)at, name, (s32)field->offset);
		return -EINVAL;
	}
	return 0;
}

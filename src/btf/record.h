/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a map's value type: its special fields, which the kernel owns.
 * bpf(2) never shows their bytes (zero comes out) and never takes them from a
 * client (the stored bytes stay).
 */
#ifndef ALV_BTF_RECORD_H
#define ALV_BTF_RECORD_H

#include <string.h>

#include "base/types.h"

enum alv_field_kind {
	ALV_FIELD_SPIN_LOCK = 1 << 0,
	ALV_FIELD_TIMER = 1 << 1,
	ALV_FIELD_KPTR_UNREF = 1 << 2,
	ALV_FIELD_KPTR_REF = 1 << 3,
	ALV_FIELD_KPTR_PERCPU = 1 << 4,
	ALV_FIELD_LIST_HEAD = 1 << 5,
	ALV_FIELD_LIST_NODE = 1 << 6,
	ALV_FIELD_RB_ROOT = 1 << 7,
	ALV_FIELD_RB_NODE = 1 << 8,
	ALV_FIELD_REFCOUNT = 1 << 9,
	ALV_FIELD_WORKQUEUE = 1 << 10,
	ALV_FIELD_UPTR = 1 << 11,
	ALV_FIELD_RES_SPIN_LOCK = 1 << 12,
	ALV_FIELD_TASK_WORK = 1 << 13,
};

#define ALV_RECORD_MAX_FIELDS 11

struct alv_field {
	enum alv_field_kind kind;
	u32 offset; /* in the value, bytes */
	u32 size;
	u32 target; /* the type it points to, or that it is a list or tree of; 0: none */
	u32 in_kernel; /* 1: target is an id of kernel BTF */
};

/* What bpf(2) shows of a field, and what is in a fresh value: zeroes, or a count of 1. */
static inline void alv_field_clear(const struct alv_field *field, void *value)
{
	u32 one = 1;

	memset((u8 *)value + field->offset, 0, field->size);
	if (field->kind == ALV_FIELD_REFCOUNT)
		memcpy((u8 *)value + field->offset, &one, sizeof(one));
}

struct alv_record {
	u32 kinds; /* of all fields, or-ed */
	u32 count;
	s32 spin_lock;					/* offset of the lock, -1: none */
	struct alv_field fields[ALV_RECORD_MAX_FIELDS]; /* by offset, not overlapping */
};

struct alv_btf;
struct alv_btf_rules;
struct alv_record_search;

/* The fields that a map's value may have. */
#define ALV_FIELDS_OF_MAPS                                                               \
	(ALV_FIELD_SPIN_LOCK | ALV_FIELD_RES_SPIN_LOCK | ALV_FIELD_TIMER |               \
	 ALV_FIELD_KPTR_UNREF | ALV_FIELD_KPTR_REF | ALV_FIELD_KPTR_PERCPU |             \
	 ALV_FIELD_UPTR | ALV_FIELD_LIST_HEAD | ALV_FIELD_RB_ROOT | ALV_FIELD_REFCOUNT | \
	 ALV_FIELD_WORKQUEUE | ALV_FIELD_TASK_WORK)
#define ALV_FIELDS_KPTR \
	(ALV_FIELD_KPTR_UNREF | ALV_FIELD_KPTR_REF | ALV_FIELD_KPTR_PERCPU)
#define ALV_FIELDS_ROOT (ALV_FIELD_LIST_HEAD | ALV_FIELD_RB_ROOT)
#define ALV_FIELDS_NODE (ALV_FIELD_LIST_NODE | ALV_FIELD_RB_NODE)

/*
 * The special fields of a type of user BTF: a struct, or the section that a map
 * of global variables stands for. `wanted` are those to look for. *ret_record is
 * NULL when it has none, else the caller's to free. -EINVAL, -E2BIG, -EEXIST,
 * -ENOENT, -EFAULT: fields that can't be; -ENOMEM.
 */
int alv_record_parse(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		     u32 type_id, u32 wanted, u32 value_size,
		     struct alv_record **ret_record);

/*
 * The same for many types of one BTF: a search keeps what it learnt, so that all
 * of them together cost no more than the BTF is long. -ENOMEM.
 */
int alv_record_search_new(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			  u32 wanted, struct alv_record_search **ret_search);
void alv_record_search_free(struct alv_record_search *search); /* NULL is fine */
int alv_record_search(struct alv_record_search *search, u32 type_id, u32 value_size,
		      struct alv_record **ret_record);
/* Is this type a pointer that would be such a field? 0 or 1, -EINVAL: badly tagged. */
int alv_record_is_kptr(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		       u32 type_id);

static inline bool alv_record_has(const struct alv_record *record, u32 kinds)
{
	return record && (record->kinds & kinds);
}

#endif

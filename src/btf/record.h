/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a map's value type: its special fields, which the kernel owns.
 * bpf(2) never shows their bytes (zero comes out) and never takes them from a
 * client (the stored bytes stay).
 */
#ifndef ALV_BTF_RECORD_H
#define ALV_BTF_RECORD_H

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
};

struct alv_record {
	u32 kinds; /* of all fields, or-ed */
	u32 count;
	s32 spin_lock; /* offset of the lock, -1: none */
	struct alv_field fields[ALV_RECORD_MAX_FIELDS]; /* by offset, not overlapping */
};

static inline bool alv_record_has(const struct alv_record *record, u32 kinds)
{
	return record && (record->kinds & kinds);
}

#endif

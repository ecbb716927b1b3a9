/* SPDX-License-Identifier: BSD-2-Clause */
/* A reference count. Zero is final: alv_ref_get_live() refuses to revive. */
#ifndef ALV_BASE_REF_H
#define ALV_BASE_REF_H

#include "base/atomic.h"
#include "base/types.h"

struct alv_ref {
	s64 count;
};

static inline void alv_ref_init(struct alv_ref *ref)
{
	alv_store_relaxed(&ref->count, 1);
}

/* The caller holds a reference already. */
static inline void alv_ref_get(struct alv_ref *ref)
{
	alv_add_relaxed(&ref->count, 1);
}

/* The caller found the object in a table: false when its last reference is gone. */
static inline bool alv_ref_get_live(struct alv_ref *ref)
{
	s64 seen = alv_load_relaxed(&ref->count);

	while (seen > 0)
		if (alv_cas_acq_rel(&ref->count, &seen, seen + 1))
			return true;
	return false;
}

/* True when this was the last one. */
static inline bool alv_ref_put(struct alv_ref *ref)
{
	return alv_sub_acq_rel(&ref->count, 1) == 0;
}

#endif

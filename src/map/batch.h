/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch command in progress. The walk over elements belongs to generic.c or,
 * for hash tables that go by bucket, to the type; the caller's memory is reached
 * only through these functions, with no lock held.
 */
#ifndef ALV_MAP_BATCH_H
#define ALV_MAP_BATCH_H

#include "base/types.h"
#include "object/task.h"

struct alv_map;

struct alv_batch {
	struct alv_task *task;
	alv_uaddr in_batch;  /* 0: start at the beginning */
	alv_uaddr out_batch;
	alv_uaddr keys;
	alv_uaddr values;
	u32 wanted;     /* attr.batch.count as the caller gave it */
	u64 elem_flags;
	u64 flags;
	alv_uaddr attr; /* of the caller's union bpf_attr */
};

/* Write attr.batch.count back. */
int alv_batch_put_count(struct alv_batch *batch, u32 count);

/* One element at a time, for any type with next, read, update and remove. */
int alv_generic_read_batch(struct alv_map *map, struct alv_batch *batch);
int alv_generic_update_batch(struct alv_map *map, struct alv_batch *batch);
int alv_generic_remove_batch(struct alv_map *map, struct alv_batch *batch);

#endif

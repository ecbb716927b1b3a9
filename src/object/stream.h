/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Elements of one size side by side in the caller's memory, read or written one
 * after the other: many of them travel in one copy, since each copy between
 * processes costs as much as dozens of elements.
 *
 * A bad address shows at the element that it concerns when reading, and with the
 * copy that the element travels in when writing; what lies before it is written.
 */
#ifndef ALV_OBJECT_STREAM_H
#define ALV_OBJECT_STREAM_H

#include "object/task.h"

struct alv_stream {
	struct alv_task *task;
	alv_uaddr at;  /* of the next copy */
	u64 left;      /* reading: elements that were not fetched yet */
	size_t size;   /* of an element */
	size_t window; /* elements that `data` holds */
	size_t filled;
	size_t next;   /* reading: of those in `data` */
	u8 *data;
};

/* `count`: how many elements there are at most. -ENOMEM. */
int alv_stream_init(struct alv_stream *stream, struct alv_task *task, alv_uaddr at,
		    size_t size, u64 count);
void alv_stream_fini(struct alv_stream *stream);

static inline void alv_stream_cleanup(struct alv_stream *stream)
{
	alv_stream_fini(stream);
}

/* The next of `count` elements; it stays until the call after. -EFAULT. */
int alv_stream_read(struct alv_stream *stream, const u8 **ret_element);
/* Append one. -EFAULT: of this one or an earlier one. */
int alv_stream_write(struct alv_stream *stream, const void *element);
/* Write what waits. -EFAULT. */
int alv_stream_flush(struct alv_stream *stream);

#endif

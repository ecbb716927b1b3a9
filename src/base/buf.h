/* SPDX-License-Identifier: BSD-2-Clause */
/* An owned block of bytes, for keys, values and whatever is copied from a client. */
#ifndef ALV_BASE_BUF_H
#define ALV_BASE_BUF_H

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/types.h"

struct alv_buf {
	u8 *data;
	size_t size;
};

/* Zeroed bytes; size 0 gives a valid, empty buffer. -ENOMEM. */
static inline int alv_buf_init(struct alv_buf *buf, size_t size)
{
	buf->data = calloc(1, size ? size : 1);
	if (!buf->data)
		return -ENOMEM;
	buf->size = size;
	return 0;
}

static inline void alv_buf_fini(struct alv_buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->size = 0;
}

static inline void alv_buf_cleanup(struct alv_buf *buf)
{
	alv_buf_fini(buf);
}

#endif

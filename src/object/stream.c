/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES 16384

int alv_stream_init(struct alv_stream *stream, struct alv_task *task, alv_uaddr at,
		    size_t size, u64 count)
{
	size_t window = size && size < WINDOW_BYTES ? WINDOW_BYTES / size : 1;

	*stream = (struct alv_stream){
		.task = task,
		.at = at,
		.left = count,
		.size = size,
		.window = window < count ? window : (count ? (size_t)count : 1),
	};
	stream->data = malloc(stream->window * size + 1);
	return stream->data ? 0 : -ENOMEM;
}

void alv_stream_fini(struct alv_stream *stream)
{
	free(stream->data);
	stream->data = NULL;
}

static int fetch(struct alv_stream *stream, size_t count)
{
	int err =
		alv_copy_in(stream->task, stream->data, stream->at, count * stream->size);

	if (err)
		return err;
	stream->at = alv_uaddr_add(stream->at, count * stream->size);
	stream->left -= count;
	stream->filled = count;
	stream->next = 0;
	return 0;
}

int alv_stream_read(struct alv_stream *stream, const u8 **ret_element)
{
	size_t count =
		stream->left < stream->window ? (size_t)stream->left : stream->window;
	int err = 0;

	if (stream->next == stream->filled) {
		if (!count)
			return -EFAULT;
		/* Some element further on may be the bad one: then go one by one. */
		err = fetch(stream, count);
		if (err && count > 1)
			err = fetch(stream, 1);
	}
	if (err)
		return err;
	*ret_element = stream->data + stream->next++ * stream->size;
	return 0;
}

int alv_stream_flush(struct alv_stream *stream)
{
	size_t bytes = stream->filled * stream->size;
	int err = alv_copy_out(stream->task, stream->at, stream->data, bytes);

	stream->at = alv_uaddr_add(stream->at, bytes);
	stream->filled = 0;
	return err;
}

int alv_stream_write(struct alv_stream *stream, const void *element)
{
	memcpy(stream->data + stream->filled++ * stream->size, element, stream->size);
	return stream->filled == stream->window ? alv_stream_flush(stream) : 0;
}

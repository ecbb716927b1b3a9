/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring buffers: a run remembers what it reserved, samples alone do not say whose they are. */
#include "map/ringbuf.h"

#include <errno.h>

#include "helper/call.h"

static struct alv_reservation *reservation_of(struct alv_run *run, const void *sample)
{
	for (u32 i = 0; i < ALV_RUN_RESERVATIONS; i++)
		if (run->reservations[i].sample == sample)
			return &run->reservations[i];
	return NULL;
}

u64 alv_help_ringbuf_output(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(
		alv_ringbuf_output(alv_helper_ptr(r1), alv_helper_ptr(r2), r3, r4));
}

u64 alv_help_ringbuf_reserve(ALV_HELPER_PARAMS)
{
	struct alv_reservation *free_one = reservation_of(run, NULL);

	if (r3 || !free_one)
		return 0;
	free_one->map = alv_helper_ptr(r1);
	free_one->sample = alv_ringbuf_reserve(free_one->map, r2);
	return (u64)(uintptr_t)free_one->sample;
}

static u64 commit(struct alv_run *run, u64 sample, bool discard, u64 flags)
{
	struct alv_reservation *mine = reservation_of(run, alv_helper_ptr(sample));

	if (!mine)
		return 0;
	if (discard)
		alv_ringbuf_discard(mine->map, mine->sample, flags);
	else
		alv_ringbuf_submit(mine->map, mine->sample, flags);
	mine->sample = NULL;
	return 0;
}

u64 alv_help_ringbuf_submit(ALV_HELPER_PARAMS)
{
	return commit(run, r1, false, r2);
}

u64 alv_help_ringbuf_discard(ALV_HELPER_PARAMS)
{
	return commit(run, r1, true, r2);
}

u64 alv_help_ringbuf_query(ALV_HELPER_PARAMS)
{
	return alv_ringbuf_query(alv_helper_ptr(r1), r2);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of a perf event: a page of positions (struct perf_event_mmap_page), then a
 * power of two of pages with records, in a memfd that clients map.
 *
 * Clients write the tail, and may write all the rest. What counts is kept here; the
 * tail that is read there decides only whether there is room. The owner serializes.
 */
#ifndef ALV_OBJECT_PERF_RING_H
#define ALV_OBJECT_PERF_RING_H

#include <linux/perf_event.h>
#include <sys/uio.h>

#include "base/types.h"

struct alv_perf_ring {
	void *base; /* NULL: there is none */
	u64 size;   /* of the records' area; may be 0 */
	u64 head;
	u64 told;      /* up to here those who wait were told by the watermark */
	u64 watermark; /* bytes */
	u32 events;    /* since they were told by number */
	u64 lost;      /* records, not reported yet */
	bool overwrite; /* what nobody has read */
	bool backward;
	bool paused;
};

/* How a ring is to be made. */
struct alv_perf_ring_def {
	u64 size;
	u64 watermark; /* 0: half of it */
	bool overwrite;
	bool backward;
};

/* One in the memfd's first pages, which are zeroed. -ENOMEM. */
int alv_perf_ring_init(struct alv_perf_ring *ring, int memfd,
		       const struct alv_perf_ring_def *def);
void alv_perf_ring_fini(struct alv_perf_ring *ring);

/* What perf_event_mmap_page says of an event. */
struct alv_perf_times {
	u64 enabled;
	u64 running;
};

void alv_perf_ring_tell_times(struct alv_perf_ring *ring, const struct alv_perf_times *times);

#define ALV_PERF_PARTS 8

/* A record, in pieces. One without a base is skipped: what lies there stays. */
struct alv_perf_record {
	struct iovec parts[ALV_PERF_PARTS];
	u32 n_parts;
	u16 size; /* as its header says */
};

static inline void alv_perf_record_add(struct alv_perf_record *record, const void *base,
				       u64 size)
{
	record->parts[record->n_parts++] = (struct iovec){ (void *)base, size };
}

/*
 * Write a record, behind `lost`, which is written if ring->lost is not 0. Those who wait
 * are to be told after so many records (0: by the watermark only): *ret_wake is set. -ENOSPC.
 */
int alv_perf_ring_write(struct alv_perf_ring *ring, const struct alv_perf_record *record,
			const struct alv_perf_record *lost, u32 wakeup_events, bool *ret_wake);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/perf_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/region.h"

/* Of struct perf_event_mmap_page, as `size` there says: all that is not reserved. */
#define KNOWN_SIZE    96
#define CAP_BIT0_DEAD 2 /* capabilities: the bits mean what their names say */

static struct perf_event_mmap_page *page_of(const struct alv_perf_ring *ring)
{
	return ring->base;
}

static u64 bytes_of(u64 size)
{
	return alv_page_size() + size;
}

static int clear_pages(int memfd, u64 bytes)
{
	struct stat st;

	if (fstat(memfd, &st))
		return -errno;
	if ((u64)st.st_size < bytes && ftruncate(memfd, (off_t)bytes))
		return -errno;
	if (st.st_size && fallocate(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				    st.st_size))
		return -errno;
	return 0;
}

int alv_perf_ring_init(struct alv_perf_ring *ring, int memfd,
		       const struct alv_perf_ring_def *def)
{
	u64 bytes = bytes_of(def->size);
	struct perf_event_mmap_page *page;
	void *base;

	if (clear_pages(memfd, bytes))
		return -ENOMEM;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memfd, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	*ring = (struct alv_perf_ring){
		.base = base,
		.size = def->size,
		.watermark = def->watermark < def->size ? def->watermark : def->size,
		.overwrite = def->overwrite,
		.backward = def->backward,
	};
	if (!ring->watermark)
		ring->watermark = def->size / 2;
	page = page_of(ring);
	page->capabilities = CAP_BIT0_DEAD;
	page->size = KNOWN_SIZE;
	page->data_offset = alv_page_size();
	page->data_size = def->size;
	return 0;
}

void alv_perf_ring_fini(struct alv_perf_ring *ring)
{
	if (ring->base)
		munmap(ring->base, bytes_of(ring->size));
	ring->base = NULL;
}

/* Readers try again while `lock` is odd, or changes. */
void alv_perf_ring_tell_times(struct alv_perf_ring *ring, const struct alv_perf_times *times)
{
	struct perf_event_mmap_page *page = page_of(ring);
	u32 lock = alv_load_relaxed(&page->lock);

	alv_store_relaxed(&page->lock, lock + 1);
	alv_fence_seq_cst();
	alv_store_relaxed(&page->time_enabled, times->enabled);
	alv_store_relaxed(&page->time_running, times->running);
	alv_store_release(&page->lock, lock + 2);
}

/* Nobody's tail makes more room than there is. */
static bool has_room(const struct alv_perf_ring *ring, u64 bytes)
{
	u64 tail = alv_load_acquire((u64 *)&page_of(ring)->data_tail);
	u64 used = ring->backward ? tail - ring->head : ring->head - tail;

	if (ring->overwrite)
		return true;
	return ring->size - 1 - (used & (ring->size - 1)) >= bytes;
}

/* `at` is a position, which wraps; what is longer than the ring overwrites itself. */
static u64 put_bytes(struct alv_perf_ring *ring, u64 at, const u8 *from, u64 size)
{
	u8 *data = (u8 *)ring->base + alv_page_size();

	while (from && size) {
		u64 offset = at & (ring->size - 1), chunk = ring->size - offset;

		if (chunk > size)
			chunk = size;
		memcpy(data + offset, from, chunk);
		from += chunk;
		at += chunk;
		size -= chunk;
	}
	return at + size;
}

static u64 put_record(struct alv_perf_ring *ring, u64 at, const struct alv_perf_record *record)
{
	u64 end = at + record->size;

	for (u32 i = 0; i < record->n_parts; i++)
		at = put_bytes(ring, at, record->parts[i].iov_base, record->parts[i].iov_len);
	return end;
}

static bool watermark_passed(struct alv_perf_ring *ring)
{
	u64 filled = ring->backward ? -ring->head : ring->head;

	if (filled - ring->told <= ring->watermark)
		return false;
	ring->told += ring->watermark;
	return true;
}

static bool enough_events(struct alv_perf_ring *ring, u32 wakeup_events)
{
	if (!wakeup_events || ++ring->events < wakeup_events)
		return false;
	ring->events -= wakeup_events;
	return true;
}

int alv_perf_ring_write(struct alv_perf_ring *ring, const struct alv_perf_record *record,
			const struct alv_perf_record *lost, u32 wakeup_events, bool *ret_wake)
{
	u64 bytes = record->size + (ring->lost ? lost->size : 0), at;

	if (!ring->base || !ring->size)
		return -ENOSPC;
	if (ring->paused || !has_room(ring, bytes)) {
		ring->lost++;
		return -ENOSPC;
	}
	at = ring->backward ? ring->head - bytes : ring->head;
	ring->head = ring->backward ? at : at + bytes;
	*ret_wake = watermark_passed(ring);
	if (ring->lost)
		at = put_record(ring, at, lost);
	ring->lost = 0;
	put_record(ring, at, record);
	*ret_wake |= enough_events(ring, wakeup_events);
	alv_store_release((u64 *)&page_of(ring)->data_head, ring->head);
	return 0;
}

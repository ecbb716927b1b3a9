/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring buffers from the host's side: what programs put into a RINGBUF, and what
 * they take out of a USER_RINGBUF. Clients do the other half in the pages that
 * they map.
 *
 * A sample lies in shared pages: its owner may see it change at any time.
 */
#ifndef ALV_MAP_RINGBUF_H
#define ALV_MAP_RINGBUF_H

#include "map/map.h"

/* Room for a sample of `size` bytes, to be submitted or discarded. NULL: there is none. */
void *alv_ringbuf_reserve(struct alv_map *map, u64 size);
/*
 * With BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP, or neither: then those who wait are
 * told if the consumer waits for this very sample.
 */
void alv_ringbuf_submit(struct alv_map *map, void *sample, u64 flags);
void alv_ringbuf_discard(struct alv_map *map, void *sample, u64 flags);
/* All in one. -EINVAL: flags that mean nothing; -EAGAIN: no room. */
int alv_ringbuf_output(struct alv_map *map, const void *data, u64 size, u64 flags);
/* BPF_RB_*: bytes to be read, bytes of the ring, positions; else 0. Of both types. */
u64 alv_ringbuf_query(const struct alv_map *map, u64 what);

/* Called for each sample; anything but 0 ends the drain. */
typedef int alv_sample_fn(void *data, void *sample, u32 size);

/*
 * Take samples out of a USER_RINGBUF, at most 128 Ki of them: how many
 * fn() got. -EBUSY: somebody else is at it; -EINVAL, -E2BIG: the producer wrote
 * nonsense; -EINVAL: flags that mean nothing.
 */
s64 alv_user_ringbuf_drain(struct alv_map *map, alv_sample_fn *fn, void *data, u64 flags);

#endif

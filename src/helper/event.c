/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events of a PERF_EVENT_ARRAY: samples into their rings, and their times. */
#include <errno.h>
#include <string.h>

#include "helper/call.h"
#include "helper/skb.h"
#include "helper/xdp.h"
#include "map/fd_array.h"
#include "object/perf_event.h"

#define CTXLEN(flags) (((flags) & BPF_F_CTXLEN_MASK) >> 32)

static int find_event(const struct alv_run *run, struct alv_map *map, u64 flags,
		      struct alv_perf_event **ret_event)
{
	u64 index = flags & BPF_F_INDEX_MASK;
	struct alv_object *obj;

	if (index == BPF_F_CURRENT_CPU)
		index = run->cpu;
	if (index >= map->max_entries)
		return -E2BIG;
	obj = alv_fd_array_at(map, (u32)index);
	if (!obj)
		return -ENOENT;
	*ret_event = alv_perf_event_of(obj);
	return 0;
}

/* Asking who runs costs more than the rest. */
static struct alv_perf_place place_of(struct alv_run *run, const struct alv_perf_event *event)
{
	struct alv_perf_place place = { .cpu = run->cpu };
	const struct alv_run_caller *caller;

	if (event->def.tid || event->def.attr.sample_type & PERF_SAMPLE_TID) {
		caller = alv_run_caller(run);
		place.tid = caller->pid;
		place.tgid = caller->tgid;
	}
	return place;
}

/* What the program says, then so much of its packet, in up to two pieces. */
static u64 output(struct alv_run *run, struct alv_map *map, u64 flags,
		  const struct iovec *pieces, u32 n_pieces)
{
	struct alv_perf_event *event;
	struct alv_perf_place place;
	int err = find_event(run, map, flags, &event);

	if (err)
		return alv_helper_errno(err);
	place = place_of(run, event);
	return alv_helper_errno(alv_perf_event_output(event, &place, pieces, n_pieces));
}

u64 alv_help_perf_event_output(ALV_HELPER_PARAMS)
{
	const struct iovec said = { alv_helper_ptr(r4), r5 };

	if (r3 & ~(u64)BPF_F_INDEX_MASK)
		return alv_helper_errno(-EINVAL);
	return output(run, alv_helper_ptr(r2), r3, &said, 1);
}

u64 alv_help_skb_event_output(ALV_HELPER_PARAMS)
{
	const struct alv_skb *skb = alv_helper_ptr(r1);
	const struct iovec pieces[] = {
		{ alv_helper_ptr(r4), r5 },
		{ skb->data, CTXLEN(r3) },
	};

	if (r3 & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return alv_helper_errno(-EINVAL);
	if (CTXLEN(r3) > skb->md.len)
		return alv_helper_errno(-EFAULT);
	return output(run, alv_helper_ptr(r2), r3, pieces, ALV_COUNT(pieces));
}

u64 alv_help_xdp_event_output(ALV_HELPER_PARAMS)
{
	const struct alv_xdp *xdp = alv_helper_ptr(r1);
	u64 first = (u64)(xdp->data_end - xdp->data), wanted = CTXLEN(r3);
	u64 more = wanted > first ? wanted - first : 0;
	const struct iovec pieces[] = {
		{ alv_helper_ptr(r4), r5 },
		{ xdp->data, wanted - more },
		{ xdp->rest, more },
	};

	if (r3 & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return alv_helper_errno(-EINVAL);
	if (more > xdp->rest_size)
		return alv_helper_errno(-EFAULT);
	return output(run, alv_helper_ptr(r2), r3, pieces, ALV_COUNT(pieces));
}

static int read_event(struct alv_run *run, struct alv_map *map, u64 flags,
		      struct alv_perf_times *ret_times)
{
	struct alv_perf_event *event;
	struct alv_perf_place place;
	int err;

	if (flags & ~(u64)BPF_F_INDEX_MASK)
		return -EINVAL;
	err = find_event(run, map, flags, &event);
	if (err)
		return err;
	place = place_of(run, event);
	return alv_perf_event_read(event, &place, ret_times);
}

/* Such an event counts nothing. */
u64 alv_help_perf_event_read(ALV_HELPER_PARAMS)
{
	struct alv_perf_times times;

	return alv_helper_errno(read_event(run, alv_helper_ptr(r1), r2, &times));
}

u64 alv_help_perf_event_read_value(ALV_HELPER_PARAMS)
{
	struct bpf_perf_event_value *value = alv_helper_ptr(r3);
	struct alv_perf_times times;
	int err = -EINVAL;

	if (r4 == sizeof(*value))
		err = read_event(run, alv_helper_ptr(r1), r2, &times);
	memset(value, 0, r4);
	if (err)
		return alv_helper_errno(err);
	value->enabled = times.enabled;
	value->running = times.running;
	return 0;
}

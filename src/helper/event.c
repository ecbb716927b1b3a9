/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events of a PERF_EVENT_ARRAY: the checks; no slot has an event. */
#include <errno.h>

#include "helper/call.h"
#include "map/fd_array.h"

static int find_event(const struct alv_run *run, struct alv_map *map, u64 flags)
{
	u64 index = flags & BPF_F_INDEX_MASK;

	if (index == BPF_F_CURRENT_CPU)
		index = run->cpu;
	return index >= map->max_entries ? -E2BIG : -ENOENT;
}

u64 alv_help_perf_event_output(ALV_HELPER_PARAMS)
{
	if (r3 & ~(u64)BPF_F_INDEX_MASK)
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(find_event(run, alv_helper_ptr(r2), r3));
}

/* The upper half of flags says how much of the packet goes along. */
u64 alv_help_packet_event_output(ALV_HELPER_PARAMS)
{
	if (r3 & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(find_event(run, alv_helper_ptr(r2), r3));
}

u64 alv_help_perf_event_read(ALV_HELPER_PARAMS)
{
	if (r2 & ~(u64)BPF_F_INDEX_MASK)
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(find_event(run, alv_helper_ptr(r1), r2));
}

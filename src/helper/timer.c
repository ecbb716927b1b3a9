/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers in map values: what programs say to them, and their callbacks. */
#include <errno.h>
#include <stdio.h>

#include "base/rcu.h"
#include "helper/call.h"
#include "map/map.h"
#include "map/prog_array.h"
#include "object/timers.h"

#define CLOCKS_MAX 16
#define START_ABSOLUTE ((u64)1 << 0) /* BPF_F_TIMER_ABS */
#define START_ON_CPU   ((u64)1 << 1) /* BPF_F_TIMER_CPU_PIN */

_Static_assert(sizeof(struct alv_timer_field) == sizeof(struct bpf_timer), "of map values");

typedef u64 call_fn(struct alv_run *run, const struct bpf_insn *function, const u64 args[5]);

u64 alv_help_timer_init(ALV_HELPER_PARAMS)
{
	struct alv_map *map = alv_helper_ptr(r2);
	clockid_t clock = (clockid_t)r3;

	if (r3 >= CLOCKS_MAX ||
	    (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME))
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(alv_timer_init(&map->obj, alv_helper_ptr(r1), clock));
}

/* The start of the value that has this field. */
static void *value_of(const struct alv_map *map, struct alv_timer_field *field)
{
	for (u32 i = 0; i < map->record->count; i++)
		if (map->record->fields[i].kind == ALV_FIELD_TIMER)
			return (u8 *)field - map->record->fields[i].offset;
	return NULL;
}

/* In softirq, where the idle task was. */
static void ring(const struct alv_timer_ring *ring)
{
	struct alv_map *map = alv_map_of(ring->map);
	void *value = value_of(map, ring->field);
	struct alv_run run = { .host = ring->host,
			       .cpu = ring->cpu,
			       .prog = (const struct alv_program *)(const void *)ring->callback.prog,
			       .trace_context = "..s2.",
			       .known = true,
			       .call = (call_fn *)(void *)ring->callback.call };
	u32 room;
	const void *key = map->ops->key_of(map, value, &room);
	const u64 args[5] = { (u64)(uintptr_t)map, (u64)(uintptr_t)key, (u64)(uintptr_t)value };

	snprintf(run.caller.comm, sizeof(run.caller.comm), "swapper/%u", ring->cpu);
	alv_rcu_read_lock();
	run.call(&run, ring->callback.function, args);
	alv_rcu_read_unlock();
}

u64 alv_help_timer_set_callback(ALV_HELPER_PARAMS)
{
	const struct alv_tail_target *prog = (const void *)run->prog;
	struct alv_timer_callback callback = { .prog = (struct alv_object *)&prog->obj,
					       .ring = ring,
					       .function = alv_helper_ptr(r2),
					       .call = (void *)run->call };

	return alv_helper_errno(alv_timer_set_callback(run->host, alv_helper_ptr(r1), &callback));
}

u64 alv_help_timer_start(ALV_HELPER_PARAMS)
{
	u64 known = 0;

	if (alv_host_has(run->host, V6_4))
		known |= START_ABSOLUTE;
	if (alv_host_has(run->host, V6_7))
		known |= START_ON_CPU;
	if (r3 & ~known)
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(
		alv_timer_start(run->host, alv_helper_ptr(r1), r2, r3 & START_ABSOLUTE));
}

u64 alv_help_timer_cancel(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(alv_timer_cancel(run->host, alv_helper_ptr(r1)));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Stack traces by id, from the side of programs: bpf_get_stackid(). */
#ifndef ALV_MAP_STACK_TRACE_H
#define ALV_MAP_STACK_TRACE_H

#include "map/map.h"

/*
 * Keep a trace, innermost address first, and give its id. flags: how many
 * addresses to skip, BPF_F_FAST_STACK_CMP, BPF_F_REUSE_STACKID, BPF_F_USER_STACK.
 * -EINVAL: other flags; -EFAULT: nothing is left after the skip; -EEXIST: another
 * trace has the id; -ENOMEM: the map is full.
 */
s64 alv_stack_trace_insert(struct alv_map *map, const u64 *addresses, u32 count,
			   u64 flags);

#endif

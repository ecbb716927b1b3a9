/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/tail_call.h"

#include "map/fd_array.h"
#include "program/program.h"

const struct bpf_insn *alv_tail_call(struct alv_run *run, u64 map, u32 index)
{
	struct alv_object *obj = alv_fd_array_at((struct alv_map *)(uintptr_t)map, index);
	struct alv_program *prog;

	if (!obj || run->tail_calls >= ALV_TAIL_CALLS_MAX)
		return NULL;
	run->tail_calls++;
	prog = alv_program_of(obj);
	run->prog = prog;
	return prog->code;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tail calls: where a program goes on in another one's place. */
#ifndef ALV_ENGINE_TAIL_CALL_H
#define ALV_ENGINE_TAIL_CALL_H

#include "helper/run.h"

/*
 * The first instruction of the program in a slot of a prog array (the map's address,
 * as programs have it), which is then the running one. NULL: the slot is empty, there
 * is none, or the run made all its tail calls; the caller goes on.
 */
const struct bpf_insn *alv_tail_call(struct alv_run *run, u64 map, u32 index);

#endif

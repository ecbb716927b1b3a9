/* SPDX-License-Identifier: BSD-2-Clause */
/* Every state that the verifier was in at every instruction of a program. */
#ifndef ALV_TESTS_ORACLE_RECORD_H
#define ALV_TESTS_ORACLE_RECORD_H

#include "recorder.h"
#include "verifier/state.h"

struct recorded {
	struct alv_state state;
	u64 live[ALV_MAX_FRAMES]; /* slots that are read later */
};

struct record {
	u32 n_insns;
	struct recorded_list {
		struct recorded *states;
		u32 count;
		u32 room;
	} *insns;
	u16 *live; /* registers that may be read later, by instruction */
	u32 total;
	u32 limit; /* states to keep; more end the check with -E2BIG */
};

#endif

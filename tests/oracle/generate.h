/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs by number: a seed gives always the same program. They are made of what
 * programs are made of (look-ups and their NULL checks, guarded packet and array
 * accesses, loops, calls, callbacks, spills, locks, references), so that a good share
 * is accepted; in the others something is missing or off by one.
 */
#ifndef ALV_TESTS_ORACLE_GENERATE_H
#define ALV_TESTS_ORACLE_GENERATE_H

#include "abi/uapi.h"
#include "maps.h"

#define GENERATED_INSNS 4096
#define GENERATED_FUNCTIONS 6

struct generated {
	u32 type;   /* BPF_PROG_TYPE_* */
	u32 attach; /* expected attach type */
	u32 n_insns;
	struct bpf_insn insns[GENERATED_INSNS];
	u32 n_functions; /* the program itself is the first */
	struct bpf_func_info functions[GENERATED_FUNCTIONS];
};

/* `maps` are the descriptors that instructions name. */
void generate_program(u64 seed, const struct oracle_maps *maps, struct generated *ret);

#endif

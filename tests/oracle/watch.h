/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run of a program beside what the verifier recorded of it. At each instruction the
 * whole of what registers and stacks hold must be covered by one of the states of that
 * instruction (and chain of calls), each access must stay inside an object that the
 * program may reach, and references must be given back.
 *
 * Where the verifier tracks precision, a scalar that is not precise may be anything:
 * then pointers, accesses and the places that are reached are what is judged.
 */
#ifndef ALV_TESTS_ORACLE_WATCH_H
#define ALV_TESTS_ORACLE_WATCH_H

#include "abi/uapi.h"
#include "recorder.h"

#define WATCH_FRAMES  8
#define WATCH_OBJECTS 256

/* Memory that the program was given. */
struct watch_object {
	u64 base;
	u64 size;
};

/* A function that runs. */
struct activation {
	const u64 *regs;
	u64 fp;
	u32 insn;    /* the last one that began */
	u64 args[5]; /* of its last call */
};

struct alv_run;

struct watch {
	const struct bpf_insn *insns; /* as they were loaded */
	u32 n_insns;
	const struct alv_insn_verdict *facts;
	struct record *record;
	bool exact; /* scalars are judged, too */
	u32 prog_type;
	const struct bpf_insn *code; /* rewritten */
	u32 n_code;
	const u32 *origin; /* of each rewritten one: the instruction, UINT32_MAX: none */

	const void *ctx;
	const u8 *packet; /* as the program sees it */
	const u8 *packet_end;
	u32 depth;
	struct activation stack[WATCH_FRAMES];
	u32 n_objects;
	struct watch_object objects[WATCH_OBJECTS];
	u32 n_judged;  /* instructions of this run */
	u32 *lock;     /* the spin lock that the program holds */
	u64 n_checked; /* and of all */
	char fault[512]; /* "": all is well */
};

void watch_begin(struct watch *watch);
/* Memory that the program has from its beginning. */
void watch_add(struct watch *watch, const void *base, u64 size);
/* See struct alv_run_observer; `data` is the watch. */
void watch_insn(void *data, struct alv_run *run, const struct bpf_insn *pc, const u64 *regs);
/* The program does not go on: let go of what it holds at this instruction. */
void watch_stop(struct watch *watch, struct alv_run *run);
/* The program ended. */
void watch_end(struct watch *watch, const struct alv_run *run);

/* cover.c: does one of the states hold? Says what does not fit, if none does. */
bool watch_covered(const struct watch *watch, u32 insn, char *why, size_t size);

#endif

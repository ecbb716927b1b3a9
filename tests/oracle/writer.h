/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program while it is written: its instructions, and what its author thinks that
 * registers hold, so that most of what follows makes sense.
 */
#ifndef ALV_TESTS_ORACLE_WRITER_H
#define ALV_TESTS_ORACLE_WRITER_H

#include "../unit/insns.h"
#include "generate.h"
#include "random.h"

#define N_REGS  10 /* without the frame pointer */
#define N_SLOTS 16 /* of the stack, that statements use */
#define NO_REG  N_REGS

enum kind {
	NOTHING,
	NUMBER,
	CTX,
	STACK,
	VALUE,  /* of a map */
	PACKET,
	MEMORY, /* reserved in a ring buffer */
};

struct value {
	enum kind kind;
	u32 room;     /* bytes behind a pointer */
	bool writable;
};

/* A function that is called, and written later. */
struct function {
	u32 start;
	bool is_written;
	bool is_callback;
	struct value args[5];
	u32 n_calls;
	u32 calls[8]; /* instructions to be told where it begins */
};

/* Of a program type. */
struct flavour {
	u32 type;
	u32 attach;
	u32 packet;   /* offset in the context of the packet's start; 0 and end 0: none */
	u32 packet_end;
	u32 n_fields;
	u16 fields[8]; /* offsets of plain numbers in the context, to be read */
	u32 width;     /* of these */
	u32 writable;  /* offset of one that may be written; 0: none */
	u32 max_return;
	bool sees_packets; /* has helpers on packets */
	bool loads_packets; /* and LD_ABS */
};

struct writer {
	struct random random;
	struct generated *out;
	const struct oracle_maps *maps;
	const struct flavour *flavour;
	struct value regs[N_REGS];
	u32 locked;      /* registers that keep what they have */
	u32 spilled;     /* slots with numbers */
	u32 depth;       /* of blocks */
	u32 current;     /* function */
	u32 n_functions;
	struct function functions[GENERATED_FUNCTIONS];
	u32 n_recent;
	s32 recent[8];   /* constants that were used: edges are where they meet again */
	u32 fault_in;    /* opportunities up to the one mistake; 0: there is none to come */
	u32 topic;       /* 1 + the kind of statement that it is about; 0: none */
	bool off_topic;  /* no place for the mistake */
	bool held;       /* a lock or a reference is: no calls, no exits */
};

static inline bool chance(struct writer *w, u32 percent)
{
	return random_chance(&w->random, percent);
}

static inline u32 below(struct writer *w, u32 n)
{
	return random_below(&w->random, n);
}

/* Is this the place for the mistake? */
static inline bool fault(struct writer *w)
{
	return !w->off_topic && w->fault_in && !--w->fault_in;
}

/* A constant, often a recent one or its neighbour. */
s32 immediate(struct writer *w);
/* Append; returns where it is. */
u32 emit(struct writer *w, struct bpf_insn insn);
/* Jumps whose target is what comes next. */
void land(struct writer *w, u32 jump);
void emit_imm64(struct writer *w, u32 dst, u32 src, u64 value);
void emit_map(struct writer *w, u32 dst, enum oracle_map map);
bool is_full(const struct writer *w);

/* A register that holds such a thing, NO_REG: none. */
u32 find_kind(struct writer *w, enum kind kind);
/* A register that may be overwritten. */
u32 take_reg(struct writer *w);
/* One that a call leaves alone; NO_REG: none. */
u32 take_saved_reg(struct writer *w);
/* A register with a number. */
u32 need_number(struct writer *w);
void set_reg(struct writer *w, u32 reg, enum kind kind, u32 room);
/* R0 is what a call gave, R1 to R5 are gone. May one be made at all? */
void forget_call(struct writer *w, enum kind kind, u32 room);
bool may_call(const struct writer *w);
/* Only what held both here and there. */
void merge(struct writer *w, const struct writer *other);

/* `n` statements of all sorts. */
void statements(struct writer *w, u32 n);
/* A block that may not be there when it runs: what it makes is merged. */
void block(struct writer *w, u32 n, u32 jump);

typedef void statement(struct writer *w);
statement write_move, write_alu, write_copy, write_if, write_loop, write_spill, write_fill;
statement write_linked, write_early_exit, write_bytes, write_narrow;
statement write_lookup, write_global, write_access, write_packet, write_ctx, write_atomic;
statement write_ringbuf, write_lock, write_join, write_inner, write_packet_load, write_index;
statement write_number_call, write_memory_call, write_call, write_loop_callback;
statement write_each_callback, write_tail_call, write_map_call;

/* Functions that were called and are not there yet. */
void write_functions(struct writer *w);

#endif

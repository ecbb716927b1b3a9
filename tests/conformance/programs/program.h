/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A topic's table of small programs. main() in program.c loads each of them at
 * log level 1, prints verdict and log, and for those that are accepted the log
 * at levels 2 and 4 and what a test run gives.
 */
#ifndef CONFORM_PROGRAM_H
#define CONFORM_PROGRAM_H

#include "../attr.h"
#include "insn.h"

#include <linux/btf.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define FUNCTIONS_MAX 8
#define INSNS_MAX     8192

/* Maps that instructions may name (map_set.c has their attributes). */
enum program_map {
	MAP_ARRAY,
	MAP_HASH,
	MAP_PERCPU,
	MAP_PROGS,
	MAP_RING,
	MAP_QUEUE,
	MAP_TRIE,
	MAP_OUTER,
	MAP_EVENTS,
	MAP_LRU,
	MAP_RODATA,  /* frozen, and programs may only read it */
	MAP_RDONLY,  /* programs may only read it */
	MAP_WRONLY,  /* programs may only write it */
	MAP_LOCKED,  /* a spin lock at 4 in a value of 16 */
	MAP_FROZEN,  /* frozen, but programs may write it */
	MAP_RODATA2, /* two elements */
	MAP_SMALL,   /* values of 3 bytes */
	PROGRAM_MAPS,
};

/* Prototypes of functions (type_set.c). */
enum program_proto {
	PROTO_NONE,
	PROTO_CTX,	/* int (struct __sk_buff *) */
	PROTO_INT,	/* int (int) */
	PROTO_VOID_INT, /* void (int) */
	PROTO_PAIR,	/* int (struct pair *), of two int */
	PROTO_CTX_INT,	/* int (struct __sk_buff *, int) */
	PROTO_INTS,	/* int (int, int, int, int, int) */
	PROTO_SIX,	/* int (int, int, int, int, int, int) */
	PROTO_LONG,	/* u64 (u64) */
	PROTO_LOOP,	/* long (u32, void *) */
	PROTO_EACH,	/* long (void *, void *, void *, void *) */
	PROTO_EMPTY,	/* int (void) */
	PROTO_CHAR,	/* int (char *) */
	PROGRAM_PROTOS,
};

struct program_function {
	u32 at; /* first instruction */
	enum program_proto proto;
	u32 linkage; /* of <linux/btf.h> */
};

struct program {
	const char *name;
	u32 type; /* 0: socket filter */
	u32 attach;
	u32 flags;
	u32 kern_version;
	const struct bpf_insn *insns;
	u32 count;
	/* ... or a function that writes them and returns how many they are. */
	u32 (*make)(struct bpf_insn *insns);
	/* With these the program has types: the first one is its main function. */
	struct program_function functions[FUNCTIONS_MAX];
	u32 brief;	/* only the log's first and last lines */
	u32 unknown;	/* what it returns is not to be known: no run */
	u32 unlicensed; /* not of a license that GPL-only helpers want */
};

#define INSNS(...)                                        \
	.insns = (const struct bpf_insn[]){ __VA_ARGS__ }, \
	.count = sizeof((struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn)

/* A program of a type, and a socket filter. */
#define TYPED(title, kind, ...)                                              \
	{                                                                    \
		.name = title, .type = BPF_PROG_TYPE_##kind, INSNS(__VA_ARGS__) \
	}
#define PROGRAM(title, ...) TYPED(title, SOCKET_FILTER, __VA_ARGS__)
#define LONG_LOG(title, ...)                                               \
	{                                                                  \
		.name = title, .type = BPF_PROG_TYPE_SOCKET_FILTER,        \
		.brief = 1, INSNS(__VA_ARGS__)                             \
	}
#define UNKNOWN_RESULT(title, ...)                                         \
	{                                                                  \
		.name = title, .type = BPF_PROG_TYPE_SOCKET_FILTER,        \
		.unknown = 1, INSNS(__VA_ARGS__)                           \
	}
#define FLAGGED(title, kind, flag, ...)                                            \
	{                                                                          \
		.name = title, .type = BPF_PROG_TYPE_##kind, .flags = flag,        \
		INSNS(__VA_ARGS__)                                                 \
	}
#define ATTACHED(title, kind, where, ...)                                    \
	{                                                                    \
		.name = title, .type = BPF_PROG_TYPE_##kind, .attach = where, \
		INSNS(__VA_ARGS__)                                           \
	}
/* Functions with types: FUNCTIONS(sched_cls's name, { at, proto, linkage }...), then
 * the instructions. */
#define LIST(...) __VA_ARGS__
#define FUNCTIONS(title, list, ...)                                      \
	{                                                                \
		.name = title, .type = BPF_PROG_TYPE_SCHED_CLS,          \
		.functions = { list }, INSNS(__VA_ARGS__)                \
	}
#define MADE(title, maker)                                                         \
	{                                                                          \
		.name = title, .type = BPF_PROG_TYPE_SOCKET_FILTER, .make = maker, \
		.brief = 1                                                         \
	}

/* Each topic has these. */
extern const struct program programs[];
extern const unsigned int program_count;
#define PROGRAMS_END const unsigned int program_count = ARRAY_SIZE(programs)

/* The descriptor of a map, made when it is first asked for. */
int map_set_fd(enum program_map map);

/* Types for the functions; -errno when they can't be loaded. */
int type_set_load(const struct program_function *functions, u32 count);

/* The type id of function i in what type_set_load() loaded. */
u32 type_set_function(u32 i);

/* Prints a verifier's log without what differs from run to run. */
void log_print(const struct program *program, const struct bpf_insn *insns, u32 count,
	       const char *log);

#endif

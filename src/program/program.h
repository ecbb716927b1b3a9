/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program as an object: what was loaded, what runs, and what it holds.
 *
 * The loader makes one, fills it in and publishes it; from then on all but `maps`
 * (PROG_BIND_MAP adds to it, under `lock`) and the statistics stay as they are.
 */
#ifndef ALV_PROGRAM_PROGRAM_H
#define ALV_PROGRAM_PROGRAM_H

#include <pthread.h>

#include "abi/attr.h"
#include "abi/uapi.h"
#include "helper/run.h"
#include "map/map.h"
#include "map/prog_array.h"
#include "object/btf_object.h"
#include "object/object.h"

#define ALV_TAG_SIZE    8
#define ALV_DIGEST_SIZE 32

/* Runs instructions on a context: R0 at their end. */
typedef u64 alv_engine_fn(struct alv_run *run, const struct bpf_insn *code, void *ctx);

/* func_info or line_info as it was loaded, records of `size` bytes. */
struct alv_prog_records {
	void *data; /* owned */
	u32 size;
	u32 count;
};

struct alv_program_stats {
	u64 run_time_ns;
	u64 run_cnt;
	u64 recursion_misses;
};

struct alv_program {
	struct alv_object obj;
	struct alv_tail_kind tail; /* behind obj: see struct alv_tail_target */
	u32 type;
	u32 expected_attach_type;
	u32 flags; /* of PROG_LOAD */
	char name[ALV_NAME_LEN];
	u8 tag[ALV_TAG_SIZE]; /* the start of the digest */
	u8 digest[ALV_DIGEST_SIZE];
	bool gpl;
	u32 uid; /* of who loaded it */
	u64 load_time; /* ns since boot */
	u32 verified_insns;
	u32 max_ctx_offset; /* how far it reaches into its context, bytes */
	u32 attach_btf_obj_id;
	u32 attach_btf_id;

	struct bpf_insn *code;  /* rewritten; owned */
	struct bpf_insn *shown; /* the same as clients see it; owned */
	u32 n_code;
	u32 n_loaded; /* instructions before rewriting */
	alv_engine_fn *engine;

	pthread_mutex_t lock; /* guards maps */
	struct alv_map **maps; /* owned references */
	u32 n_maps;

	struct alv_btf_object *btf; /* owned reference; NULL: none */
	struct alv_prog_records func_info;
	struct alv_prog_records line_info;

	struct alv_program_stats stats; /* relaxed atomics */
};

static inline struct alv_program *alv_program_of(struct alv_object *obj)
{
	return alv_container(obj, struct alv_program, obj);
}

/*
 * A program with one reference, the caller's, to be filled in and given an id by
 * alv_object_publish(). -ENOMEM, -EMFILE, -ENFILE.
 */
int alv_program_new(struct alv_host *host, struct alv_program **ret_prog);

static inline void alv_program_get(struct alv_program *prog)
{
	alv_object_get(&prog->obj);
}

static inline void alv_program_put(struct alv_program *prog)
{
	if (prog)
		alv_object_put(&prog->obj);
}

static inline void alv_program_cleanup(struct alv_program **prog)
{
	alv_program_put(*prog);
}

/*
 * A digest of the instructions as they were loaded, descriptors of maps left out; its
 * start is the tag. SHA-256 since 6.18, SHA-1 before. -ENOMEM.
 */
int alv_program_digest(enum alv_kernel kernel, const struct bpf_insn *insns, u32 n,
		       u8 ret_digest[ALV_DIGEST_SIZE]);

/* Keep a reference to one more map. -EEXIST: it has one; -ENOMEM. */
int alv_program_bind_map(struct alv_program *prog, struct alv_map *map);

/* Run it: R0. The caller holds the RCU read lock and a lease of run->cpu. */
u64 alv_program_run(struct alv_program *prog, struct alv_run *run, void *ctx);

#endif

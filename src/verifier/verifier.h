/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verifier: is this program safe? A pure function: instructions, the program's
 * traits, definitions of maps and type information in; verdict, report, counters and
 * facts about each instruction out. It needs no host and no client.
 *
 * Verdict, messages, processed instructions and states are Linux 6.18's.
 */
#ifndef ALV_VERIFIER_VERIFIER_H
#define ALV_VERIFIER_VERIFIER_H

#include "abi/uapi.h"
#include "base/report.h"
#include "btf/btf.h"
#include "btf/record.h"
#include "helper/kfunc.h"
#include "helper/type.h"
#include "isa/cfg.h"
#include "program/type.h"

#define ALV_VERIFIER_MAX_PROCESSED 1000000
#define ALV_VERIFIER_MAX_MAPS      64

/* A map as the verifier sees it. Two references to one map are one pointer. */
struct alv_checked_map {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
	char name[16];
	const struct alv_record *record; /* NULL: no special fields */
	const struct alv_btf *btf; /* NULL: none */
	bool constant; /* frozen and read-only for programs: values are known */
	bool direct;   /* values have addresses (BPF_PSEUDO_MAP_VALUE) */
	const struct alv_checked_map *inner; /* template of a map of maps; NULL: none */
	/* Bytes of a constant map's value. */
	const void *(*value)(const struct alv_checked_map *map);
	void *owner; /* the caller's */
};

/* How the caller finds what an instruction names. */
struct alv_verifier_names {
	void *data;
	/* The map of a descriptor. -EBADF, -EINVAL. */
	int (*map)(void *data, s32 fd, const struct alv_checked_map **ret_map);
	/* The descriptor at an index of fd_array. -EPROTO: there is none; -EFAULT. */
	int (*fd_at)(void *data, s32 index, s32 *ret_fd);
	/* The kernel's types. NULL (the function or what it returns): there are none. */
	const struct alv_btf *(*vmlinux)(void *data);
	/* Is there such a symbol, whose memory programs can read? NULL: there are none. */
	bool (*has_symbol)(void *data, const char *name);
};

struct alv_verifier_request {
	const struct bpf_insn *insns;
	u32 n_insns;
	struct alv_prog_traits traits;
	u32 flags; /* BPF_F_STRICT_ALIGNMENT and so on */
	u32 n_cpus;
	bool has_all_kfuncs;  /* and not those alone that have an implementation */
	bool has_map_structs; /* programs can read the structs behind maps */
	struct alv_verifier_names names;
	const struct alv_btf *btf; /* NULL: none */
	const struct bpf_func_info *func_info;
	u32 n_func_info;
	const struct bpf_line_info *line_info;
	u32 n_line_info;
	struct alv_report *report; /* NULL: nobody listens */
};

/* How a register that is added to, or subtracted from, a pointer is masked. */
enum alv_mask {
	ALV_MASK_SRC = 1,      /* it is the source register */
	ALV_MASK_DST = 2,      /* it is the destination register */
	ALV_MASK_NEGATIVE = 4, /* it is negative */
	ALV_MASK_NUMBER = 8,   /* there is no pointer: nothing is masked */
	ALV_MASK_CONSTANT = 16, /* it is the constant mask_limit */
};

/* What is known of an instruction of an accepted program. */
struct alv_insn_verdict {
	const struct alv_checked_map *map; /* ldimm64: what it loads */
	u32 map_offset;
	struct alv_type ksym;              /* ldimm64 of a symbol of the kernel */
	const struct alv_btf *ksym_btf;
	u32 ksym_id;
	u32 ksym_size;
	struct alv_type pointer;           /* loads and stores: through what */
	const struct alv_checked_map *call_map; /* helper calls: the one map, NULL: various */
	bool calls_with_maps; /* helper calls: was call_map looked at? */
	/* bpf_loop: called without flags and with one function alone so far. */
	bool loops_plainly;
	bool loop_seen;
	u32 callback;
	const struct alv_kfunc *kfunc; /* calls of the kernel's functions; NULL: refused */
	bool probes; /* loads: what is there may not be there */
	bool seen; /* reached on some path */
	bool dropped; /* spill or fill around a call that leaves the register alone */
	/* Programs without CAP_PERFMON: what must not be executed ahead of time. */
	bool barrier;        /* the instruction itself */
	bool barrier_behind; /* what follows it */
	u8 mask;             /* ALV_MASK_*, 0: none */
	u32 mask_limit;
};

/* A subprogram; the first one is the program itself. */
struct alv_checked_function {
	u32 start;
	u32 stack_depth;
};

struct alv_verdict {
	u32 processed;
	u32 max_states_per_insn;
	u32 total_states;
	u32 peak_states;
	u32 stack_depth;
	u32 ctx_reach; /* bytes of the context up to the last one that it accesses */
	struct alv_insn_verdict *facts; /* one for each instruction; the caller frees it */
	const struct alv_checked_map *maps[ALV_VERIFIER_MAX_MAPS];
	u32 n_maps;
	struct alv_checked_function functions[ALV_MAX_SUBPROGS]; /* in order of their starts */
	u32 n_functions;
};

/* 0: safe; what BPF_PROG_LOAD answers otherwise. *ret_verdict is written in any case. */
int alv_verify(const struct alv_verifier_request *request, struct alv_verdict *ret_verdict);

#endif

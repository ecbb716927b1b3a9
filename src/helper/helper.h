/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper functions: one table row holds everything known of each (helper.def),
 * from which come prototypes for the verifier, names for reports, implementations
 * for the engine and the support table.
 */
#ifndef ALV_HELPER_HELPER_H
#define ALV_HELPER_HELPER_H

#include "abi/version.h"
#include "helper/type.h"

struct alv_run;

#define ALV_HELPER_ARGS 5

struct alv_arg {
	u8 base;    /* enum alv_arg_base */
	u32 flags;  /* enum alv_type_flag */
	u32 size;   /* of ALV_ARG_MEM with ALV_FIXED_SIZE, bytes */
	const char *btf_type; /* of ALV_ARG_BTF_ID: struct's name; NULL: none */
};

enum alv_helper_flag {
	ALV_HELPER_GPL = 1 << 0,        /* for GPL-compatible programs only */
	ALV_HELPER_PACKET = 1 << 1,     /* packet pointers may be memory arguments */
	ALV_HELPER_SLEEPS = 1 << 2,     /* for sleepable programs only */
	ALV_HELPER_CHANGES_PACKET = 1 << 3, /* packet pointers are void after it */
	ALV_HELPER_ACQUIRES = 1 << 4,   /* the result is a reference to be released */
	ALV_HELPER_FASTCALL = 1 << 5,   /* leaves R1-R5 alone when inlined */
	/* In the set, yet refused: "helper call is not allowed in probe". */
	ALV_HELPER_REFUSED = 1 << 6,
};

/* The UAPI's BPF_FUNC_*, which the build machine's header may have fewer of. */
enum alv_helper_id {
#define HELPER(NAME, ID, ...) ALV_FN_##NAME = ID,
#include "helper/helper.def"
#undef HELPER
};

/* Prototypes of which only some program types have another than the table's. */
enum alv_helper_variant {
#define VARIANT(VARIANT, NAME, ...) ALV_VARIANT_##VARIANT,
#include "helper/variant.def"
#undef VARIANT
	ALV_N_HELPER_VARIANTS,
};

/* The implementation, as the engine calls it; NULL: not served by this host. */
typedef u64 alv_helper_fn(struct alv_run *run, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

struct alv_helper {
	const char *name; /* "map_lookup_elem": without "bpf_" */
	u32 id;           /* BPF_FUNC_* */
	enum alv_kernel since;
	u32 flags;        /* enum alv_helper_flag */
	u8 ret;           /* enum alv_ret_base */
	u32 ret_flags;    /* enum alv_type_flag */
	const char *ret_btf_type;
	struct alv_arg args[ALV_HELPER_ARGS];
	alv_helper_fn *call;
};

/* The row of BPF_FUNC_id; NULL: the UAPI has none. */
const struct alv_helper *alv_helper_by_id(u32 id);
const struct alv_helper *alv_helper_variant(enum alv_helper_variant variant);
/* How many ids there are, 0 (unspec) included. */
u32 alv_helper_count(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of the kernel that programs may call: one row of kfunc.def for each. */
#ifndef ALV_HELPER_KFUNC_H
#define ALV_HELPER_KFUNC_H

#include "helper/helper.h"

enum alv_kfunc_flag {
	ALV_KFUNC_ACQUIRE = 1 << 0,  /* the result is a reference to be released */
	ALV_KFUNC_RELEASE = 1 << 1,
	ALV_KFUNC_RET_NULL = 1 << 2,
	ALV_KFUNC_TRUSTED_ARGS = 1 << 3, /* pointers must be trusted, and not NULL */
	ALV_KFUNC_RCU = 1 << 4,          /* the same, or protected by RCU */
	ALV_KFUNC_RCU_PROTECTED = 1 << 5, /* in critical sections of RCU only */
	ALV_KFUNC_SLEEPS = 1 << 6,
	ALV_KFUNC_ITER_NEW = 1 << 7,
	ALV_KFUNC_ITER_NEXT = 1 << 8,
	ALV_KFUNC_ITER_DESTROY = 1 << 9,
	ALV_KFUNC_FASTCALL = 1 << 10, /* leaves R1-R5 alone when inlined */
	ALV_KFUNC_SPIN = 1 << 11,     /* allowed while a spin lock is held */
};

#define ALV_KFUNC_ITER (ALV_KFUNC_ITER_NEW | ALV_KFUNC_ITER_NEXT | ALV_KFUNC_ITER_DESTROY)

/* Which programs may call it. */
enum alv_kfunc_users {
	ALV_KFUNC_FOR_ALL,
	ALV_KFUNC_FOR_GENERIC, /* tracing, traffic control, XDP, control groups, syscall */
	ALV_KFUNC_FOR_SKB,     /* those on packets in sk_buffs */
	ALV_KFUNC_FOR_SCHED,
	ALV_KFUNC_FOR_XDP,
	ALV_KFUNC_FOR_CPUMASK, /* tracing and syscall */
};

/* Rows by name, to tell them apart. */
enum alv_kfunc_id {
#define KFUNC(NAME, ...) ALV_KFUNC_ID_##NAME,
#include "helper/kfunc.def"
#undef KFUNC
};

struct alv_kfunc {
	const char *name;
	enum alv_kfunc_id id;
	enum alv_kernel since;
	u8 users;   /* enum alv_kfunc_users */
	u32 flags;  /* enum alv_kfunc_flag */
	alv_helper_fn *call; /* NULL: not served */
};

/* NULL: a kernel of this version has none of this name. */
const struct alv_kfunc *alv_kfunc_by_name(enum alv_kernel kernel, const char *name);
bool alv_kfunc_is_for(const struct alv_kfunc *kfunc, u32 prog_type);

#endif

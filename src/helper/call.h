/* SPDX-License-Identifier: BSD-2-Clause */
/* Implementations of helpers: what the engine calls for an id in a program's type. */
#ifndef ALV_HELPER_CALL_H
#define ALV_HELPER_CALL_H

#include "helper/run.h"

/* NULL: this host serves none. */
alv_helper_fn *alv_helper_call(u32 prog_type, u32 id);

#define ANSWERS(name, id, value)
#define SERVED(name, id)           alv_helper_fn alv_help_##name;
#define SERVED_FOR(TYPE, name, id) alv_helper_fn alv_help_##name;
#include "helper/served.def"
#undef ANSWERS
#undef SERVED
#undef SERVED_FOR

/* Not helpers by id: what rewritten LD_ABS and LD_IND call. */
alv_helper_fn alv_help_skb_load_8;
alv_helper_fn alv_help_skb_load_16;
alv_helper_fn alv_help_skb_load_32;

#define ALV_HELPER_PARAMS struct alv_run *run, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5

/* An errno as R0. */
static inline u64 alv_helper_errno(int err)
{
	return (u64)(s64)err;
}

/* A register that is an address in the host: of the stack, a map's value, a context. */
static inline void *alv_helper_ptr(u64 reg)
{
	return (void *)(uintptr_t)reg;
}

#endif

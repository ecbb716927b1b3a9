/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynptrs: bounded pointers to memory that the program holds on its stack, in two slots
 * that it can't look into. A slice is memory that was got out of one; it dies with it.
 */
#ifndef ALV_VERIFIER_DYNPTR_H
#define ALV_VERIFIER_DYNPTR_H

#include "verifier/env.h"

#define ALV_DYNPTR_SIZE 16

/* What a dynptr points to; the texts are those of reports. */
#define ALV_DYNPTR_KINDS(X)                                                                        \
	X(NONE, "<invalid>")                                                                       \
	X(LOCAL, "local")                                                                          \
	X(RINGBUF, "ringbuf")                                                                      \
	X(SKB, "skb")                                                                              \
	X(XDP, "xdp")                                                                              \
	X(SKB_META, "skb_meta")

enum alv_dynptr_kind {
#define X(NAME, text) ALV_DYNPTR_KIND_##NAME,
	ALV_DYNPTR_KINDS(X)
#undef X
};

const char *alv_dynptr_text(enum alv_dynptr_kind kind);
/* The one of ALV_DYNPTR_LOCAL and its like that is among the flags. */
enum alv_dynptr_kind alv_dynptr_kind_of(u32 flags);

/* A register that points to a dynptr of somebody else's. */
void alv_dynptr_set_pointer(struct alv_env *env, struct alv_reg *reg, enum alv_dynptr_kind kind);
/*
 * An argument that must be a dynptr, or with ALV_UNINIT a place for one, which then is
 * one; `clone` is the reference that it shares, 0: none.
 */
int alv_dynptr_check_arg(struct alv_env *env, u32 number, u32 flags, u32 clone);
/* May the argument be given back? Then do so. */
int alv_dynptr_check_release(struct alv_env *env, u32 number);
int alv_dynptr_release(struct alv_env *env, const struct alv_reg *reg);
/* What a pointer that passed the check above points to: the slot, or the pointer itself. */
const struct alv_reg *alv_dynptr_of(const struct alv_env *env, const struct alv_reg *reg);
/* A slot is about to be overwritten. -EINVAL: the dynptr in it must be given back first. */
int alv_dynptr_overwrite(struct alv_env *env, struct alv_frame *frame, u32 slot);

#endif

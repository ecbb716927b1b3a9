/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects that the verifier keeps for programs in slots of their stack. */
#ifndef ALV_VERIFIER_OBJECT_H
#define ALV_VERIFIER_OBJECT_H

#include "verifier/env.h"

/*
 * The slot of the object's lowest address, which is the last of its `n` slots. -EINVAL:
 * no object can be there, and the report says why; -ERANGE: the stack is not that deep.
 */
int alv_object_slot(struct alv_env *env, const struct alv_reg *reg, const char *what, u32 n,
		    u32 *ret_slot);
/* The bits of its slots. */
static inline u64 alv_object_slots(u32 slot, u32 n)
{
	return ((1ull << n) - 1) << (slot + 1 - n);
}
/* All bytes of its slots hold this. */
void alv_object_fill(struct alv_frame *frame, u32 slot, u32 n, enum alv_stack_byte byte);
bool alv_object_is_filled(const struct alv_frame *frame, u32 slot, u32 n,
			  enum alv_stack_byte byte);
/* Its slots hold nothing any more. */
void alv_object_clear(struct alv_env *env, struct alv_frame *frame, u32 slot, u32 n);
/* The instruction needs the object. -ENOMEM. */
int alv_object_read(struct alv_env *env, struct alv_frame *frame, u32 slot, u32 n);
/* A register, or a spilled one, that must not be used any more. */
void alv_reg_invalidate(struct alv_env *env, struct alv_reg *reg);

#endif

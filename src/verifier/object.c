/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/object.h"

#include <string.h>

#include "verifier/live.h"

int alv_object_slot(struct alv_env *env, const struct alv_reg *reg, const char *what, u32 n,
		    u32 *ret_slot)
{
	const struct alv_frame *frame = alv_env_frame_of(env, reg);
	s32 off, slot;

	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, OBJECT_VARIABLE, what);
		return -EINVAL;
	}
	off = reg->off + (s32)reg->val.bits.value;
	slot = (-off - 1) / ALV_REG_SIZE;
	if (off % ALV_REG_SIZE || slot + 1 < (s32)n) {
		alv_say(env, OBJECT_OFFSET, what, off);
		return -EINVAL;
	}
	if ((u32)slot >= frame->n_slots)
		return -ERANGE;
	*ret_slot = (u32)slot;
	return 0;
}

void alv_object_fill(struct alv_frame *frame, u32 slot, u32 n, enum alv_stack_byte byte)
{
	for (u32 i = slot + 1 - n; i <= slot; i++)
		memset(frame->slots[i].bytes, byte, ALV_REG_SIZE);
}

bool alv_object_is_filled(const struct alv_frame *frame, u32 slot, u32 n,
			  enum alv_stack_byte byte)
{
	for (u32 i = slot + 1 - n; i <= slot; i++)
		for (u32 k = 0; k < ALV_REG_SIZE; k++)
			if (frame->slots[i].bytes[k] != byte)
				return false;
	return true;
}

void alv_object_clear(struct alv_env *env, struct alv_frame *frame, u32 slot, u32 n)
{
	alv_object_fill(frame, slot, n, ALV_STACK_INVALID);
	for (u32 i = slot + 1 - n; i <= slot; i++)
		alv_env_set_uninit(env, &frame->slots[i].spilled);
	alv_live_write(env, frame->number, alv_object_slots(slot, n));
}

int alv_object_read(struct alv_env *env, struct alv_frame *frame, u32 slot, u32 n)
{
	for (u32 i = slot + 1 - n; i <= slot; i++)
		alv_env_touch_slot(env, i);
	return alv_live_read(env, frame->number, alv_object_slots(slot, n));
}

void alv_reg_invalidate(struct alv_env *env, struct alv_reg *reg)
{
	if (env->may_leak)
		alv_env_set_unknown(env, reg);
	else
		alv_env_set_uninit(env, reg);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/dynptr.h"

#include "verifier/live.h"
#include "verifier/object.h"

#define N_SLOTS (ALV_DYNPTR_SIZE / ALV_REG_SIZE)

static const char *const kind_texts[] = {
#define X(NAME, text) [ALV_DYNPTR_KIND_##NAME] = text,
	ALV_DYNPTR_KINDS(X)
#undef X
};

static const struct {
	u32 flag;
	enum alv_dynptr_kind kind;
} kind_flags[] = {
	{ ALV_DYNPTR_LOCAL, ALV_DYNPTR_KIND_LOCAL },
	{ ALV_DYNPTR_RINGBUF, ALV_DYNPTR_KIND_RINGBUF },
	{ ALV_DYNPTR_SKB, ALV_DYNPTR_KIND_SKB },
	{ ALV_DYNPTR_XDP, ALV_DYNPTR_KIND_XDP },
	{ ALV_DYNPTR_SKB_META, ALV_DYNPTR_KIND_SKB_META },
};

const char *alv_dynptr_text(enum alv_dynptr_kind kind)
{
	return kind_texts[kind];
}

enum alv_dynptr_kind alv_dynptr_kind_of(u32 flags)
{
	for (size_t i = 0; i < ALV_COUNT(kind_flags); i++)
		if (flags & kind_flags[i].flag)
			return kind_flags[i].kind;
	return ALV_DYNPTR_KIND_NONE;
}

/* Memory that is reserved until somebody gives it back. */
static bool is_counted(const struct alv_reg *dynptr)
{
	return dynptr->dynptr == ALV_DYNPTR_KIND_RINGBUF;
}

static void set_half(struct alv_reg *reg, enum alv_dynptr_kind kind, bool first, u32 id)
{
	alv_reg_set_pointer(reg, ALV_REG_DYNPTR, 0);
	reg->precise = false;
	reg->id = id;
	reg->dynptr = kind;
	reg->dynptr_first = first;
}

void alv_dynptr_set_pointer(struct alv_env *env, struct alv_reg *reg, enum alv_dynptr_kind kind)
{
	set_half(reg, kind, true, alv_env_new_id(env));
}

static int find(struct alv_env *env, const struct alv_reg *reg, u32 *ret_slot)
{
	return alv_object_slot(env, reg, "dynptr", N_SLOTS, ret_slot);
}

struct dead_slices {
	struct alv_env *env;
	u32 id;
};

static void kill_slice(struct alv_reg *reg, void *data)
{
	const struct dead_slices *dead = data;

	if (reg->type.base == ALV_REG_MEM && !(reg->type.flags & ~(u32)ALV_MAYBE_NULL) &&
	    reg->dynptr_id == dead->id)
		alv_reg_invalidate(dead->env, reg);
}

int alv_dynptr_overwrite(struct alv_env *env, struct alv_frame *frame, u32 slot)
{
	struct dead_slices dead = { .env = env };

	if (slot >= frame->n_slots || frame->slots[slot].bytes[0] != ALV_STACK_DYNPTR)
		return 0;
	if (!frame->slots[slot].spilled.dynptr_first)
		slot++;
	if (is_counted(&frame->slots[slot].spilled)) {
		alv_say(env, DYNPTR_OVERWRITTEN);
		return -EINVAL;
	}
	alv_env_touch_slot(env, slot);
	alv_env_touch_slot(env, slot - 1);
	dead.id = frame->slots[slot].spilled.id;
	alv_object_fill(frame, slot, N_SLOTS, ALV_STACK_INVALID);
	alv_state_each_reg(env->state, kill_slice, &dead);
	alv_object_clear(env, frame, slot, N_SLOTS);
	return 0;
}

/* The slots become a dynptr. */
static int make(struct alv_env *env, const struct alv_reg *reg, u32 flags, u32 clone)
{
	enum alv_dynptr_kind kind = alv_dynptr_kind_of(flags);
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	struct alv_reg *first, *second;
	u32 slot, id;
	int err = find(env, reg, &slot);

	/* What was there may be two dynptrs, half of each. */
	if (!err)
		err = alv_dynptr_overwrite(env, frame, slot);
	if (!err)
		err = alv_dynptr_overwrite(env, frame, slot - 1);
	if (err)
		return err;
	if (kind == ALV_DYNPTR_KIND_NONE)
		return -EINVAL;
	alv_object_fill(frame, slot, N_SLOTS, ALV_STACK_DYNPTR);
	first = &frame->slots[slot].spilled;
	second = &frame->slots[slot - 1].spilled;
	id = alv_env_new_id(env);
	set_half(first, kind, true, id);
	set_half(second, kind, false, id);
	if (is_counted(first)) {
		if (!clone)
			err = alv_acquire(env, env->insn, &clone);
		first->ref = second->ref = clone;
	}
	alv_live_write(env, frame->number, alv_object_slots(slot, N_SLOTS));
	return err;
}

static int check_place(struct alv_env *env, u32 number, u32 flags, u32 clone)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	u32 slot;
	int err = -EINVAL;

	/* A stack that is not deep enough yet will be. */
	if (reg->type.base != ALV_REG_DYNPTR)
		err = find(env, reg, &slot);
	if (err && err != -ERANGE) {
		alv_say(env, DYNPTR_NO_PLACE);
		return -EINVAL;
	}
	for (s32 off = 0; off < ALV_DYNPTR_SIZE; off += ALV_REG_SIZE) {
		struct alv_mem_access access = {
			.pointer = number,
			.off = off,
			.size = ALV_REG_SIZE,
			.kind = ALV_ACCESS_WRITE,
			.value = -1,
		};

		err = alv_check_mem(env, &access);
		if (err)
			return err;
	}
	return make(env, reg, flags, clone);
}

static bool is_dynptr(struct alv_env *env, const struct alv_reg *reg)
{
	const struct alv_frame *frame;
	u32 slot;

	if (reg->type.base == ALV_REG_DYNPTR)
		return true;
	frame = alv_env_frame_of(env, reg);
	return !find(env, reg, &slot) && frame->slots[slot].spilled.dynptr_first &&
	       alv_object_is_filled(frame, slot, N_SLOTS, ALV_STACK_DYNPTR);
}

const struct alv_reg *alv_dynptr_of(const struct alv_env *env, const struct alv_reg *reg)
{
	s32 off = reg->off + (s32)reg->val.bits.value;

	if (reg->type.base == ALV_REG_DYNPTR)
		return reg;
	return &alv_env_frame_of(env, reg)->slots[(u32)(-off - 1) / ALV_REG_SIZE].spilled;
}

int alv_dynptr_check_arg(struct alv_env *env, u32 number, u32 flags, u32 clone)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	enum alv_dynptr_kind kind = alv_dynptr_kind_of(flags);
	u32 slot;
	int err;

	if (!alv_reg_is(reg, ALV_REG_STACK) && !alv_reg_is(reg, ALV_REG_DYNPTR)) {
		alv_say(env, DYNPTR_NOT_STACK, number - 1);
		return -EINVAL;
	}
	if (flags & ALV_UNINIT)
		return check_place(env, number, flags, clone);
	if (reg->type.base == ALV_REG_DYNPTR && !(flags & ALV_RDONLY)) {
		alv_say(env, DYNPTR_CONST);
		return -EINVAL;
	}
	if (!is_dynptr(env, reg)) {
		alv_say(env, DYNPTR_EXPECTED, number - 1);
		return -EINVAL;
	}
	if (kind != ALV_DYNPTR_KIND_NONE && alv_dynptr_of(env, reg)->dynptr != kind) {
		alv_say(env, DYNPTR_KIND, alv_dynptr_text(kind), number - 1);
		return -EINVAL;
	}
	if (reg->type.base == ALV_REG_DYNPTR)
		return 0;
	err = find(env, reg, &slot);
	return err ? err : alv_object_read(env, alv_env_frame_of(env, reg), slot, N_SLOTS);
}

int alv_dynptr_check_release(struct alv_env *env, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	u32 slot;

	if (reg->type.base == ALV_REG_DYNPTR) {
		alv_say(env, DYNPTR_NOT_OWNED);
		return -EINVAL;
	}
	if (!find(env, reg, &slot) && alv_env_frame_of(env, reg)->slots[slot].spilled.ref)
		return 0;
	alv_say(env, DYNPTR_UNACQUIRED, number);
	return -EINVAL;
}

/* Slices go with the reference, and so do copies of the dynptr in this frame. */
int alv_dynptr_release(struct alv_env *env, const struct alv_reg *reg)
{
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	u32 slot, ref;
	int err = find(env, reg, &slot);

	if (err)
		return err;
	if (!is_counted(&frame->slots[slot].spilled)) {
		alv_object_clear(env, frame, slot, N_SLOTS);
		return 0;
	}
	ref = frame->slots[slot].spilled.ref;
	err = alv_release(env, ref);
	for (u32 i = 1; !err && i < frame->n_slots; i++) {
		const struct alv_slot *s = &frame->slots[i];

		if (s->spilled.ref == ref && s->bytes[0] == ALV_STACK_DYNPTR &&
		    s->spilled.dynptr_first)
			alv_object_clear(env, frame, i, N_SLOTS);
	}
	return err;
}

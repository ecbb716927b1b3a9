/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/iter.h"

#include <string.h>

#include "verifier/kernel_type.h"
#include "verifier/kfunc.h"
#include "verifier/live.h"
#include "verifier/object.h"
#include "verifier/prune.h"

static const char *const state_texts[] = {
	[ALV_ITER_NONE] = "<invalid>",
	[ALV_ITER_ACTIVE] = "active",
	[ALV_ITER_DRAINED] = "drained",
};

#define PREFIX "bpf_iter_"

/* "num": what comes after the prefix that all of them have. */
static const char *iter_name(const struct alv_btf *btf, u32 id)
{
	const struct alv_reg reg = { .btf = btf, .btf_id = id };
	const char *name = alv_reg_type_name(&reg);

	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) ? name : name + sizeof(PREFIX) - 1;
}

void alv_iter_print(struct alv_env *env, const struct alv_reg *iter, u32 slot)
{
	if (!iter->ref)
		return;
	alv_trace(env, " fp%d=iter_%s(ref_id=%d,state=%s,depth=%u)", -(s32)(slot + 1) * ALV_REG_SIZE,
		  iter_name(iter->btf, iter->btf_id), iter->ref, state_texts[iter->iter_state],
		  iter->iter_depth);
}

/* What an iterator argument must be: its type, and how many slots it has. */
struct want {
	const struct alv_btf *btf;
	u32 id;
	u32 n;
};

static bool is_free(struct alv_env *env, const struct alv_reg *reg, const struct want *want)
{
	const struct alv_frame *frame = alv_env_frame_of(env, reg);
	u32 slot;
	int err = alv_object_slot(env, reg, "iter", want->n, &slot);

	if (err)
		return err == -ERANGE;
	for (u32 i = slot + 1 - want->n; i <= slot; i++)
		for (u32 k = 0; k < ALV_REG_SIZE; k++)
			if (frame->slots[i].bytes[k] == ALV_STACK_ITER)
				return false;
	return true;
}

static int begin(struct alv_env *env, const struct alv_kfunc_call *call, u32 number,
		 const struct want *want)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	u32 slot, ref, flags = 0;
	int err = alv_object_slot(env, reg, "iter", want->n, &slot);

	if (!err)
		err = alv_acquire(env, env->insn, &ref);
	if (err)
		return err;
	if (call->kfunc->flags & ALV_KFUNC_RCU_PROTECTED)
		flags = alv_env_in_rcu(env) ? ALV_RCU_MEM : ALV_UNTRUSTED;
	for (u32 i = slot + 1 - want->n; i <= slot; i++) {
		struct alv_reg *half = &frame->slots[i].spilled;

		alv_reg_set_pointer(half, ALV_REG_STACK, flags);
		half->ref = i == slot ? ref : 0;
		half->btf = want->btf;
		half->btf_id = want->id;
		half->iter_state = ALV_ITER_ACTIVE;
		alv_env_touch_slot(env, i);
	}
	alv_object_fill(frame, slot, want->n, ALV_STACK_ITER);
	alv_live_write(env, frame->number, alv_object_slots(slot, want->n));
	return 0;
}

static int check_place(struct alv_env *env, const struct alv_kfunc_call *call, u32 number,
		       const struct want *want)
{
	if (!is_free(env, alv_env_reg(env, number), want)) {
		alv_say(env, ITER_NO_PLACE, iter_name(want->btf, want->id), number - 1);
		return -EINVAL;
	}
	for (u32 i = 0; i < want->n; i++) {
		struct alv_mem_access access = {
			.pointer = number,
			.off = (s32)i * ALV_REG_SIZE,
			.size = ALV_REG_SIZE,
			.kind = ALV_ACCESS_WRITE,
			.value = -1,
		};
		int err = alv_check_mem(env, &access);

		if (err)
			return err;
	}
	return begin(env, call, number, want);
}

/* -EINVAL: it is none; -EPROTO: it lived in a critical section that is over. */
static int check_iter(struct alv_env *env, const struct alv_reg *reg, const struct want *want,
		      u32 *ret_slot)
{
	const struct alv_frame *frame = alv_env_frame_of(env, reg);
	u32 slot;

	if (alv_object_slot(env, reg, "iter", want->n, &slot))
		return -EINVAL;
	for (u32 i = 0; i < want->n; i++) {
		const struct alv_slot *s = &frame->slots[slot - i];

		if (s->spilled.type.flags & ALV_UNTRUSTED)
			return -EPROTO;
		if (!i == !s->spilled.ref || s->spilled.btf != want->btf ||
		    s->spilled.btf_id != want->id)
			return -EINVAL;
		if (!alv_object_is_filled(frame, slot - i, 1, ALV_STACK_ITER))
			return -EINVAL;
	}
	*ret_slot = slot;
	return 0;
}

static int end(struct alv_env *env, struct alv_frame *frame, u32 slot, const struct want *want)
{
	int err = alv_release(env, frame->slots[slot].spilled.ref);

	if (err)
		return err;
	alv_object_clear(env, frame, slot, want->n);
	for (u32 i = 0; i < want->n; i++)
		alv_env_touch_slot(env, slot - i);
	return 0;
}

int alv_iter_check_arg(struct alv_env *env, struct alv_kfunc_call *call, u32 number, u32 type_id)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct want want = { .btf = alv_env_vmlinux(env), .id = type_id };
	struct alv_frame *frame;
	u32 slot;
	int err;

	if (!alv_reg_is(reg, ALV_REG_STACK)) {
		alv_say(env, ITER_NOT_STACK, number - 1);
		return -EINVAL;
	}
	want.n = alv_btf_type(want.btf, type_id)->size / ALV_REG_SIZE;
	if (!want.n || want.n >= ALV_MAX_SLOTS) {
		alv_say(env, ITER_VALID, number - 1);
		return -EINVAL;
	}
	if (call->kfunc->flags & ALV_KFUNC_ITER_NEW)
		return check_place(env, call, number, &want);
	err = check_iter(env, reg, &want, &slot);
	if (err == -EINVAL)
		alv_say(env, ITER_EXPECTED, iter_name(want.btf, want.id), number - 1);
	else if (err)
		alv_say(env, ITER_RCU, call->kfunc->name);
	if (err)
		return err;
	frame = alv_env_frame_of(env, reg);
	err = alv_object_read(env, frame, slot, want.n);
	if (err)
		return err;
	call->iter_frame = frame->number;
	call->iter_slot = slot;
	call->ref = frame->slots[slot].spilled.ref;
	return call->kfunc->flags & ALV_KFUNC_ITER_DESTROY ? end(env, frame, slot, &want) : 0;
}

static struct alv_reg *iter_of(struct alv_state *state, const struct alv_kfunc_call *call)
{
	return &state->frames[call->iter_frame]->slots[call->iter_slot].spilled;
}

int alv_iter_step(struct alv_env *env, const struct alv_kfunc_call *call)
{
	struct alv_reg *iter = iter_of(env->state, call), *queued_iter;
	struct alv_state *previous, *queued;
	struct alv_reg *r0 = alv_env_reg(env, BPF_REG_0);
	int err;

	if (iter->iter_state == ALV_ITER_ACTIVE) {
		/* The checkpoint of this very step is the parent. */
		previous = env->state->parent
				   ? alv_prune_previous(env, env->state->parent, env->insn)
				   : NULL;
		err = alv_push(env, env->insn + 1, (s32)env->insn, &queued);
		if (err)
			return err;
		queued_iter = iter_of(queued, call);
		queued_iter->iter_depth++;
		if (previous)
			alv_prune_widen(env, previous, queued);
		alv_reg_set_not_null(&alv_state_top(queued)->regs[BPF_REG_0]);
	}
	iter->iter_state = ALV_ITER_DRAINED;
	alv_reg_set_const(r0, 0);
	r0->precise = !env->capable;
	return 0;
}

bool alv_iters_differ(const struct alv_state *old, const struct alv_state *cur)
{
	for (u32 f = 0; f <= old->top; f++) {
		const struct alv_frame *was = old->frames[f], *is = cur->frames[f];

		for (u32 i = 0; i < was->n_slots; i++) {
			const struct alv_slot *slot = &was->slots[i];

			if (slot->bytes[0] == ALV_STACK_ITER &&
			    slot->spilled.iter_state == ALV_ITER_ACTIVE &&
			    (i >= is->n_slots ||
			     is->slots[i].spilled.iter_depth != slot->spilled.iter_depth))
				return true;
		}
	}
	return false;
}

bool alv_iter_is_active(const struct alv_state *state)
{
	const struct alv_reg *reg = &alv_state_top(state)->regs[BPF_REG_1];
	s32 off = reg->off + (s32)reg->val.bits.value;
	const struct alv_frame *frame;
	u32 slot;

	if (!alv_reg_is(reg, ALV_REG_STACK) || off >= 0)
		return false;
	frame = state->frames[reg->frame];
	slot = (u32)(-off - 1) / ALV_REG_SIZE;
	return slot < frame->n_slots && frame->slots[slot].spilled.iter_state == ALV_ITER_ACTIVE;
}

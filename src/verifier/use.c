/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers as operands: may they be read and written, and what that does to them. */
#include <string.h>

#include "verifier/env.h"

static int check_number(struct alv_env *env, u32 number)
{
	if (number < ALV_N_REGS) {
		alv_env_touch_reg(env, number);
		return 0;
	}
	alv_say(env, BAD_REGISTER, number);
	return -EINVAL;
}

int alv_check_reads(struct alv_env *env, u32 number)
{
	int err = check_number(env, number);

	if (err)
		return err;
	if (alv_env_reg(env, number)->type.base != ALV_REG_NOT_INIT)
		return 0;
	alv_say(env, NOT_READABLE, number);
	return -EACCES;
}

int alv_check_writes(struct alv_env *env, u32 number)
{
	int err = check_number(env, number);

	if (err)
		return err;
	if (number != BPF_REG_10)
		return 0;
	alv_say(env, FP_READ_ONLY);
	return -EACCES;
}

int alv_check_clobbers(struct alv_env *env, u32 number)
{
	int err = alv_check_writes(env, number);

	if (!err)
		alv_env_set_unknown(env, alv_env_reg(env, number));
	return err;
}

void alv_env_set_unknown(struct alv_env *env, struct alv_reg *reg)
{
	alv_reg_set_unknown(reg, !env->capable);
}

void alv_env_set_uninit(struct alv_env *env, struct alv_reg *reg)
{
	alv_reg_set_uninit(reg, !env->capable);
}

static const char *broken_bounds(const struct alv_scalar *s)
{
	struct alv_tnum low = alv_tnum_subreg(s->bits);

	if (s->umin > s->umax || s->smin > s->smax || s->u32_min > s->u32_max ||
	    s->s32_min > s->s32_max)
		return "range bounds violation";
	if (alv_tnum_is_const(s->bits) &&
	    (s->umin != s->bits.value || s->umax != s->bits.value ||
	     s->smin != (s64)s->bits.value || s->smax != (s64)s->bits.value))
		return "const tnum out of sync with range bounds";
	if (alv_tnum_is_const(low) &&
	    (s->u32_min != (u32)low.value || s->u32_max != (u32)low.value ||
	     s->s32_min != (s32)low.value || s->s32_max != (s32)low.value))
		return "const subreg tnum out of sync with range bounds";
	return NULL;
}

int alv_check_bounds(struct alv_env *env, struct alv_reg *reg, const char *where)
{
	struct alv_scalar *s = &reg->val;
	const char *fault = broken_bounds(s);
	struct alv_tnum bits = s->bits;

	if (!fault)
		return 0;
	alv_say(env, BOUNDS_BROKEN, where, fault, (unsigned long long)s->umin,
		(unsigned long long)s->umax, (unsigned long long)s->smin,
		(unsigned long long)s->smax, s->u32_min, s->u32_max, s->s32_min, s->s32_max,
		(unsigned long long)bits.value, (unsigned long long)bits.mask);
	if (env->test_invariants)
		return -EFAULT;
	*s = alv_scalar_unknown();
	s->bits = bits;
	return 0;
}

void alv_env_relate(struct alv_env *env, struct alv_reg *reg)
{
	if (!alv_reg_is_scalar(reg))
		return;
	/* Sums of related numbers are not followed further. */
	if (reg->id & ALV_ID_ADDED)
		alv_reg_forget_id(reg);
	if (!reg->id && !alv_scalar_is_const(&reg->val))
		reg->id = alv_env_new_id(env);
}

void alv_env_clear_caller_saved(struct alv_env *env, struct alv_frame *frame)
{
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++) {
		alv_env_set_uninit(env, &frame->regs[i]);
		alv_env_touch_reg(env, i);
	}
}

int alv_env_note_step(struct alv_env *env, const struct alv_step *note)
{
	struct alv_state *state = env->state;
	struct alv_step step = *note;
	struct alv_step *last = env->step;
	int err;

	if (!last) {
		step.insn = env->insn;
		step.previous = (u32)env->previous;
		err = alv_state_add_step(state, &step);
		if (!err)
			env->step = &state->steps[state->n_steps - 1];
		return err;
	}
	/* Several things may be noted of one instruction. */
	if (note->touches_stack) {
		last->touches_stack = true;
		last->frame = note->frame;
		last->slot = note->slot;
	}
	last->src_is_stack |= note->src_is_stack;
	last->dst_is_stack |= note->dst_is_stack;
	if (note->linked.count)
		last->linked = note->linked;
	return 0;
}

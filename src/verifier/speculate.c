/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/speculate.h"

#include <stdlib.h>

/* Why an offset can't be masked. */
enum flaw {
	SOUND,
	MIXED_SIGNS,
	POINTER_KIND,
	OTHER_MASK,
	BEYOND_LIMIT,
	TOO_MANY_PATHS,
};

static int push(struct alv_env *env, u32 next, struct alv_state **ret_state)
{
	int err = alv_push(env, next, (s32)env->insn, ret_state);

	if (!err)
		(*ret_state)->speculative = true;
	return err;
}

int alv_speculate_branch(struct alv_env *env, const struct bpf_insn *insn, u32 next)
{
	struct alv_state *there;
	int err;

	if (env->bypass_v1)
		return 0;
	err = push(env, next, &there);
	if (err)
		return err;
	alv_env_set_unknown(env, &alv_state_top(there)->regs[insn->dst_reg]);
	if (BPF_SRC(insn->code) == BPF_X)
		alv_env_set_unknown(env, &alv_state_top(there)->regs[insn->src_reg]);
	return 0;
}

static bool needs_mask(const struct alv_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return (op == BPF_ADD || op == BPF_SUB) && !env->bypass_v1 &&
	       BPF_SRC(insn->code) == BPF_X && !env->facts[env->insn].barrier;
}

/* How far the pointer may go in a direction; what lies behind it when it goes left. */
static enum flaw find_limit(const struct alv_reg *pointer, bool leftwards, u32 *ret_limit)
{
	u32 most, limit;

	if (alv_reg_is(pointer, ALV_REG_STACK)) {
		/* The frame pointer itself is a place to go left from. */
		most = ALV_STACK_SIZE + leftwards;
		limit = (u32) - (pointer->off + (s32)pointer->val.bits.value);
	} else if (alv_reg_is(pointer, ALV_REG_MAP_VALUE)) {
		most = pointer->map->value_size;
		limit = (u32)((leftwards ? (u64)pointer->val.smin : pointer->val.umax) +
			      (u64)(s64)pointer->off);
	} else {
		return POINTER_KIND;
	}
	if (limit >= most)
		return BEYOND_LIMIT;
	*ret_limit = limit;
	return SOUND;
}

/* One instruction has one mask, whichever path reaches it. */
static enum flaw set_mask(struct alv_env *env, u8 mask, u32 limit)
{
	struct alv_insn_verdict *facts = &env->facts[env->insn];

	if (facts->mask && (facts->mask != mask || facts->mask_limit != limit))
		return OTHER_MASK;
	facts->mask = mask;
	facts->mask_limit = limit;
	return SOUND;
}

/* in_place: the pointer is in the destination, and the number in the source. */
static int refuse(struct alv_env *env, const struct bpf_insn *insn, enum flaw flaw, bool in_place)
{
	const char *verb = BPF_OP(insn->code) == BPF_ADD ? "add" : "sub";

	switch (flaw) {
	case SOUND:
		return 0;
	case MIXED_SIGNS:
		alv_say(env, MASK_MIXED_SIGNS, in_place ? insn->src_reg : insn->dst_reg);
		break;
	case POINTER_KIND:
		alv_say(env, MASK_POINTER_KIND, in_place ? insn->dst_reg : insn->src_reg);
		break;
	case OTHER_MASK:
		alv_say(env, MASK_OTHER, insn->dst_reg, verb);
		break;
	case BEYOND_LIMIT:
		alv_say(env, MASK_BEYOND_LIMIT, insn->dst_reg, verb);
		break;
	case TOO_MANY_PATHS:
		alv_say(env, MASK_TOO_MANY_PATHS, insn->dst_reg);
		return -ENOMEM;
	}
	return -EACCES;
}

static enum flaw plan(struct alv_env *env, const struct bpf_insn *insn,
		      const struct alv_reg *pointer, const struct alv_reg *offset, bool in_place,
		      struct alv_masking *masking)
{
	bool known = alv_scalar_is_const(&offset->val), negative = offset->val.smin < 0;
	enum flaw flaw;

	if (!known && negative != (offset->val.smax < 0))
		return MIXED_SIGNS;
	masking->leftwards = BPF_OP(insn->code) == BPF_ADD ? negative : !negative;
	flaw = find_limit(pointer, masking->leftwards, &masking->limit);
	if (flaw)
		return flaw;
	masking->mask = in_place ? ALV_MASK_SRC : ALV_MASK_DST;
	masking->mask |= negative ? ALV_MASK_NEGATIVE : 0;
	masking->mask |= known ? ALV_MASK_CONSTANT : 0;
	/* Paths with other offsets may need other masks: they must not be pruned. */
	env->exact_scalars |= !known;
	return SOUND;
}

/* As if the offset had been masked to zero. */
static enum flaw follow_unmoved(struct alv_env *env, const struct bpf_insn *insn,
				const struct alv_reg *pointer, bool in_place)
{
	struct alv_state *there;

	if (push(env, env->insn + 1, &there))
		return TOO_MANY_PATHS;
	if (!in_place)
		alv_state_top(there)->regs[insn->dst_reg] = *pointer;
	return SOUND;
}

int alv_mask_pointer(struct alv_env *env, const struct bpf_insn *insn,
		     const struct alv_reg *pointer, const struct alv_reg *offset, bool in_place,
		     struct alv_masking *masking)
{
	enum flaw flaw = SOUND;

	*masking = (struct alv_masking){};
	if (!needs_mask(env, insn))
		return 0;
	if (!env->state->speculative)
		flaw = plan(env, insn, pointer, offset, in_place, masking);
	/* A constant offset becomes part of the instruction. */
	if (!flaw && !alv_scalar_is_const(&offset->val))
		flaw = follow_unmoved(env, insn, pointer, in_place);
	return refuse(env, insn, flaw, in_place);
}

int alv_mask_moved(struct alv_env *env, const struct bpf_insn *insn, const struct alv_reg *moved,
		   bool in_place, const struct alv_masking *masking)
{
	enum flaw flaw;
	u32 limit;

	if (!needs_mask(env, insn) || env->state->speculative)
		return 0;
	flaw = find_limit(moved, masking->leftwards, &limit);
	if (!flaw)
		flaw = set_mask(env, masking->mask, (u32)abs((s32)(masking->limit - limit)));
	return refuse(env, insn, flaw, in_place);
}

int alv_mask_number(struct alv_env *env, const struct bpf_insn *insn)
{
	if (!needs_mask(env, insn))
		return 0;
	return refuse(env, insn, set_mask(env, ALV_MASK_NUMBER, 0), true);
}

void alv_speculate_store(struct alv_env *env, const u8 *bytes, u32 first, u32 size,
			 const struct alv_reg *value)
{
	bool matters = value && alv_reg_is_spillable(value);

	if (env->bypass_v4)
		return;
	for (u32 i = 0; i < size; i++) {
		u8 byte = bytes[(first - i) % ALV_REG_SIZE];

		matters |= byte != ALV_STACK_MISC && byte != ALV_STACK_ZERO;
	}
	if (matters)
		env->facts[env->insn].barrier_behind = true;
}

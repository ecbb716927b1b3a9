/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does an older state cover the current one: is everything that is possible now
 * something that was found safe then? Ids are names: they match when they can be
 * renamed one to one.
 */
#include <string.h>

#include "verifier/prune.h"

/* What a slot full of unknown bytes reads as. */
static struct alv_reg unbound(void)
{
	return (struct alv_reg){ .type.base = ALV_REG_SCALAR, .val = alv_scalar_unknown() };
}

static bool ids_match(struct alv_idmap *map, u32 old, u32 cur)
{
	if (!old || !cur)
		return old == cur;
	for (u32 i = 0; i < map->count; i++) {
		if (map->pairs[i].old == old)
			return map->pairs[i].cur == cur;
		if (map->pairs[i].cur == cur)
			return false;
	}
	if (map->count == ALV_COUNT(map->pairs))
		return false;
	map->pairs[map->count].old = old;
	map->pairs[map->count++].cur = cur;
	return true;
}

/* A scalar that was related to none is related to whatever one likes. */
static bool scalar_ids_match(struct alv_idmap *map, u32 old, u32 cur)
{
	if (!old)
		return true;
	cur = cur ? cur : ++map->fresh;
	if (!ids_match(map, old, cur))
		return false;
	return !(old & ALV_ID_ADDED) ||
	       ids_match(map, old & ~ALV_ID_ADDED, cur & ~ALV_ID_ADDED);
}

static bool regs_exact(struct alv_idmap *map, const struct alv_reg *old,
		       const struct alv_reg *cur)
{
	return alv_reg_same_value(old, cur) && ids_match(map, old->id, cur->id) &&
	       ids_match(map, old->ref, cur->ref);
}

static bool scalar_covers(struct alv_env *env, const struct alv_reg *old,
			  const struct alv_reg *cur, enum alv_exactness exactness)
{
	if (env->exact_scalars)
		return alv_reg_same_value(old, cur) &&
		       scalar_ids_match(&env->idmap, old->id, cur->id);
	if (!old->precise && exactness == ALV_NOT_EXACT && !env->all_precise)
		return true;
	/* One that is related to none may become related to any. */
	if (old->id && (old->id & ALV_ID_ADDED) != (cur->id & ALV_ID_ADDED))
		return false;
	if ((old->id & ALV_ID_ADDED) && old->off != cur->off)
		return false;
	return scalar_ids_match(&env->idmap, old->id, cur->id) &&
	       alv_scalar_within(&old->val, &cur->val);
}

static bool region_covers(struct alv_idmap *map, const struct alv_reg *old,
			  const struct alv_reg *cur)
{
	return alv_reg_same_target(old, cur) && alv_scalar_within(&old->val, &cur->val) &&
	       ids_match(map, old->id, cur->id) && ids_match(map, old->ref, cur->ref);
}

/* A range tells what may be accessed, or (negative) where the packet's end is. */
static bool packet_range_covers(s32 old, s32 cur)
{
	return old < 0 || cur < 0 ? old == cur : old <= cur;
}

static bool reg_covers(struct alv_env *env, const struct alv_reg *old, const struct alv_reg *cur,
		       enum alv_exactness exactness)
{
	struct alv_idmap *map = &env->idmap;

	if (exactness == ALV_EXACT)
		return regs_exact(map, old, cur);
	if (old->type.base == ALV_REG_NOT_INIT)
		return true;
	if (!alv_type_equal(old->type, cur->type))
		return false;
	switch (old->type.base) {
	case ALV_REG_SCALAR:
		return scalar_covers(env, old, cur, exactness);
	case ALV_REG_MAP_KEY:
	case ALV_REG_MAP_VALUE:
	case ALV_REG_MEM:
	case ALV_REG_BUF:
	case ALV_REG_TP_BUFFER:
		return region_covers(map, old, cur);
	case ALV_REG_PACKET_META:
	case ALV_REG_PACKET:
		return packet_range_covers(old->range, cur->range) && old->off == cur->off &&
		       ids_match(map, old->id, cur->id) &&
		       alv_scalar_within(&old->val, &cur->val);
	case ALV_REG_STACK:
		return regs_exact(map, old, cur) && old->frame == cur->frame;
	case ALV_REG_ARENA:
		return true;
	default:
		return regs_exact(map, old, cur);
	}
}

static bool is_all_misc(const struct alv_env *env, const struct alv_slot *slot)
{
	for (u32 i = 0; i < ALV_REG_SIZE; i++)
		if (slot->bytes[i] != ALV_STACK_MISC &&
		    (slot->bytes[i] != ALV_STACK_INVALID || !env->may_read_uninit))
			return false;
	return true;
}

/* The number that 8 bytes of the slot read as; false: they are no number. */
static bool slot_number(const struct alv_env *env, const struct alv_slot *slot,
			struct alv_reg *ret_reg)
{
	if (alv_slot_is_scalar64(slot))
		*ret_reg = slot->spilled;
	else if (is_all_misc(env, slot))
		*ret_reg = unbound();
	else
		return false;
	return true;
}

static bool bytes_cover(const struct alv_env *env, u8 old, u8 cur)
{
	return old == cur || old == ALV_STACK_INVALID ||
	       (old == ALV_STACK_MISC && (env->may_read_uninit || cur == ALV_STACK_ZERO));
}

/* cur is NULL where the current stack does not reach down so far. */
static bool slot_covers(struct alv_env *env, const struct alv_slot *old,
			const struct alv_slot *cur, enum alv_exactness exactness)
{
	struct alv_reg old_number, cur_number;
	u32 first = 0;

	/* Bytes that nobody asks for come before what the whole slot holds. */
	while (first < ALV_REG_SIZE &&
	       (old->bytes[first] == ALV_STACK_INVALID ||
		(env->may_read_uninit && old->bytes[first] == ALV_STACK_MISC)))
		first++;
	if (first == ALV_REG_SIZE)
		return true;
	if (!cur)
		return false;
	if (slot_number(env, old, &old_number) && slot_number(env, cur, &cur_number))
		return reg_covers(env, &old_number, &cur_number, exactness);
	for (u32 i = first; i < ALV_REG_SIZE; i++)
		if (!bytes_cover(env, old->bytes[i], cur->bytes[i]))
			return false;
	switch (old->bytes[ALV_REG_SIZE - 1]) {
	case ALV_STACK_SPILL:
		return reg_covers(env, &old->spilled, &cur->spilled, exactness);
	case ALV_STACK_ITER:
		/* How often it was advanced says nothing about what is to come. */
		return old->spilled.btf == cur->spilled.btf &&
		       old->spilled.btf_id == cur->spilled.btf_id &&
		       old->spilled.iter_state == cur->spilled.iter_state &&
		       ids_match(&env->idmap, old->spilled.ref, cur->spilled.ref);
	case ALV_STACK_DYNPTR:
		return old->spilled.dynptr == cur->spilled.dynptr &&
		       old->spilled.dynptr_first == cur->spilled.dynptr_first &&
		       ids_match(&env->idmap, old->spilled.ref, cur->spilled.ref);
	default:
		return true;
	}
}

static bool stack_covers(struct alv_env *env, const struct alv_frame *old,
			 const struct alv_frame *cur, enum alv_exactness exactness)
{
	for (u32 i = 0; i < old->n_slots; i++) {
		const struct alv_slot *slot = i < cur->n_slots ? &cur->slots[i] : NULL;

		if (exactness != ALV_NOT_EXACT &&
		    (!slot || memcmp(old->slots[i].bytes, slot->bytes, sizeof(slot->bytes))))
			return false;
		if (!slot_covers(env, &old->slots[i], slot, exactness))
			return false;
	}
	return true;
}

static bool frame_covers(struct alv_env *env, const struct alv_frame *old,
			 const struct alv_frame *cur, u16 live, enum alv_exactness exactness)
{
	if (old->callback_depth > cur->callback_depth)
		return false;
	for (u32 i = 0; i < ALV_N_REGS; i++)
		if ((live & 1u << i) && !reg_covers(env, &old->regs[i], &cur->regs[i], exactness))
			return false;
	return stack_covers(env, old, cur, exactness);
}

static bool refs_match(struct alv_idmap *map, const struct alv_state *old,
		       const struct alv_state *cur)
{
	if (old->n_refs != cur->n_refs || old->n_locks != cur->n_locks ||
	    !ids_match(map, old->lock_id, cur->lock_id) || old->lock_target != cur->lock_target)
		return false;
	for (u32 i = 0; i < old->n_refs; i++)
		if (!ids_match(map, old->refs[i].id, cur->refs[i].id) ||
		    old->refs[i].kind != cur->refs[i].kind ||
		    old->refs[i].target != cur->refs[i].target)
			return false;
	return true;
}

static void reset_ids(struct alv_env *env)
{
	env->idmap.count = 0;
	env->idmap.fresh = env->last_id;
}

bool alv_states_equal(struct alv_env *env, const struct alv_state *old,
		      const struct alv_state *cur, enum alv_exactness exactness)
{
	if (old->top != cur->top || old->in_rcu != cur->in_rcu ||
	    old->preempt_locks != cur->preempt_locks)
		return false;
	/* What is safe for a processor that guessed wrong says nothing of others. */
	if (old->speculative && !cur->speculative)
		return false;
	reset_ids(env);
	if (!refs_match(&env->idmap, old, cur))
		return false;
	for (u32 i = 0; i <= old->top; i++) {
		u16 live = env->cfg.facts[alv_state_insn_of(old, i)].live;

		if (old->frames[i]->callsite != cur->frames[i]->callsite ||
		    !frame_covers(env, old->frames[i], cur->frames[i], live, exactness))
			return false;
	}
	return true;
}

static void widen_reg(struct alv_env *env, const struct alv_reg *old, struct alv_reg *cur)
{
	if (!alv_reg_is_scalar(old) || !alv_reg_is_scalar(cur))
		return;
	if (old->precise || cur->precise || regs_exact(&env->idmap, old, cur))
		return;
	alv_env_set_unknown(env, cur);
}

void alv_prune_widen(struct alv_env *env, struct alv_state *old, struct alv_state *cur)
{
	reset_ids(env);
	if (env->all_precise)
		return;
	for (s32 f = (s32)old->top; f >= 0; f--) {
		struct alv_frame *was = old->frames[f], *is = cur->frames[f];

		for (u32 i = 0; i < ALV_N_REGS; i++)
			widen_reg(env, &was->regs[i], &is->regs[i]);
		for (u32 i = 0; i < was->n_slots && i < is->n_slots; i++)
			if (alv_slot_is_spill(&was->slots[i]) && alv_slot_is_spill(&is->slots[i]))
				widen_reg(env, &was->slots[i].spilled, &is->slots[i].spilled);
	}
}

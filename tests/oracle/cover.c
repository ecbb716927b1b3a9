/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a state true of registers and stacks as they are? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "isa/insn.h"
#include "record.h"
#include "watch.h"

#define MAX_IDS   64
#define LOOP_REGS 0x1c0u /* R6 to R8, which loops in place keep and use */

/* Scalars with one id are one number. */
struct ids {
	u32 count;
	struct {
		u32 id;
		u64 value;
	} known[MAX_IDS];
};

struct cover {
	const struct watch *watch;
	const struct alv_state *state;
	struct ids ids;
	u32 n_fit; /* registers and slots that do */
	char why[96]; /* one does not */
};

static bool in_scalar(const struct alv_scalar *s, u64 value)
{
	return (value & ~s->bits.mask) == s->bits.value && value >= s->umin && value <= s->umax &&
	       (s64)value >= s->smin && (s64)value <= s->smax && (u32)value >= s->u32_min &&
	       (u32)value <= s->u32_max && (s32)value >= s->s32_min && (s32)value <= s->s32_max;
}

static bool id_fits(struct cover *cover, u32 id, u64 value)
{
	struct ids *ids = &cover->ids;

	for (u32 i = 0; i < ids->count; i++)
		if (ids->known[i].id == id)
			return ids->known[i].value == value;
	if (ids->count < MAX_IDS) {
		ids->known[ids->count].id = id;
		ids->known[ids->count++].value = value;
	}
	return true;
}

static bool scalar_fits(struct cover *cover, const struct alv_reg *reg, u64 value)
{
	if (!cover->watch->exact)
		return true;
	if (!in_scalar(&reg->val, value))
		return false;
	if (!reg->id || reg->id & ALV_ID_ADDED32)
		return true;
	return id_fits(cover, reg->id & ~ALV_ID_ADDED,
		       reg->id & ALV_ID_ADDED ? value - (u64)(s64)reg->off : value);
}

static bool packet_fits(const struct cover *cover, const struct alv_reg *reg, u64 value)
{
	const struct watch *watch = cover->watch;
	u64 at = value - (u64)(s64)reg->off;

	if (!in_scalar(&reg->val, at - (u64)(uintptr_t)watch->packet))
		return false;
	return reg->range <= 0 || at + (u64)reg->range <= (u64)(uintptr_t)watch->packet_end;
}

static bool object_fits(const struct cover *cover, const struct alv_reg *reg, u64 size, u64 value)
{
	const struct watch *watch = cover->watch;

	for (u32 i = 0; i < watch->n_objects; i++)
		if (watch->objects[i].size == size &&
		    in_scalar(&reg->val, value - watch->objects[i].base - (u64)(s64)reg->off))
			return true;
	return false;
}

static bool reg_fits(struct cover *cover, const struct alv_reg *reg, u64 value)
{
	if (alv_reg_maybe_null(reg) && !value)
		return true;
	switch (reg->type.base) {
	case ALV_REG_SCALAR:
		return scalar_fits(cover, reg, value);
	case ALV_REG_CTX:
		return reg->off || value == (u64)(uintptr_t)cover->watch->ctx;
	case ALV_REG_STACK:
		return in_scalar(&reg->val, value - cover->watch->stack[reg->frame].fp -
						    (u64)(s64)reg->off);
	case ALV_REG_MAP:
		return value;
	case ALV_REG_MAP_VALUE:
		return object_fits(cover, reg, reg->map->value_size, value);
	case ALV_REG_MAP_KEY:
		return object_fits(cover, reg, reg->map->key_size, value);
	case ALV_REG_MEM:
		return object_fits(cover, reg, reg->mem_size, value);
	case ALV_REG_PACKET:
		return packet_fits(cover, reg, value);
	case ALV_REG_PACKET_END:
		return value == (u64)(uintptr_t)cover->watch->packet_end;
	default:
		/* Nothing, or a pointer of a kind that is not followed. */
		return true;
	}
}

/* A register of which only the lower bytes are here. */
static bool part_fits(const struct cover *cover, const struct alv_reg *reg, u64 value, u32 bytes)
{
	const struct alv_scalar *s = &reg->val;
	u64 mask = (1ull << 8 * bytes) - 1;

	if (!cover->watch->exact || !alv_reg_is_scalar(reg))
		return true;
	if ((value & ~s->bits.mask & mask) != (s->bits.value & mask))
		return false;
	return bytes != 4 || ((u32)value >= s->u32_min && (u32)value <= s->u32_max &&
			      (s32)value >= s->s32_min && (s32)value <= s->s32_max);
}

static bool slot_fits(struct cover *cover, const struct alv_slot *slot, u64 at)
{
	u32 spilled = 0;
	u64 value;

	memcpy(&value, (const void *)(uintptr_t)at, sizeof(value));
	/* The last of `bytes` is the one with the lowest address. */
	while (spilled < ALV_REG_SIZE &&
	       slot->bytes[ALV_REG_SIZE - 1 - spilled] == ALV_STACK_SPILL)
		spilled++;
	for (u32 i = 0; i < ALV_REG_SIZE; i++)
		if (slot->bytes[ALV_REG_SIZE - 1 - i] == ALV_STACK_ZERO && (u8)(value >> 8 * i) &&
		    cover->watch->exact)
			return false;
	if (spilled == ALV_REG_SIZE)
		return reg_fits(cover, &slot->spilled, value);
	return !spilled || part_fits(cover, &slot->spilled, value, spilled);
}

static bool same_chain(const struct cover *cover)
{
	const struct alv_state *state = cover->state;

	if (state->top + 1 != cover->watch->depth)
		return false;
	for (u32 f = 1; f <= state->top; f++)
		if (state->frames[f]->callsite != cover->watch->stack[f - 1].insn)
			return false;
	return true;
}

static bool runs_loop(const struct bpf_insn *insn)
{
	return alv_insn_is_helper_call(insn) && insn->imm == BPF_FUNC_loop;
}

static bool frame_fits(struct cover *cover, u32 f, u64 live_slots)
{
	const struct activation *activation = &cover->watch->stack[f];
	const struct alv_frame *frame = cover->state->frames[f];
	u16 live = cover->watch->record->live[activation->insn];

	/* What a call takes is gone in the caller; a loop may have others in use. */
	if (f < cover->state->top)
		live &= (u16)~ALV_CALL_REGS;
	if (f < cover->state->top && runs_loop(&cover->watch->insns[activation->insn]))
		live &= (u16)~LOOP_REGS;
	for (u32 i = 0; i < ALV_N_REGS; i++, cover->n_fit++) {
		if (!(live & 1u << i) || reg_fits(cover, &frame->regs[i], activation->regs[i]))
			continue;
		snprintf(cover->why, sizeof(cover->why), "frame %u: R%u is 0x%" PRIx64, f, i, activation->regs[i]);
		return false;
	}
	for (u32 i = 0; i < frame->n_slots; i++, cover->n_fit++) {
		u64 at = activation->fp - 8 * (i + 1ull);

		if (!(live_slots & 1ull << i) || slot_fits(cover, &frame->slots[i], at))
			continue;
		snprintf(cover->why, sizeof(cover->why), "frame %u: fp-%u is 0x%" PRIx64, f, 8 * (i + 1),
			 *(const u64 *)(uintptr_t)at);
		return false;
	}
	return true;
}

static bool state_fits(struct cover *cover, const struct recorded *recorded)
{
	if (!same_chain(cover)) {
		snprintf(cover->why, sizeof(cover->why), "no state has this chain of calls");
		return false;
	}
	for (u32 f = 0; f <= recorded->state.top; f++)
		if (!frame_fits(cover, f, recorded->live[f]))
			return false;
	return true;
}

/* Of several states that do not fit, the one that comes closest tells most. */
bool watch_covered(const struct watch *watch, u32 insn, char *why, size_t size)
{
	struct recorded_list *list = &watch->record->insns[insn];
	u32 closest = 0;

	snprintf(why, size, "never reached, says the verifier");
	for (u32 i = 0; i < list->count; i++) {
		struct recorded found = list->states[i];
		struct cover cover = { .watch = watch, .state = &found.state };

		if (!state_fits(&cover, &found)) {
			if (cover.n_fit >= closest)
				snprintf(why, size, "%s", cover.why);
			closest = cover.n_fit > closest ? cover.n_fit : closest;
			continue;
		}
		/* The next run may well be in the same state. */
		list->states[i] = list->states[0];
		list->states[0] = found;
		return true;
	}
	return false;
}

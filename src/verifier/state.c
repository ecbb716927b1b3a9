/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void state_free_frame(struct alv_state *state, u32 i)
{
	if (!state->frames[i])
		return;
	alv_frame_fini(state->frames[i]);
	free(state->frames[i]);
	state->frames[i] = NULL;
}

void alv_state_fini(struct alv_state *state)
{
	for (u32 i = 0; i < ALV_MAX_FRAMES; i++)
		state_free_frame(state, i);
	free(state->refs);
	free(state->steps);
	*state = (struct alv_state){};
}

static int state_copy_frames(struct alv_state *dst, const struct alv_state *src)
{
	for (u32 i = 0; i < ALV_MAX_FRAMES; i++) {
		int err;

		if (i > src->top) {
			state_free_frame(dst, i);
			continue;
		}
		if (!dst->frames[i])
			dst->frames[i] = calloc(1, sizeof(*dst->frames[i]));
		if (!dst->frames[i])
			return -ENOMEM;
		err = alv_frame_copy(dst->frames[i], src->frames[i]);
		if (err)
			return err;
	}
	return 0;
}

static int state_copy_steps(struct alv_state *dst, const struct alv_state *src)
{
	if (dst->room_steps < src->n_steps) {
		struct alv_step *steps = realloc(dst->steps, src->n_steps * sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		dst->steps = steps;
		dst->room_steps = src->n_steps;
	}
	if (src->n_steps)
		memcpy(dst->steps, src->steps, src->n_steps * sizeof(*src->steps));
	dst->n_steps = src->n_steps;
	return 0;
}

static int state_copy_refs(struct alv_state *dst, const struct alv_state *src)
{
	struct alv_ref *refs = NULL;

	if (src->n_refs) {
		refs = realloc(dst->refs, src->n_refs * sizeof(*refs));
		if (!refs)
			return -ENOMEM;
		memcpy(refs, src->refs, src->n_refs * sizeof(*refs));
	} else {
		free(dst->refs);
	}
	dst->refs = refs;
	dst->n_refs = src->n_refs;
	return 0;
}

int alv_state_copy(struct alv_state *dst, const struct alv_state *src)
{
	struct alv_state kept;
	int err = state_copy_frames(dst, src);

	if (!err)
		err = state_copy_steps(dst, src);
	if (!err)
		err = state_copy_refs(dst, src);
	if (err)
		return err;
	kept = *dst;
	*dst = *src;
	memcpy(dst->frames, kept.frames, sizeof(dst->frames));
	dst->steps = kept.steps;
	dst->room_steps = kept.room_steps;
	dst->refs = kept.refs;
	return 0;
}

void alv_state_forget_steps(struct alv_state *state)
{
	state->n_steps = 0;
}

int alv_state_add_step(struct alv_state *state, const struct alv_step *step)
{
	if (state->n_steps == state->room_steps) {
		u32 room = state->room_steps ? state->room_steps * 2 : 8;
		struct alv_step *steps = realloc(state->steps, room * sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		state->steps = steps;
		state->room_steps = room;
	}
	state->steps[state->n_steps++] = *step;
	return 0;
}

const struct alv_step *alv_state_step_at(const struct alv_state *state, u32 n, u32 insn)
{
	return n && state->steps[n - 1].insn == insn ? &state->steps[n - 1] : NULL;
}

int alv_state_add_ref(struct alv_state *state, const struct alv_ref *ref)
{
	struct alv_ref *refs = realloc(state->refs, (state->n_refs + 1) * sizeof(*refs));

	if (!refs)
		return -ENOMEM;
	refs[state->n_refs++] = *ref;
	state->refs = refs;
	return 0;
}

int alv_state_drop_ref(struct alv_state *state, enum alv_ref_kind kind, u32 id)
{
	for (u32 i = 0; i < state->n_refs; i++) {
		if (state->refs[i].kind != kind || state->refs[i].id != id)
			continue;
		state->n_refs--;
		memmove(&state->refs[i], &state->refs[i + 1],
			(state->n_refs - i) * sizeof(*state->refs));
		return 0;
	}
	return -EINVAL;
}

u32 alv_state_insn_of(const struct alv_state *state, u32 frame)
{
	return frame == state->top ? state->insn : state->frames[frame + 1]->callsite;
}

bool alv_state_same_calls(const struct alv_state *a, const struct alv_state *b)
{
	if (a->top != b->top)
		return false;
	for (u32 i = 0; i <= a->top; i++)
		if (a->frames[i]->callsite != b->frames[i]->callsite)
			return false;
	return true;
}

void alv_state_each_reg(struct alv_state *state, void (*visit)(struct alv_reg *reg, void *data),
			void *data)
{
	for (u32 f = 0; f <= state->top; f++) {
		struct alv_frame *frame = state->frames[f];

		for (u32 i = 0; i < ALV_N_REGS; i++)
			visit(&frame->regs[i], data);
		for (u32 i = 0; i < frame->n_slots; i++)
			if (alv_slot_is_spill(&frame->slots[i]))
				visit(&frame->slots[i].spilled, data);
	}
}

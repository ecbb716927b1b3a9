/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <errno.h>
#include <stdlib.h>

#include "verifier/env.h"
#include "verifier/live.h"

int record_new(u32 n_insns, u32 limit, struct record **ret_record)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return -ENOMEM;
	record->n_insns = n_insns;
	record->limit = limit;
	record->insns = calloc(n_insns, sizeof(*record->insns));
	record->live = calloc(n_insns, sizeof(*record->live));
	if (!record->insns || !record->live) {
		record_free(record);
		return -ENOMEM;
	}
	*ret_record = record;
	return 0;
}

bool record_overflowed(const struct record *record)
{
	return record->total > record->limit;
}

void record_free(struct record *record)
{
	for (u32 i = 0; record->insns && i < record->n_insns; i++) {
		struct recorded_list *list = &record->insns[i];

		for (u32 n = 0; n < list->count; n++)
			alv_state_fini(&list->states[n].state);
		free(list->states);
	}
	free(record->insns);
	free(record->live);
	free(record);
}

static int grow(struct recorded_list *list)
{
	u32 room = list->room ? list->room * 2 : 4;
	struct recorded *states = realloc(list->states, room * sizeof(*states));

	if (!states)
		return -ENOMEM;
	list->states = states;
	list->room = room;
	return 0;
}

static int visit(void *data, u32 insn, const struct alv_state *state)
{
	struct record *record = data;
	struct recorded_list *list = &record->insns[insn];
	struct recorded *recorded;

	if (++record->total > record->limit)
		return -E2BIG;
	if (list->count == list->room && grow(list))
		return -ENOMEM;
	recorded = &list->states[list->count++];
	*recorded = (struct recorded){};
	for (u32 f = 0; f <= state->top; f++)
		recorded->live[f] = state->frames[f]->n_slots < ALV_MAX_SLOTS ?
					    (1ull << state->frames[f]->n_slots) - 1 :
					    ~0ull;
	return alv_state_copy(&recorded->state, state);
}

/* Slots that were dead once stay so, for this state. */
static int ask_live(struct alv_env *env, struct recorded *recorded)
{
	const struct alv_state *state = &recorded->state;
	int err = alv_live_ask(env, state);

	for (u32 f = 0; !err && f <= state->top; f++)
		for (u32 i = 0; i < state->frames[f]->n_slots; i++)
			if (recorded->live[f] & 1ull << i && !alv_live_is_alive(env, f, i))
				recorded->live[f] &= ~(1ull << i);
	return err;
}

static bool any_live(const struct recorded *recorded)
{
	u64 any = 0;

	for (u32 f = 0; f <= recorded->state.top; f++)
		any |= recorded->live[f];
	return any;
}

/*
 * What is read after a state is asked for at the end of each path. Later ones may read
 * more of what earlier ones left alone, which is no matter for states that an earlier
 * one covers; and as long as not all that follows was seen, a slot that is always
 * written first seems alive.
 */
static int ended(void *data, struct alv_env *env)
{
	struct record *record = data;
	int err = 0;

	for (u32 i = 0; i < record->n_insns; i++) {
		struct recorded_list *list = &record->insns[i];

		record->live[i] = env->cfg.facts[i].live;
		for (u32 n = 0; !err && n < list->count; n++)
			if (any_live(&list->states[n]))
				err = ask_live(env, &list->states[n]);
	}
	return err;
}

void record_observer(struct record *record, bool precise,
		     struct alv_verifier_observer *ret_observer)
{
	*ret_observer = (struct alv_verifier_observer){
		.data = record,
		.precise = precise,
		.visit = visit,
		.ended = ended,
	};
}

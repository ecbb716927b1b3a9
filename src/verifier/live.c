/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/live.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/print.h"

#define N_BUCKETS 256

/* Calls from the outermost function to this one; the last is its first instruction. */
struct chain {
	u32 sites[ALV_MAX_FRAMES];
	u32 starts[ALV_MAX_FRAMES];
	u32 top;
};

/* Slots of one frame at one instruction. */
struct masks {
	u64 reads;
	u64 writes;
	u64 live;         /* before the instruction */
	u64 writes_after; /* by it or by all that follow */
};

/* A function as called by one chain. */
struct instance {
	struct chain chain;
	u32 n_insns;
	u32 subprog;
	bool updated;
	bool writes_dropped;
	struct masks *frames[ALV_MAX_FRAMES]; /* made when needed; by instruction */
	bool *writes_known;                   /* by instruction: was it executed before? */
	struct instance *next;
};

struct alv_live {
	struct instance *buckets[N_BUCKETS];
	struct instance *current; /* of the running frame; NULL: not looked up */
	u64 writes[ALV_MAX_FRAMES];
	u32 writing; /* the instruction */
	/* The state that is asked about. */
	struct instance *asked[ALV_MAX_FRAMES];
	u32 asked_top;
	u32 asked_insn;
};

int alv_live_new(struct alv_live **ret_live)
{
	struct alv_live *live = calloc(1, sizeof(*live));

	if (!live)
		return -ENOMEM;
	*ret_live = live;
	return 0;
}

static void instance_free(struct instance *instance)
{
	for (u32 i = 0; i < ALV_MAX_FRAMES; i++)
		free(instance->frames[i]);
	free(instance->writes_known);
	free(instance);
}

void alv_live_free(struct alv_live *live)
{
	if (!live)
		return;
	for (u32 i = 0; i < N_BUCKETS; i++) {
		while (live->buckets[i]) {
			struct instance *next = live->buckets[i]->next;

			instance_free(live->buckets[i]);
			live->buckets[i] = next;
		}
	}
	free(live);
}

static void chain_of(const struct alv_env *env, const struct alv_state *state, u32 frame,
		     struct chain *ret_chain)
{
	*ret_chain = (struct chain){ .top = frame };
	for (u32 i = 0; i <= frame; i++) {
		u32 start = env->cfg.subprogs[state->frames[i]->subprog].start;

		ret_chain->starts[i] = start;
		ret_chain->sites[i] = i < frame ? state->frames[i + 1]->callsite : start;
	}
}

static u32 chain_bucket(const struct chain *chain)
{
	u32 hash = chain->top;

	for (u32 i = 0; i <= chain->top; i++)
		hash = hash * 31 + chain->sites[i];
	return hash % N_BUCKETS;
}

static int instance_new(const struct alv_env *env, const struct chain *chain,
			struct instance **ret_instance)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	u32 start = chain->starts[chain->top];

	if (!instance)
		return -ENOMEM;
	instance->chain = *chain;
	instance->subprog = alv_cfg_subprog_of(&env->cfg, start);
	instance->n_insns = env->cfg.subprogs[instance->subprog + 1].start - start;
	instance->writes_known = calloc(instance->n_insns, sizeof(bool));
	if (!instance->writes_known) {
		free(instance);
		return -ENOMEM;
	}
	*ret_instance = instance;
	return 0;
}

static int find(const struct alv_env *env, const struct chain *chain,
		struct instance **ret_instance)
{
	struct instance **bucket = &env->live->buckets[chain_bucket(chain)];
	int err;

	for (struct instance *i = *bucket; i; i = i->next) {
		if (!memcmp(&i->chain, chain, sizeof(*chain))) {
			*ret_instance = i;
			return 0;
		}
	}
	err = instance_new(env, chain, ret_instance);
	if (err)
		return err;
	(*ret_instance)->next = *bucket;
	*bucket = *ret_instance;
	return 0;
}

static u32 start_of(const struct instance *instance)
{
	return instance->chain.starts[instance->chain.top];
}

static struct masks *masks_at(const struct instance *instance, u32 frame, u32 insn)
{
	struct masks *masks = instance->frames[frame];

	return masks ? &masks[insn - start_of(instance)] : NULL;
}

static int make_masks(struct instance *instance, u32 frame)
{
	if (!instance->frames[frame])
		instance->frames[frame] = calloc(instance->n_insns, sizeof(struct masks));
	return instance->frames[frame] ? 0 : -ENOMEM;
}

static int note_read(struct instance *instance, u32 frame, u32 insn, u64 slots)
{
	int err = make_masks(instance, frame);
	struct masks *masks;

	if (err)
		return err;
	masks = masks_at(instance, frame, insn);
	/* What was live already changes nothing. */
	if (slots & ~masks->reads & ~masks->live)
		instance->updated = true;
	masks->reads |= slots;
	return 0;
}

/* A slot that is not written on every visit is not surely written. */
static int note_writes(struct instance *instance, u32 insn, const u64 *writes)
{
	bool *known = &instance->writes_known[insn - start_of(instance)];

	for (u32 frame = 0; frame <= instance->chain.top; frame++) {
		u64 slots = writes[frame], old;
		struct masks *masks;

		if (!slots && !*known)
			continue;
		if (make_masks(instance, frame))
			return -ENOMEM;
		masks = masks_at(instance, frame, insn);
		old = masks->writes;
		if (*known)
			slots &= old;
		masks->writes = slots;
		instance->updated |= old != slots;
		instance->writes_dropped |= (old & ~slots) != 0;
	}
	*known = true;
	return 0;
}

static int current(struct alv_env *env, struct instance **ret_instance)
{
	struct alv_live *live = env->live;
	struct chain chain;
	int err = 0;

	if (!live->current) {
		chain_of(env, env->state, env->state->top, &chain);
		err = find(env, &chain, &live->current);
	}
	if (!err)
		*ret_instance = live->current;
	return err;
}

int alv_live_read(struct alv_env *env, u32 frame, u64 slots)
{
	struct instance *instance;
	int err = current(env, &instance);

	return err ? err : note_read(instance, frame, env->insn, slots);
}

void alv_live_write(struct alv_env *env, u32 frame, u64 slots)
{
	env->live->writes[frame] |= slots;
}

int alv_live_begin(struct alv_env *env)
{
	struct instance *instance;

	env->live->writing = env->insn;
	memset(env->live->writes, 0, sizeof(env->live->writes));
	return current(env, &instance);
}

int alv_live_commit(struct alv_env *env)
{
	struct alv_live *live = env->live;
	struct instance *instance = live->current;

	/* A call changed the frame; a return let its own flow already. */
	return instance ? note_writes(instance, live->writing, live->writes) : 0;
}

void alv_live_leave(struct alv_env *env)
{
	env->live->current = NULL;
}

static void print_chain(struct alv_env *env, const struct chain *chain)
{
	alv_trace(env, "(");
	for (u32 i = 0; i <= chain->top; i++)
		alv_trace(env, "%s%d", i ? "," : "", chain->sites[i]);
	alv_trace(env, ")");
}

static void print_mask_change(struct alv_env *env, const struct instance *instance,
			      const char *what, u32 frame, u32 insn, u64 old, u64 new)
{
	if (old == new)
		return;
	print_chain(env, &instance->chain);
	alv_trace(env, " frame %d insn %d ", frame, insn);
	if (new & ~old) {
		alv_trace(env, "+%s ", what);
		alv_print_slots_set(env, new & ~old);
		alv_trace(env, " ");
	}
	if (old & ~new) {
		alv_trace(env, "-%s ", what);
		alv_print_slots_set(env, old & ~new);
	}
	alv_trace(env, "\n");
}

/* What an instruction's successors need and write becomes what it needs and writes. */
static bool flow_insn(struct alv_env *env, struct instance *instance, u32 frame, u32 insn)
{
	struct masks *masks = masks_at(instance, frame, insn);
	u64 after = 0, live, writes = ~0ull;
	u32 next[2], n = alv_cfg_successors(&env->cfg, insn, next);
	bool changed;

	if (!n)
		return false;
	for (u32 i = 0; i < n; i++) {
		const struct masks *successor = masks_at(instance, frame, next[i]);

		after |= successor->live;
		writes &= successor->writes_after;
	}
	live = (after & ~masks->writes) | masks->reads;
	writes |= masks->writes;
	changed = live != masks->live || writes != masks->writes_after;
	if (alv_env_logs(env, ALV_REPORT_LEVEL2) &&
	    (masks->reads || masks->writes || insn == start_of(instance) ||
	     alv_env_marked(env, insn, ALV_MARK_PRUNE))) {
		print_mask_change(env, instance, "live", frame, insn, masks->live, live);
		print_mask_change(env, instance, "written", frame, insn, masks->writes_after,
				  writes);
	}
	masks->live = live;
	masks->writes_after = writes;
	return changed;
}

static bool flow_once(struct alv_env *env, struct instance *instance)
{
	const struct alv_subprog *subprog = &env->cfg.subprogs[instance->subprog];
	bool changed = false;

	for (u32 frame = 0; frame <= instance->chain.top; frame++) {
		if (!instance->frames[frame])
			continue;
		for (u32 i = subprog[0].postorder_start; i < subprog[1].postorder_start; i++)
			changed |= flow_insn(env, instance, frame, env->cfg.postorder[i]);
	}
	return changed;
}

/* The call does to the outer frames what its callee does. */
static int flow_to_caller(struct alv_env *env, const struct instance *instance)
{
	const struct chain *inner = &instance->chain;
	struct chain chain = *inner;
	struct instance *outer;
	u64 writes[ALV_MAX_FRAMES] = {};
	u32 site = inner->sites[inner->top - 1];
	int err;

	chain.sites[inner->top] = 0;
	chain.starts[inner->top] = 0;
	chain.top--;
	chain.sites[chain.top] = chain.starts[chain.top];
	err = find(env, &chain, &outer);
	for (u32 frame = 0; !err && frame < inner->top; frame++) {
		const struct masks *masks = masks_at(instance, frame, start_of(instance));

		if (!masks)
			continue;
		writes[frame] = masks->writes_after;
		err = note_read(outer, frame, site, masks->live);
	}
	return err ? err : note_writes(outer, site, writes);
}

static int flow(struct alv_env *env, struct instance *instance)
{
	u32 rounds = 0;
	bool changed;

	if (!instance->updated)
		return 0;
	/* Less is written than was thought: what was derived from it is void. */
	for (u32 f = 0; instance->writes_dropped && f <= instance->chain.top; f++)
		for (u32 i = 0; instance->frames[f] && i < instance->n_insns; i++)
			instance->frames[f][i].writes_after = 0;
	do {
		changed = flow_once(env, instance);
		rounds++;
	} while (changed);
	if (alv_env_logs(env, ALV_REPORT_LEVEL2)) {
		print_chain(env, &instance->chain);
		alv_trace(env, " live stack update done in %d iterations\n", rounds);
	}
	instance->updated = false;
	instance->writes_dropped = false;
	return instance->chain.top ? flow_to_caller(env, instance) : 0;
}

int alv_live_update(struct alv_env *env)
{
	env->live->current = NULL;
	for (s32 frame = (s32)env->state->top; frame >= 0; frame--) {
		struct instance *instance;
		struct chain chain;
		int err;

		chain_of(env, env->state, (u32)frame, &chain);
		err = find(env, &chain, &instance);
		if (!err)
			err = flow(env, instance);
		if (err)
			return err;
	}
	return 0;
}

int alv_live_ask(struct alv_env *env, const struct alv_state *state)
{
	struct alv_live *live = env->live;

	for (u32 frame = 0; frame <= state->top; frame++) {
		struct chain chain;
		int err;

		chain_of(env, state, frame, &chain);
		err = find(env, &chain, &live->asked[frame]);
		if (err)
			return err;
	}
	live->asked_top = state->top;
	live->asked_insn = state->insn;
	return 0;
}

static bool live_at(const struct instance *instance, u32 insn, u32 frame, u32 slot)
{
	const struct masks *masks = masks_at(instance, frame, insn);

	return masks && (masks->live & 1ull << slot);
}

bool alv_live_is_alive(const struct alv_env *env, u32 frame, u32 slot)
{
	const struct alv_live *live = env->live;
	const struct instance *top = live->asked[live->asked_top];

	if (live_at(top, live->asked_insn, frame, slot))
		return true;
	for (u32 i = frame; i < live->asked_top; i++) {
		u32 site = top->chain.sites[i];
		/* A callback may be called again, so the call is still to come. */
		u32 at = alv_env_marked(env, site, ALV_MARK_CALLBACK) ? site : site + 1;

		if (live_at(live->asked[i], at, frame, slot))
			return true;
	}
	return false;
}

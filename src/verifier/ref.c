/* SPDX-License-Identifier: BSD-2-Clause */
/* References that must be given back, and locks that must be released. */
#include "verifier/object.h"

int alv_acquire(struct alv_env *env, u32 insn, u32 *ret_id)
{
	struct alv_ref ref = { .kind = ALV_REF_OBJECT, .insn = insn };
	int err;

	ref.id = alv_env_new_id(env);
	err = alv_state_add_ref(env->state, &ref);
	if (!err)
		*ret_id = ref.id;
	return err;
}

struct released {
	struct alv_env *env;
	u32 ref;
};

static void forget(struct alv_reg *reg, void *data)
{
	const struct released *released = data;

	if (reg->ref == released->ref)
		alv_reg_invalidate(released->env, reg);
}

int alv_release(struct alv_env *env, u32 ref)
{
	struct released released = { .env = env, .ref = ref };
	int err = alv_state_drop_ref(env->state, ALV_REF_OBJECT, ref);

	if (!err)
		alv_state_each_reg(env->state, forget, &released);
	return err;
}

static int check_refs(struct alv_env *env)
{
	const struct alv_state *state = env->state;
	int err = 0;

	/* Functions may return with references. */
	for (u32 i = 0; !state->top && i < state->n_refs; i++) {
		if (state->refs[i].kind != ALV_REF_OBJECT)
			continue;
		alv_say(env, UNRELEASED, state->refs[i].id, state->refs[i].insn);
		err = -EINVAL;
	}
	return err;
}

int alv_check_no_leak(struct alv_env *env, bool at_exit, const char *what)
{
	bool locks = !at_exit || !env->state->top;
	int err;

	if (locks && env->state->n_locks) {
		alv_say(env, LOCK_AT, what);
		return -EINVAL;
	}
	err = check_refs(env);
	if (err)
		alv_say(env, LEAK_AT_EXIT, what);
	return err;
}

static int take(struct alv_env *env, const struct alv_reg *reg)
{
	struct alv_state *state = env->state;
	struct alv_ref ref = {
		.kind = ALV_REF_LOCK,
		.id = reg->id,
		.insn = env->insn,
		.target = reg->map,
	};
	int err;

	if (state->n_locks) {
		alv_say(env, LOCK_TWICE);
		return -EINVAL;
	}
	err = alv_state_add_ref(state, &ref);
	if (err)
		return err;
	state->n_locks++;
	state->lock_id = ref.id;
	state->lock_target = ref.target;
	return 0;
}

static int drop(struct alv_env *env, const struct alv_reg *reg)
{
	struct alv_state *state = env->state;

	if (!state->n_locks) {
		alv_say(env, UNLOCK_NONE, "bpf_spin");
		return -EINVAL;
	}
	if (state->lock_id != reg->id || state->lock_target != reg->map) {
		alv_say(env, UNLOCK_OTHER, "bpf_spin");
		return -EINVAL;
	}
	state->n_locks--;
	state->lock_id = 0;
	state->lock_target = NULL;
	return alv_state_drop_ref(state, ALV_REF_LOCK, reg->id);
}

int alv_check_lock(struct alv_env *env, u32 number, bool lock)
{
	int err = alv_check_field(env, number, ALV_FIELD_SPIN_LOCK);

	if (err)
		return err;
	return lock ? take(env, alv_env_reg(env, number)) : drop(env, alv_env_reg(env, number));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state: everything known at one point of one path. States that were remembered at
 * checkpoints form a tree: `parent` is the last checkpoint on the way here, `branches`
 * counts the paths below that are not explored to their end yet.
 */
#ifndef ALV_VERIFIER_STATE_H
#define ALV_VERIFIER_STATE_H

#include "verifier/frame.h"

#define ALV_MAX_LINKED 6

/* A register or stack slot that gained a range together with others. */
struct alv_linked {
	u8 frame;
	u8 index; /* register, or stack slot */
	bool is_reg;
};

struct alv_linked_set {
	u32 count;
	struct alv_linked items[ALV_MAX_LINKED];
};

/* A jump, or an instruction that backtracking must know more of. */
struct alv_step {
	u32 insn;
	u32 previous; /* the instruction executed before it */
	bool touches_stack; /* spill or fill of this slot */
	u8 frame;
	u8 slot;
	bool src_is_stack; /* comparisons of stack pointers */
	bool dst_is_stack;
	struct alv_linked_set linked;
};

enum alv_ref_kind {
	ALV_REF_OBJECT,
	ALV_REF_LOCK,
};

struct alv_ref {
	enum alv_ref_kind kind;
	u32 id;
	u32 insn; /* where it was taken */
	const void *target; /* locks: what they belong to */
};

struct alv_state {
	struct alv_frame *frames[ALV_MAX_FRAMES];
	u32 top; /* index of the running frame */
	struct alv_state *parent;
	const struct alv_state *equal; /* back edges: what it was found equal to */
	u32 branches;
	u32 insn;
	u32 first_insn; /* the first and last instruction since the checkpoint */
	s32 last_insn;
	u32 depth;      /* checkpoints above it */
	u32 callback_unrolls;
	u32 may_gotos;
	bool cleaned;
	bool in_rcu;       /* in a critical section of RCU */
	u32 preempt_locks; /* how often preemption was disabled */
	bool speculative; /* only a processor that guessed wrong gets here */
	struct alv_step *steps;
	u32 n_steps;
	u32 room_steps;
	struct alv_ref *refs;
	u32 n_refs;
	u32 n_locks;
	u32 lock_id;
	const void *lock_target;
};

static inline struct alv_frame *alv_state_top(const struct alv_state *state)
{
	return state->frames[state->top];
}

void alv_state_fini(struct alv_state *state);
/* dst is initialised (perhaps zeroed). -ENOMEM. */
int alv_state_copy(struct alv_state *dst, const struct alv_state *src);
void alv_state_forget_steps(struct alv_state *state);
/* -ENOMEM. */
int alv_state_add_step(struct alv_state *state, const struct alv_step *step);
/* The step of an instruction among the first `n`, if it is the last of them. */
const struct alv_step *alv_state_step_at(const struct alv_state *state, u32 n, u32 insn);
/* -ENOMEM. */
int alv_state_add_ref(struct alv_state *state, const struct alv_ref *ref);
/* -EINVAL: there is no such reference. */
int alv_state_drop_ref(struct alv_state *state, enum alv_ref_kind kind, u32 id);
/* Where the given frame stands. */
u32 alv_state_insn_of(const struct alv_state *state, u32 frame);
bool alv_state_same_calls(const struct alv_state *a, const struct alv_state *b);
/* Call visit for each register and each spilled one of all frames. */
void alv_state_each_reg(struct alv_state *state, void (*visit)(struct alv_reg *reg, void *data),
			void *data);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of the verifier: what its parts share. Parts are files: each class of
 * instruction has its transfer function, which changes the current state or refuses.
 */
#ifndef ALV_VERIFIER_ENV_H
#define ALV_VERIFIER_ENV_H

#include <errno.h>

#include "isa/cfg.h"
#include "verifier/message.h"
#include "verifier/state.h"
#include "verifier/verifier.h"

#define ALV_MAX_OFFSET   (1 << 29) /* of pointers, to either side */
#define ALV_MAX_SIZE     (1 << 29) /* of memory arguments */
#define ALV_ENOTSUPP     524
#define ALV_HELPER_TEXT  48

struct alv_live;
struct alv_scc;
struct alv_explored;

#define ALV_MAX_PARAMS 5

enum alv_param_kind {
	ALV_PARAM_NUMBER,
	ALV_PARAM_CTX,
	ALV_PARAM_MEMORY,
	ALV_PARAM_DYNPTR,
	ALV_PARAM_STRUCT,
};

struct alv_param {
	enum alv_param_kind kind;
	bool may_be_null; /* memory and structs */
	bool untrusted;   /* memory and structs: anything may be passed */
	const char *struct_name; /* structs of the kernel */
	u32 size; /* of memory */
};

struct alv_function {
	u32 stack_depth;
	bool own_stack;    /* its frame is not one of those that share 512 bytes */
	bool shared_stack; /* it can't be: it is called where nothing has its own */
	bool is_callback;
	bool is_async_callback;
	bool is_exception_callback;
	bool is_global;
	bool was_called;
	const char *name; /* "": there is no type information */
	bool has_params;  /* they were read from the prototype */
	bool unreliable;  /* a call does not fit the prototype */
	u32 n_params;
	struct alv_param params[ALV_MAX_PARAMS];
};

/* What a path that waits to be followed needs. */
struct alv_pending {
	struct alv_state state;
	u32 insn;
	s32 previous;
	u64 report_length;
	struct alv_pending *next;
};

struct alv_backtrack {
	u32 frame;
	u32 regs[ALV_MAX_FRAMES];
	u64 slots[ALV_MAX_FRAMES];
};

struct alv_idmap {
	u32 fresh; /* for current values without an id */
	u32 count;
	struct {
		u32 old;
		u32 cur;
	} pairs[(ALV_N_REGS + ALV_MAX_SLOTS) * ALV_MAX_FRAMES];
};

struct alv_env {
	const struct alv_verifier_request *request;
	struct alv_verdict *verdict;
	const struct bpf_insn *insns;
	u32 n_insns;
	const struct alv_btf *vmlinux; /* NULL: not asked for yet */
	struct alv_cfg cfg;
	struct alv_insn_verdict *facts;
	struct alv_function functions[ALV_MAX_SUBPROGS];

	/* Where exploration is. */
	struct alv_state *state;
	u32 insn;
	s32 previous;
	struct alv_pending *pending;
	u32 n_pending;
	struct alv_explored *explored;
	u32 n_old_states; /* of functions explored before */
	struct alv_live *live;
	struct alv_scc *scc;
	struct alv_step *step; /* what this instruction left in the history */
	struct alv_backtrack backtrack;
	struct alv_idmap idmap;
	struct alv_reg immediate[2]; /* what instructions compare with or store */
	u32 last_id;
	u32 n_jumps;
	u32 n_jumps_at_checkpoint;
	u64 started_ns; /* for the log alone */
	u32 n_processed;
	u32 n_processed_at_checkpoint;

	/* What changed since the state was printed last. */
	u32 scratched_regs;
	u64 scratched_slots;
	u64 line_start; /* where the line of the instruction began */
	u32 line_size;
	const struct bpf_line_info *last_line;

	/* Rights. */
	bool may_leak;        /* pointers: CAP_PERFMON */
	bool may_read_uninit;
	bool bypass_v1; /* nobody asks what speculation might do */
	bool bypass_v4;
	bool capable;         /* CAP_BPF */
	bool all_precise;     /* scalars, whatever their marks say */
	bool strict_alignment;
	bool test_states;
	bool test_invariants;
	bool exact_scalars; /* masks depend on them: only equal ones are covered */
};

static inline bool alv_env_marked(const struct alv_env *env, u32 insn, enum alv_insn_mark mark)
{
	return env->cfg.facts[insn].marks & mark;
}

static inline struct alv_frame *alv_env_frame(const struct alv_env *env)
{
	return alv_state_top(env->state);
}

static inline struct alv_reg *alv_env_reg(const struct alv_env *env, u32 number)
{
	return &alv_env_frame(env)->regs[number];
}

/* The frame that a stack pointer points into. */
static inline struct alv_frame *alv_env_frame_of(const struct alv_env *env,
						 const struct alv_reg *reg)
{
	return env->state->frames[reg->frame];
}

static inline bool alv_env_may_sleep(const struct alv_env *env)
{
	return env->request->traits.sleepable;
}

/* May what RCU protects be used here? */
bool alv_env_in_rcu(const struct alv_env *env);
/* The pointer is valid whatever the kernel does. */
bool alv_reg_is_trusted(const struct alv_reg *reg);

static inline u32 alv_env_new_id(struct alv_env *env)
{
	return ++env->last_id;
}

static inline bool alv_env_is_pointer(const struct alv_env *env, const struct alv_reg *reg)
{
	return !env->may_leak && !alv_reg_is_scalar(reg);
}

static inline bool alv_env_logs(const struct alv_env *env, u32 level)
{
	return env->request->report && (env->request->report->level & level);
}

#define ALV_LOG_ANY (ALV_REPORT_LEVEL1 | ALV_REPORT_LEVEL2)

static inline void alv_env_touch_reg(struct alv_env *env, u32 number)
{
	env->scratched_regs |= 1u << number;
}

static inline void alv_env_touch_slot(struct alv_env *env, u32 slot)
{
	env->scratched_slots |= 1ull << slot;
}

static inline void alv_env_touch_all(struct alv_env *env)
{
	env->scratched_regs = (1u << ALV_N_REGS) - 1;
	env->scratched_slots = ~0ull;
}

/* Say a message of the table. */
#define alv_say(env, ID, ...)                                                                      \
	alv_say_text(env, ALV_MSG_##ID, alv_text_##ID, ##__VA_ARGS__)
void alv_say_text(struct alv_env *env, enum alv_message id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Traces that are no messages. */
void alv_trace(struct alv_env *env, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* reg use: the checks of an instruction's operands. -EACCES, -EINVAL. */
int alv_check_reads(struct alv_env *env, u32 number);
/* It will be written; its old value stays for now. */
int alv_check_writes(struct alv_env *env, u32 number);
/* It is written with an unknown number. */
int alv_check_clobbers(struct alv_env *env, u32 number);
void alv_env_set_unknown(struct alv_env *env, struct alv_reg *reg);
void alv_env_set_uninit(struct alv_env *env, struct alv_reg *reg);
/* -EFAULT: the numbers contradict each other, and the program asked to be told. */
int alv_check_bounds(struct alv_env *env, struct alv_reg *reg, const char *where);
/* Give a scalar an id, so that a copy stays related to it. */
void alv_env_relate(struct alv_env *env, struct alv_reg *reg);
/* R0 to R5 hold nothing any more. */
void alv_env_clear_caller_saved(struct alv_env *env, struct alv_frame *frame);
/* Remember something of the current instruction for backtracking. */
int alv_env_note_step(struct alv_env *env, const struct alv_step *note);

/* Transfer functions; *next is the instruction to go on with, preset to the one behind. */
int alv_step_alu(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_load(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_store(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_store_imm(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_atomic(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_ordered(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_ldimm64(struct alv_env *env, const struct bpf_insn *insn);
int alv_step_ld_abs(struct alv_env *env, const struct bpf_insn *insn, u32 *next);
int alv_step_branch(struct alv_env *env, const struct bpf_insn *insn, u32 *next);
int alv_step_helper(struct alv_env *env, const struct bpf_insn *insn, u32 *next);
int alv_step_call(struct alv_env *env, const struct bpf_insn *insn, u32 *next);
/* Return from a function to its caller. */
int alv_step_return(struct alv_env *env, u32 *next);
int alv_check_return(struct alv_env *env);
/* R0 must lie within the range. */
int alv_check_range(struct alv_env *env, struct alv_ret_range range, const char *where);

/* What memory access wants; *_number < 0: no register takes part. */
enum alv_access {
	ALV_ACCESS_READ,
	ALV_ACCESS_WRITE,
};

struct alv_mem_access {
	u32 pointer; /* register */
	s32 off;
	u32 size;
	enum alv_access kind;
	s32 value; /* register that is loaded or stored, -1: none */
	bool strict; /* must be aligned in any case */
	bool sign_extends;
};

int alv_check_mem(struct alv_env *env, const struct alv_mem_access *access);
int alv_check_pointer_type(struct alv_env *env, struct alv_type type, bool loads);
int alv_check_alignment(struct alv_env *env, const struct alv_reg *reg, s32 off, u32 size,
			bool strict);
int alv_check_fixed_offset(struct alv_env *env, const struct alv_reg *reg, u32 number,
			   bool offset_ok);
int alv_check_region(struct alv_env *env, u32 number, s64 off, s64 size, u32 region,
		     bool zero_ok);
int alv_check_map_flags(struct alv_env *env, u32 number, s32 off, s32 size,
			enum alv_access kind);
/* `direct`: a load or store, which may be of a field that holds a pointer. */
int alv_check_map_value(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok,
			bool direct);
int alv_check_packet(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok);
int alv_check_buffer(struct alv_env *env, const struct alv_reg *reg, u32 number, s32 off,
		     s32 size, const char *what);
/* The region [off, off + size) of a stack pointer, within the stack? */
int alv_check_stack_bounds(struct alv_env *env, u32 number, s32 off, s32 size,
			   enum alv_access kind);
int alv_check_stack_read(struct alv_env *env, u32 number, s32 off, u32 size, s32 value);
int alv_check_stack_write(struct alv_env *env, u32 number, s32 off, u32 size, s32 value);
struct alv_raw_memory;
int alv_check_stack_range(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok,
			  enum alv_access kind, struct alv_raw_memory *raw);

/* Packet pointers. */
void alv_packet_forget_all(struct alv_state *state, bool precise);
bool alv_packet_refine(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst,
		       struct alv_reg *src, struct alv_state *here, struct alv_state *there);
int alv_packet_branch_taken(const struct alv_reg *dst, const struct alv_reg *src, u8 op);

/* Exploration. */
int alv_push(struct alv_env *env, u32 insn, s32 previous, struct alv_state **ret_state);
/* The same for a function that will run by itself; its first frame comes back. */
int alv_push_async(struct alv_env *env, u32 subprog, struct alv_frame **ret_frame);
/* The register must be known exactly: so must what it came from. */
int alv_mark_precise(struct alv_env *env, u32 number);
int alv_mark_slot_precise(struct alv_env *env, u32 frame, u32 slot);

/* Special fields: "bpf_timer", and is it such a field that the register points to? */
const char *alv_field_text(u32 kind);
int alv_check_field(struct alv_env *env, u32 number, u32 kind);

/* References and locks. */
int alv_acquire(struct alv_env *env, u32 insn, u32 *ret_id);
int alv_release(struct alv_env *env, u32 ref);
int alv_check_no_leak(struct alv_env *env, bool at_exit, const char *what);
int alv_check_lock(struct alv_env *env, u32 number, bool lock);

/* "bpf_map_lookup_elem", "unknown"; returns text. */
const char *alv_helper_text(char text[ALV_HELPER_TEXT], u32 id);

/* Subprograms. */
/* A frame for a function that `state` calls at `callsite`. -E2BIG: too deep. */
int alv_enter(struct alv_env *env, struct alv_state *state, u32 subprog, u32 callsite,
	      struct alv_frame **ret_callee);
int alv_check_stack_depth(struct alv_env *env);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the kernel's functions, by the prototypes that its type information has. */
#ifndef ALV_VERIFIER_KFUNC_H
#define ALV_VERIFIER_KFUNC_H

#include "helper/kfunc.h"
#include "verifier/call.h"

struct alv_kfunc_call {
	const struct alv_kfunc *kfunc;
	const struct btf_type *proto;
	u32 type_id; /* the function's */
	u32 ref;     /* of an argument */
	u32 release; /* the register whose reference is given back; 0: none */
	u32 subprog;
	const struct alv_checked_map *map;
	u32 map_uid;
	bool has_constant;
	u64 constant;
	u32 result_size; /* memory that comes back; 0: by its type */
	bool result_read_only;
	u32 result_id;   /* the struct that comes back; 0: by its type */
	/* A dynptr among the arguments. */
	u32 dynptr_id;
	u32 dynptr_ref;
	u8 dynptr;
	/* An iterator among them: where it is. */
	u32 iter_frame;
	u32 iter_slot;
};

/* A call of a function of the kernel was found in the text. -EINVAL and so on. */
int alv_kfunc_find(struct alv_env *env, u32 insn);
/* The row of the call's function; NULL: it may not be called. */
const struct alv_kfunc *alv_kfunc_of(struct alv_env *env, const struct bpf_insn *insn);
/* Its name; "" if there is none. */
const char *alv_kfunc_name(struct alv_env *env, const struct bpf_insn *insn);
u32 alv_kfunc_n_args(struct alv_env *env, const struct bpf_insn *insn, bool *ret_void);

int alv_step_kfunc(struct alv_env *env, const struct bpf_insn *insn);
int alv_kfunc_check_args(struct alv_env *env, struct alv_kfunc_call *call);

#endif

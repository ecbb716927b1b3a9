/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of the kernel's own, and of the program's: what is where in a struct. */
#ifndef ALV_VERIFIER_KERNEL_TYPE_H
#define ALV_VERIFIER_KERNEL_TYPE_H

#include "verifier/env.h"

/* The kernel's types; NULL: it has none to show. */
const struct alv_btf *alv_env_vmlinux(struct alv_env *env);
/* The id of a struct of the kernel; 0: it has none of this name. */
u32 alv_kernel_struct(struct alv_env *env, const char *name);
/* "task_struct", for a register that points to a struct. */
const char *alv_reg_type_name(const struct alv_reg *reg);

enum alv_walk {
	ALV_WALK_NUMBER,
	ALV_WALK_POINTER,         /* to a struct */
	ALV_WALK_UNTYPED_POINTER, /* to something else */
	ALV_WALK_STRUCT,
};

/* What is at a place in a struct. */
struct alv_walk_result {
	u32 id;     /* of the struct, or that is pointed to */
	u32 flags;  /* enum alv_type_flag of the pointer */
	const char *field;
};

/* enum alv_walk. -EACCES, -EINVAL, -EFAULT: nothing that could be accessed so. */
int alv_type_walk(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off, u32 size,
		  bool flexible, struct alv_walk_result *result);
/* The same through structs that begin there: what a load gives. */
int alv_type_access(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off, u32 size,
		    bool flexible, struct alv_walk_result *result);
/*
 * Is there a struct of this type at `off` of the other one? `strict`: it must be the
 * outermost.
 */
bool alv_type_holds(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off,
		    const struct alv_btf *need_btf, u32 need, bool strict, bool flexible);
/* Does the kernel list the field among the safe ones of `suffix`? */
bool alv_type_is_safe(const struct alv_reg *reg, const struct alv_walk_result *field,
		      const char *suffix);

/* Accesses through pointers to structs and maps. */
int alv_access_struct(struct alv_env *env, const struct alv_mem_access *access, s32 off);
int alv_access_map(struct alv_env *env, const struct alv_mem_access *access, s32 off);
/* Make a register a pointer to a struct. */
void alv_reg_set_struct(struct alv_env *env, struct alv_reg *reg, const struct alv_btf *btf,
			u32 id, u32 flags);
/* A constant that names a symbol of the kernel. -EINVAL, -ENOENT: there is none such. */
int alv_resolve_ksym(struct alv_env *env, u32 insn);
void alv_load_ksym(struct alv_env *env, const struct alv_insn_verdict *facts,
		   struct alv_reg *dst);
/* Does the struct that the register points to suit a helper's argument? */
struct alv_call;
int alv_check_struct_arg(struct alv_env *env, const struct alv_call *call, u32 number,
			 const struct alv_arg *arg);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of values that hold pointers: to structs of the kernel, to objects that
 * programs allocated. Those that own what they point to change hands by exchange.
 */
#ifndef ALV_VERIFIER_KPTR_H
#define ALV_VERIFIER_KPTR_H

#include "verifier/call.h"

#define ALV_FIELDS_POINTER (ALV_FIELDS_KPTR | ALV_FIELD_UPTR)

/* The field that the register plus `off` points to; NULL: none. */
const struct alv_field *alv_kptr_at(const struct alv_reg *reg, s32 off);
/* A load or store of it. */
int alv_access_kptr(struct alv_env *env, const struct alv_mem_access *access,
		    const struct alv_field *field);
/* The first argument of bpf_kptr_xchg(): call->kptr. */
int alv_kptr_check_field(struct alv_env *env, struct alv_call *call, u32 number);
/* Does the pointer go into the field? -EACCES. */
int alv_kptr_check_value(struct alv_env *env, const struct alv_field *field,
			 const struct alv_checked_map *map, u32 number);
/* What comes out of bpf_kptr_xchg(). */
void alv_kptr_set_result(struct alv_env *env, const struct alv_call *call);
/* What was put in is the field's now. */
int alv_kptr_release(struct alv_env *env, const struct alv_call *call);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of helpers: what is learnt from one argument for the others and the result. */
#ifndef ALV_VERIFIER_CALL_H
#define ALV_VERIFIER_CALL_H

#include "verifier/env.h"

/* Memory that a helper may find uninitialised, since it writes all of it. */
struct alv_raw_memory {
	bool uninit;
	u32 number; /* register */
	u32 size;   /* 0: none */
};

struct alv_call {
	const struct alv_helper *helper;
	const struct alv_checked_map *map;
	u32 map_uid;
	u32 ref;
	u32 release; /* the register whose reference is given back; 0: none */
	u32 subprog;
	const struct alv_btf *btf; /* a variable of each CPU, and its type */
	u32 btf_id;
	u32 mem_size;
	u64 max_size; /* of the last size argument */
	bool has_key; /* an array's constant key */
	u64 key;
	struct alv_raw_memory raw;
	const struct alv_field *kptr; /* bpf_kptr_xchg: the field */
	u32 dynptr_id; /* the result is memory of this dynptr */
	bool changes_packet;
};

int alv_check_arg(struct alv_env *env, struct alv_call *call, u32 index);
/* Does the helper work with this type of map? */
int alv_check_map_rule(struct alv_env *env, const struct alv_call *call);
/* Memory of `size` bytes for a helper. */
int alv_check_arg_memory(struct alv_env *env, u32 number, s32 size, enum alv_access kind,
			 bool zero_ok, struct alv_raw_memory *raw);
/* Does the register's type suit the argument? `call` is NULL outside of helpers' calls. */
int alv_check_arg_type(struct alv_env *env, const struct alv_call *call, u32 number,
		       const struct alv_arg *arg);
/* Memory that may be NULL, to be read and written: `size` bytes, or as the register says. */
int alv_check_memory_arg(struct alv_env *env, u32 number, u32 size);
int alv_check_sized_arg(struct alv_env *env, u32 number);
/* A string in a constant map. */
int alv_check_string(struct alv_env *env, u32 number);
/* May the register's pointer be passed with the offset that it has? */
int alv_check_arg_offset(struct alv_env *env, u32 number);
/* The call runs one of the program's functions: -ENOENT: it is none that does. */
int alv_push_callback(struct alv_env *env, const struct alv_call *call);

#endif

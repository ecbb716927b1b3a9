/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single special fields: which types are one, and whether what they refer to is
 * there. Private to btf/; record.c looks for them in values.
 */
#ifndef ALV_BTF_FIELD_H
#define ALV_BTF_FIELD_H

#include "btf/btf.h"
#include "btf/record.h"

#define ALV_FIELDS_POINTER (ALV_FIELDS_KPTR | ALV_FIELD_UPTR)

/* A type that is a field by its name. */
struct alv_field_type {
	const char *name;
	enum alv_kernel since;
	enum alv_field_kind kind;
	u32 size;
	u32 align;
	enum alv_kernel repeats; /* since when a value may have several */
};

/* The row of a type's name among the wanted kinds; NULL: none. */
const struct alv_field_type *alv_field_by_name(const char *name, enum alv_kernel version,
					       u32 wanted);

/* The row of all pointers; NULL: such a kernel knows none. Their tags tell them apart. */
const struct alv_field_type *alv_field_pointer(enum alv_kernel version);

/* 1: a tagged pointer of a wanted kind, which goes into *field; 0: none; -EINVAL: a wrong
 * one. */
int alv_field_match_pointer(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			    const struct btf_type *type, u32 wanted,
			    struct alv_field *field);

/* A field while it is looked for. */
struct alv_found {
	struct alv_field field;
	const char *node; /* roots: name of the member that is the node in target */
};

/* Is what the field refers to what it has to be? -EINVAL, -ENOENT. */
int alv_field_check(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		    struct alv_found *found);

#endif

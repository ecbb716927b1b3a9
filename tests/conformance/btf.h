/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF objects of values with a special field: a lock, a timer and so on.
 */
#ifndef CONFORM_BTF_H
#define CONFORM_BTF_H

#include "attr.h"

/* What the value's struct has, member by member, beside plain 32-bit numbers. */
struct btf_special {
	const char *what;
	const char *name; /* of the special struct */
	u32 size;	  /* of the special struct */
	u32 offset;	  /* in the value; what is not it is int */
	u32 value_size;
	u32 copies;	/* how often, one behind the other */
	u32 value_type; /* type id of the value */
};

extern const struct btf_special btf_specials[];
extern const unsigned int btf_special_count;

int btf_special_load(const struct btf_special *special);

#endif

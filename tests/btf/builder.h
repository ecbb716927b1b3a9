/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF put together by hand, for tests: types are added in order and get ids from 1. */
#ifndef ALV_TESTS_BTF_BUILDER_H
#define ALV_TESTS_BTF_BUILDER_H

#include "base/buf.h"
#include "base/types.h"

struct builder {
	u8 types[4096];
	u32 size;
	char strings[2048];
	u32 strings_size;
	u32 count;
};

void builder_init(struct builder *builder);
/* A name's offset; NULL: none. */
u32 builder_name(struct builder *builder, const char *name);
/* A type; its id. `value` is its size or the type it refers to. */
u32 builder_type(struct builder *builder, u32 kind, const char *name, u32 vlen,
		 u32 value);
/* Words behind the last type. */
void builder_word(struct builder *builder, u32 word);
void builder_member(struct builder *builder, const char *name, u32 type, u32 offset);
/* A plain int of so many bits; its id. */
u32 builder_int(struct builder *builder, const char *name, u32 bits);
/* The bytes; the caller's to free. */
void builder_finish(struct builder *builder, struct alv_buf *ret_raw);

/* The same, where memory may run out: false then. */
bool builder_try_finish(struct builder *builder, struct alv_buf *ret_raw);

#endif

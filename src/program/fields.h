/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of contexts and of the sockets that programs can look into: the words in which
 * they are written down, and the search.
 */
#ifndef ALV_PROGRAM_FIELDS_H
#define ALV_PROGRAM_FIELDS_H

#include "program/type.h"

struct alv_ctx_fields {
	const struct alv_ctx_field *fields;
	size_t count;
	u32 end; /* accesses must begin below it */
};

/* The field that an access falls into; NULL: there is none that takes it. */
const struct alv_ctx_field *alv_field_for(const struct alv_ctx_fields *fields,
					  enum alv_kernel kernel, s32 offset, u8 size,
					  bool write);

#define ALV_CTX_RW (ALV_CTX_READ | ALV_CTX_WRITE)

/* A number: a member of the context's struct, which may be an array. */
#define ALV_FIELD(STRUCT, MEMBER, UNIT, WIDTH, ACCESS, ...)                              \
	{ .name = #MEMBER, .offset = offsetof(STRUCT, MEMBER),                           \
	  .size = sizeof(((STRUCT *)0)->MEMBER), .unit = (UNIT), .width = (WIDTH),       \
	  .access = (ACCESS), .type = { ALV_REG_SCALAR, 0 }, __VA_ARGS__ }

/* A pointer, loaded with all its `UNIT` bytes. */
#define ALV_POINTER(STRUCT, MEMBER, UNIT, BASE, FLAGS, ...)                              \
	{ .name = #MEMBER, .offset = offsetof(STRUCT, MEMBER), .size = (UNIT),           \
	  .unit = (UNIT), .width = ALV_CTX_EXACT, .access = ALV_CTX_READ,                \
	  .type = { ALV_REG_##BASE, (FLAGS) }, __VA_ARGS__ }

/* Bytes that are no member of a struct. */
#define ALV_BYTES(NAME, OFFSET, SIZE, UNIT, WIDTH, ACCESS, ...)                          \
	{ .name = (NAME), .offset = (OFFSET), .size = (SIZE), .unit = (UNIT),            \
	  .width = (WIDTH), .access = (ACCESS), .type = { ALV_REG_SCALAR, 0 },           \
	  __VA_ARGS__ }

#endif

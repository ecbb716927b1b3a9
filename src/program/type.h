/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Program types. A type is a table: the fields of its context as programs see them,
 * the helpers that it may call, what it may return, how it is run for
 * BPF_PROG_TEST_RUN. One file for each type (or family).
 */
#ifndef ALV_PROGRAM_TYPE_H
#define ALV_PROGRAM_TYPE_H

#include "abi/version.h"
#include "helper/helper.h"
#include "helper/type.h"
#include "object/authority.h"

struct alv_prog_type;

/* What of a program decides about its rules. */
struct alv_prog_traits {
	const struct alv_prog_type *type;
	u32 expected_attach_type;
	enum alv_kernel kernel;
	struct alv_authority authority;
	bool gpl;
	bool sleepable;
};

/*
 * A field of the context: bytes [offset, offset + size) as programs address them.
 * Narrow loads (any aligned power of two inside) are allowed where `narrow` is.
 */
struct alv_ctx_field {
	const char *name;
	u16 offset;
	u8 size;
	u8 access;          /* ALV_CTX_READ | ALV_CTX_WRITE */
	bool narrow;
	struct alv_type type; /* of the loaded value; SCALAR for numbers */
	u16 host_offset;    /* where the run's context has it */
	u8 host_size;
	/* NULL: by the table alone; else may this program access it? */
	bool (*allowed)(const struct alv_prog_traits *traits, bool write);
};

#define ALV_CTX_READ  1
#define ALV_CTX_WRITE 2

/* The answer to "may a program load or store `size` bytes at `offset`?" */
struct alv_ctx_access {
	const struct alv_ctx_field *field; /* what it falls into; NULL: raw memory (syscall) */
	struct alv_type type;              /* of the loaded value */
};

struct alv_ret_range {
	s32 min;
	s32 max;
	bool checked; /* false: any value may be returned */
};

struct alv_prog_type {
	const char *name; /* "xdp", as bpftool names it */
	u32 type;         /* BPF_PROG_TYPE_* */
	enum alv_kernel since;
	const struct alv_ctx_field *fields;
	size_t n_fields;
	u32 ctx_size; /* bytes that programs can address */
	/* Fields that no table can say (packets' ends, raw contexts); NULL: the table is all. */
	bool (*access)(const struct alv_prog_traits *traits, s32 offset, u8 size, bool write,
		       struct alv_ctx_access *ret_access);
	/* Is this helper in the type's set? */
	bool (*may_call)(const struct alv_prog_traits *traits, const struct alv_helper *helper);
	/* Prototype where the type has one of its own for an id; NULL: the table's. */
	const struct alv_helper *(*helper)(const struct alv_prog_traits *traits, u32 id);
	struct alv_ret_range (*returns)(const struct alv_prog_traits *traits);
	/* -EINVAL: the expected attach type is none of the type's. NULL: any. */
	int (*check_attach)(u32 expected_attach_type);
	bool has_direct_packet_read;
	bool (*may_write_packet)(const struct alv_prog_traits *traits);
};

/* The type in a host's profile; NULL: it has none such. */
const struct alv_prog_type *alv_prog_type(enum alv_kernel kernel, u32 type);

#endif

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
	u32 expected_attach_type; /* as alv_prog_type_attach() left it */
	enum alv_kernel kernel;
	struct alv_authority authority;
	bool gpl;
	bool sleepable;
};

/* Which sizes an access to a field of `unit` bytes may have. All must be aligned. */
enum alv_ctx_width {
	ALV_CTX_EXACT,  /* unit */
	ALV_CTX_NARROW, /* unit; loads of a part of it, too */
	ALV_CTX_START,  /* unit; loads of its first bytes, too */
	ALV_CTX_LOWER,  /* unit; loads of parts of its lower half, too */
	ALV_CTX_WIDE,   /* as NARROW; 8 bytes of an array of units, too */
	ALV_CTX_FREE,   /* any that stays within the field */
};

#define ALV_CTX_READ  1
#define ALV_CTX_WRITE 2

/*
 * A field of the context: bytes [offset, offset + size) as programs address them, an
 * array of units. What no field covers can't be accessed.
 */
struct alv_ctx_field {
	const char *name;
	enum alv_kernel since; /* 0: as long as the type */
	u32 offset;
	u32 size;
	u8 unit;
	u8 width;             /* enum alv_ctx_width */
	u8 access;            /* ALV_CTX_READ | ALV_CTX_WRITE */
	struct alv_type type; /* of the loaded value; SCALAR for numbers */
	/* NULL: by the table alone; else may this program access it? */
	bool (*allowed)(const struct alv_prog_traits *traits, bool write);
};

/* The answer to "may a program load or store `size` bytes at `offset`?" */
struct alv_ctx_access {
	const struct alv_ctx_field *field; /* what it falls into */
	struct alv_type type;              /* of the loaded value */
};

struct alv_ret_range {
	s32 min;
	s32 max;
	bool checked; /* false: any value may be returned */
};

/* Who may load programs of a type. */
enum alv_prog_loader {
	ALV_LOADER_ANYBODY, /* also without a capability, where the host allows that */
	ALV_LOADER_BPF,
	ALV_LOADER_NET_ADMIN, /* and CAP_BPF */
	ALV_LOADER_PERFMON,   /* and CAP_BPF */
};

struct alv_prog_type {
	const char *name; /* "xdp", as bpftool names it */
	u32 type;         /* BPF_PROG_TYPE_* */
	enum alv_kernel since;
	enum alv_prog_loader loader;
	const struct alv_ctx_field *fields; /* the first at an offset decides */
	size_t n_fields;
	u32 ctx_size; /* accesses must begin below it */
	/* The prototype by which this program calls a helper; NULL: it may not. */
	const struct alv_helper *(*helper)(const struct alv_prog_traits *traits, u32 id);
	/* NULL: any value may be returned. */
	struct alv_ret_range (*returns)(const struct alv_prog_traits *traits);
	/* Is the expected attach type one of the type's? NULL: all are. */
	bool (*takes_attach)(enum alv_kernel kernel, u32 expected_attach_type);
	u32 default_attach;     /* stands for 0 */
	bool reads_packet;      /* packet pointers may be helpers' memory arguments */
	bool writes_packet;     /* programs may store through packet pointers */
	bool may_sleep;         /* takes BPF_F_SLEEPABLE */
	bool must_sleep;        /* can't do without it */
};

/* The type in a host's profile; NULL: it has none such. */
const struct alv_prog_type *alv_prog_type(enum alv_kernel kernel, u32 type);

/* -EPERM: the caller may not load programs of this type. */
int alv_prog_type_may_load(const struct alv_prog_type *type,
			   const struct alv_authority *authority);

/* Put the type's default in place of 0. -EINVAL: not an attach type of this type. */
int alv_prog_type_attach(const struct alv_prog_type *type, enum alv_kernel kernel,
			 u32 *attach_type);

/*
 * May this program access its context so? `signs`: the load extends the sign.
 * -EACCES: "invalid bpf_context access".
 */
int alv_ctx_access(const struct alv_prog_traits *traits, s32 offset, u8 size, bool write,
		   bool signs, struct alv_ctx_access *ret_access);

#endif

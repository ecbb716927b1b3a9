/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Type information (BTF): bytes in; types that can be looked up, or an errno and
 * a report with the kernel's words, out. Pure: no host, no client.
 *
 * A parsed BTF never changes and may be used by any number of threads; the index
 * of names is made when somebody first asks for it. Ids are the format's: 0 is
 * void, types count from 1, or from where the base ends ("split" BTF).
 *
 * User BTF (BTF_LOAD) is validated wholly: every chain of types ends, every size
 * is known. Kernel BTF is validated as far as the kernel does for its own: each
 * type is well formed; its chains may still be broken, so everything here that
 * follows them is bounded and may answer "none".
 */
#ifndef ALV_BTF_BTF_H
#define ALV_BTF_BTF_H

#include "abi/uapi.h"
#include "abi/version.h"
#include "base/buf.h"
#include "base/report.h"
#include "base/types.h"

#define ALV_BTF_MAX_SIZE  (16u << 20) /* bytes that BTF_LOAD takes */
#define ALV_BTF_MAX_DEPTH 32	      /* how deep types may nest */

struct alv_btf_index;

struct alv_btf {
	const struct alv_btf *base; /* split BTF: what it adds to; not owned */
	struct alv_buf raw;	    /* the bytes that were given, header and all */
	const char *strings;
	u32 strings_size;
	const u8 *types;  /* the type section, aligned */
	u8 *types_copy;	  /* owns it when the raw bytes are not aligned */
	u32 first_id;	  /* id of the first type here; 0 without base */
	u32 first_string; /* offset of the first string here; 0 without base */
	u32 count;	  /* types here, void included when there is no base */
	u32 *offsets;	  /* where each is in the type section */
	u32 *resolved;	  /* user BTF: the id that a chain of types ends at */
	u32 *sizes;	  /* user BTF: sizes of arrays */
	bool kernel;
	struct alv_btf_index *index; /* of names; NULL: nobody has asked yet */
};

/* What to parse as. */
struct alv_btf_rules {
	enum alv_kernel version;    /* whose rules */
	bool kernel;		    /* kernel BTF */
	const struct alv_btf *base; /* kernel BTF only: what it adds to */
	/* Kernel types that kptrs of user BTF may point to; NULL: there are none. */
	const struct alv_btf *vmlinux;
};

/*
 * Takes the bytes of raw over, also on failure. report may be NULL. -EINVAL,
 * -E2BIG, -ENOTSUPP (524), -EEXIST, -ELOOP, -ENOENT: as BTF_LOAD refuses; -ENOMEM.
 */
int alv_btf_parse(struct alv_buf *raw, const struct alv_btf_rules *rules,
		  struct alv_report *report, struct alv_btf **ret_btf);
void alv_btf_free(struct alv_btf *btf); /* NULL is fine */

static inline void alv_btf_cleanup(struct alv_btf **btf)
{
	alv_btf_free(*btf);
}

static inline u32 alv_btf_kind(const struct btf_type *type)
{
	return BTF_INFO_KIND(type->info);
}

static inline u32 alv_btf_vlen(const struct btf_type *type)
{
	return BTF_INFO_VLEN(type->info);
}

static inline bool alv_btf_kflag(const struct btf_type *type)
{
	return BTF_INFO_KFLAG(type->info);
}

static inline bool alv_btf_is(const struct btf_type *type, u32 kind)
{
	return alv_btf_kind(type) == kind;
}

bool alv_btf_is_composite(const struct btf_type *type); /* struct or union */
bool alv_btf_is_modifier(const struct btf_type *type);	/* typedef, const, type tag ... */

/* Number of ids, those of the base included: valid ids are below it. */
u32 alv_btf_end(const struct alv_btf *btf);
/* NULL: no such id. Void is a type of kind 0. */
const struct btf_type *alv_btf_type(const struct alv_btf *btf, u32 id);
/* NULL: no string begins there. */
const char *alv_btf_string(const struct alv_btf *btf, u32 offset);
/* The type's name for people: "(anon)" when it has none. */
const char *alv_btf_name(const struct alv_btf *btf, const struct btf_type *type);

/* What is behind typedefs, qualifiers and type tags, and its id. NULL: nothing sound. */
const struct btf_type *alv_btf_skip_modifiers(const struct alv_btf *btf, u32 id,
					      u32 *ret_id);
/*
 * The type that gives *id its size: itself, or what is behind modifiers. *id
 * becomes its id. NULL: it has no size. ret_size may be NULL.
 */
const struct btf_type *alv_btf_sized(const struct alv_btf *btf, u32 *id, u32 *ret_size);
/* The first type of this name and kind, the base's first. -ENOENT, -ENOMEM. */
int alv_btf_find(const struct alv_btf *btf, const char *name, u32 kind, u32 *ret_id);

/* Members of a struct or union, variables of a section, parameters of a prototype. */
static inline const struct btf_member *alv_btf_members(const struct btf_type *type)
{
	return (const struct btf_member *)(type + 1);
}

static inline const struct btf_var_secinfo *alv_btf_vars(const struct btf_type *type)
{
	return (const struct btf_var_secinfo *)(type + 1);
}

static inline const struct btf_param *alv_btf_params(const struct btf_type *type)
{
	return (const struct btf_param *)(type + 1);
}

static inline const struct btf_array *alv_btf_array(const struct btf_type *type)
{
	return (const struct btf_array *)(type + 1);
}

static inline u32 alv_btf_int(const struct btf_type *type)
{
	return *(const u32 *)(type + 1);
}

/* Where a member begins, in bits, and how many bits a bit-field has (else 0). */
static inline u32 alv_btf_bit_offset(const struct btf_type *type,
				     const struct btf_member *member)
{
	return alv_btf_kflag(type) ? BTF_MEMBER_BIT_OFFSET(member->offset)
				   : member->offset;
}

static inline u32 alv_btf_bit_size(const struct btf_type *type,
				   const struct btf_member *member)
{
	return alv_btf_kflag(type) ? BTF_MEMBER_BITFIELD_SIZE(member->offset) : 0;
}

#endif

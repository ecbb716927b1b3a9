/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a register, or of a register's value that was spilled to the stack:
 * a type, and a number. The number is a scalar's value, or a pointer's variable part,
 * to which `off` adds a constant.
 */
#ifndef ALV_VERIFIER_REG_H
#define ALV_VERIFIER_REG_H

#include "abi/uapi.h"
#include "domain/scalar.h"
#include "helper/type.h"

#define ALV_N_REGS 11
#define ALV_REG_SIZE 8
/* In an id: this scalar is another one of the same id plus its `off`, 64 or 32 bits wide. */
#define ALV_ID_ADDED64 (1u << 31)
#define ALV_ID_ADDED32 (1u << 30)
#define ALV_ID_ADDED   (ALV_ID_ADDED64 | ALV_ID_ADDED32)
/* Ranges of packet pointers known to lie at, or behind, the packet's end. */
#define ALV_AT_PACKET_END     (-1)
#define ALV_BEYOND_PACKET_END (-2)

struct alv_btf;
struct alv_checked_map;

struct alv_reg {
	struct alv_type type;
	s32 off;
	const struct alv_checked_map *map; /* maps, their keys and values */
	u32 map_uid;  /* which lookup of an outer map it came from */
	s32 range;    /* packets: bytes that may be accessed */
	u32 mem_size; /* memory: its bytes */
	u32 subprog;  /* functions */
	const struct alv_btf *btf; /* pointers to structs: whose types */
	u32 btf_id;
	u32 dynptr_id; /* memory: the dynptr that it is a slice of; 0: none */
	u8 dynptr;     /* dynptrs: enum alv_dynptr_kind */
	bool dynptr_first; /* dynptrs: the half at the lower address */
	struct alv_scalar val;
	u32 id;    /* shared by values that are related; 0: none */
	u32 ref;   /* the reference it stands for; 0: none */
	u32 frame; /* stack pointers: whose stack */
	bool precise;
};

static inline bool alv_reg_is(const struct alv_reg *reg, enum alv_reg_base base)
{
	return reg->type.base == base && !reg->type.flags;
}

static inline bool alv_reg_is_scalar(const struct alv_reg *reg)
{
	return alv_reg_is(reg, ALV_REG_SCALAR);
}

static inline bool alv_reg_maybe_null(const struct alv_reg *reg)
{
	return reg->type.flags & ALV_MAYBE_NULL;
}

static inline bool alv_type_equal(struct alv_type a, struct alv_type b)
{
	return a.base == b.base && a.flags == b.flags;
}

static inline bool alv_reg_is_packet(const struct alv_reg *reg)
{
	return alv_reg_is(reg, ALV_REG_PACKET) || alv_reg_is(reg, ALV_REG_PACKET_META);
}

/* A packet pointer, or where the packet ends. */
static inline bool alv_reg_is_packet_any(const struct alv_reg *reg)
{
	return alv_reg_is_packet(reg) || alv_reg_is(reg, ALV_REG_PACKET_END);
}

/* Is it a scalar that is known to be zero? */
static inline bool alv_reg_is_null(const struct alv_reg *reg)
{
	return alv_reg_is_scalar(reg) && alv_scalar_is_const(&reg->val) && !reg->val.bits.value;
}

static inline bool alv_reg_is_const(const struct alv_reg *reg)
{
	return alv_reg_is_scalar(reg) && alv_scalar_is_const(&reg->val);
}

/* A number with this value; nothing else is known of it. */
void alv_reg_set_const(struct alv_reg *reg, u64 value);
/* A pointer of this type with nothing added. */
void alv_reg_set_pointer(struct alv_reg *reg, enum alv_reg_base base, u32 flags);
/* Any number. */
void alv_reg_set_unknown(struct alv_reg *reg, bool precise);
void alv_reg_set_uninit(struct alv_reg *reg, bool precise);
/* How many bits may be set: the index of the highest one, plus 1. */
u32 alv_reg_width(const struct alv_reg *reg);
/* It is no longer related to other scalars. */
void alv_reg_forget_id(struct alv_reg *reg);
/* A pointer that turned out not to be NULL. */
void alv_reg_set_not_null(struct alv_reg *reg);
/* Pointers of this type are known not to be NULL. */
bool alv_reg_is_not_null(const struct alv_reg *reg);
/* May it be spilled and filled without loss? */
bool alv_reg_is_spillable(const struct alv_reg *reg);
/* Socket types. */
bool alv_reg_is_sock(const struct alv_reg *reg);
/* Type, offset and what belongs to the type are the same. */
bool alv_reg_same_target(const struct alv_reg *a, const struct alv_reg *b);
/* And the numbers: all but ids. */
bool alv_reg_same_value(const struct alv_reg *a, const struct alv_reg *b);

#endif

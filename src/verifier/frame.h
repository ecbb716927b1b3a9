/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame: the registers and the stack of one function of the call chain. The stack
 * is slots of 8 bytes, slot 0 right below the frame pointer; byte 7 of a slot is the
 * one with the lowest address.
 */
#ifndef ALV_VERIFIER_FRAME_H
#define ALV_VERIFIER_FRAME_H

#include "program/type.h"
#include "verifier/reg.h"

#define ALV_STACK_SIZE 512
#define ALV_MAX_SLOTS  (ALV_STACK_SIZE / ALV_REG_SIZE)
#define ALV_MAX_FRAMES 8
/* callsite of a frame that nobody called. */
#define ALV_NO_CALLER UINT32_MAX

/* What a byte of the stack holds; the letters are those of reports. */
#define ALV_STACK_BYTES(X)                                                                         \
	X(INVALID, '?') /* nothing yet */                                                          \
	X(SPILL, 'r')   /* a part of a register's value */                                         \
	X(MISC, 'm')    /* something */                                                            \
	X(ZERO, '0')    /* zero */                                                                 \
	X(DYNPTR, 'd')  /* a part of a dynptr */                                                   \
	X(ITER, 'i')    /* a part of an iterator */

enum alv_stack_byte {
#define X(NAME, letter) ALV_STACK_##NAME,
	ALV_STACK_BYTES(X)
#undef X
};

struct alv_slot {
	struct alv_reg spilled;
	u8 bytes[ALV_REG_SIZE]; /* enum alv_stack_byte */
};

struct alv_frame {
	struct alv_reg regs[ALV_N_REGS];
	u32 callsite;
	u32 number;
	u32 subprog;
	u32 async_entries;
	u32 callback_depth; /* how often the next callback ran */
	bool in_callback;
	bool in_async_callback;
	bool in_exception_callback;
	struct alv_ret_range returns; /* callbacks */
	u32 n_slots;
	struct alv_slot *slots;
};

void alv_frame_init(struct alv_frame *frame, u32 callsite, u32 number, u32 subprog, bool precise);
void alv_frame_fini(struct alv_frame *frame);
/* dst is initialised (perhaps empty). -ENOMEM. */
int alv_frame_copy(struct alv_frame *dst, const struct alv_frame *src);
/* Make the stack reach down to `depth` bytes below the frame pointer. -ENOMEM. */
int alv_frame_grow(struct alv_frame *frame, u32 depth);

static inline bool alv_slot_is_spill(const struct alv_slot *slot)
{
	return slot->bytes[ALV_REG_SIZE - 1] == ALV_STACK_SPILL;
}

/* What it holds is known by more than its bytes. */
static inline bool alv_slot_is_special(const struct alv_slot *slot)
{
	u8 byte = slot->bytes[ALV_REG_SIZE - 1];

	return byte == ALV_STACK_SPILL || byte == ALV_STACK_DYNPTR || byte == ALV_STACK_ITER;
}

static inline bool alv_slot_is_scalar(const struct alv_slot *slot)
{
	return alv_slot_is_spill(slot) && alv_reg_is_scalar(&slot->spilled);
}

static inline bool alv_slot_is_scalar64(const struct alv_slot *slot)
{
	return slot->bytes[0] == ALV_STACK_SPILL && alv_reg_is_scalar(&slot->spilled);
}

#endif

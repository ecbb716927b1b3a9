/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack: bounds, spills and fills, and what was never written. Offsets are those
 * of the pointer, negative below the frame pointer: byte `off` is byte 7 - (-off - 1)
 * % 8 of slot (-off - 1) / 8.
 */
#include <string.h>

#include "verifier/call.h"
#include "verifier/dynptr.h"
#include "verifier/live.h"
#include "verifier/print.h"
#include "verifier/speculate.h"

static u32 slot_of(s32 off)
{
	return (u32)(-off - 1) / ALV_REG_SIZE;
}

/* The byte of the stack at an offset, in the order in which slots keep them. */
static u8 *byte_at(struct alv_frame *frame, s32 off)
{
	u32 at = (u32)(-off - 1);

	return &frame->slots[at / ALV_REG_SIZE].bytes[at % ALV_REG_SIZE];
}

/* Whatever a byte had of a register is gone; if it was written it stays written. */
static void scrub_byte(u8 *byte)
{
	if (*byte != ALV_STACK_INVALID)
		*byte = ALV_STACK_MISC;
}

/*
 * Spills and fills around calls that are inlined may be dropped later, unless the same
 * stack is used for something else.
 */
static void check_fastcall_stack(struct alv_env *env, u32 subprog, s32 off)
{
	struct alv_subprog *s = &env->cfg.subprogs[subprog];

	if (s->fastcall_stack_off <= off || alv_env_marked(env, env->insn, ALV_MARK_FASTCALL))
		return;
	s->fastcall_stack_off = INT16_MIN;
	for (u32 i = s[0].start; i < s[1].start; i++) {
		env->cfg.facts[i].spills = 0;
		env->cfg.facts[i].marks &= (u8)~ALV_MARK_FASTCALL;
	}
}

static void note_depth(struct alv_env *env, const struct alv_frame *frame, u32 depth)
{
	struct alv_function *function = &env->functions[frame->subprog];

	depth = alv_round_up(depth, 8);
	if (function->stack_depth < depth)
		function->stack_depth = depth;
}

static int refuse_bounds(struct alv_env *env, u32 number, s32 off, s32 size, const char *what)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	char text[64];

	if (alv_scalar_is_const(&reg->val)) {
		alv_say(env, STACK_BOUNDS, what, number, off, size);
	} else {
		alv_tnum_print(text, sizeof(text), reg->val.bits);
		alv_say(env, STACK_BOUNDS_VARIABLE, what, number, text, off, size);
	}
	return -EACCES;
}

int alv_check_stack_bounds(struct alv_env *env, u32 number, s32 off, s32 size,
			   enum alv_access kind)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	const char *what = kind == ALV_ACCESS_READ ? " read from" : " write to";
	s64 low, high, deepest = -(s64)ALV_STACK_SIZE;
	int err;

	if (alv_scalar_is_const(&reg->val)) {
		low = (s64)reg->val.bits.value + off;
		high = low + size;
	} else {
		if (reg->val.smax >= ALV_MAX_OFFSET || reg->val.smin <= -ALV_MAX_OFFSET) {
			alv_say(env, STACK_UNBOUNDED, what, number);
			return -EACCES;
		}
		low = reg->val.smin + off;
		high = reg->val.smax + off + size;
	}
	if (kind == ALV_ACCESS_READ && !env->may_read_uninit)
		deepest = -(s64)(frame->n_slots * ALV_REG_SIZE);
	if (low < deepest || low > -1)
		return refuse_bounds(env, number, off, size, what);
	if (high > 0) {
		refuse_bounds(env, number, off, size, what);
		return -EINVAL;
	}
	if (size < 0) {
		refuse_bounds(env, number, off, size, what);
		return -EFAULT;
	}
	err = alv_frame_grow(frame, (u32)-low);
	if (!err)
		note_depth(env, frame, (u32)-low);
	return err;
}

/* ---- writes ---- */

static void save(struct alv_frame *frame, u32 slot, const struct alv_reg *reg, u32 size)
{
	struct alv_slot *s = &frame->slots[slot];
	u32 i;

	s->spilled = *reg;
	for (i = ALV_REG_SIZE; i > ALV_REG_SIZE - size; i--)
		s->bytes[i - 1] = ALV_STACK_SPILL;
	/* Above a narrow spill: zeroes stay zeroes, the rest is something. */
	for (; i; i--)
		if (s->bytes[i - 1] != ALV_STACK_ZERO && s->bytes[i - 1] != ALV_STACK_INVALID)
			s->bytes[i - 1] = ALV_STACK_MISC;
}

static bool stores_zero(const struct alv_env *env, s32 value)
{
	const struct bpf_insn *insn = &env->insns[env->insn];

	if (value >= 0)
		return alv_reg_is_null(alv_env_reg(env, (u32)value));
	return BPF_CLASS(insn->code) == BPF_ST && BPF_MODE(insn->code) == BPF_MEM && !insn->imm;
}

static bool is_store_imm(const struct alv_env *env)
{
	const struct bpf_insn *insn = &env->insns[env->insn];

	return BPF_CLASS(insn->code) == BPF_ST && BPF_MODE(insn->code) == BPF_MEM;
}

static int save_number(struct alv_env *env, struct alv_frame *frame, u32 slot, struct alv_reg *reg,
		       u32 size)
{
	bool fits = alv_reg_width(reg) <= 8 * size;

	if (fits)
		alv_env_relate(env, reg);
	save(frame, slot, reg, size);
	if (!fits)
		frame->slots[slot].spilled.id = 0;
	return 0;
}

static int save_pointer(struct alv_env *env, struct alv_frame *frame, u32 slot,
			const struct alv_reg *reg, u32 size)
{
	if (size != ALV_REG_SIZE) {
		alv_print_source(env, env->insn);
		alv_say(env, SPILL_SIZE);
		return -EACCES;
	}
	if (frame != alv_env_frame(env) && alv_reg_is(reg, ALV_REG_STACK)) {
		alv_say(env, SPILL_TO_CALLER);
		return -EINVAL;
	}
	save(frame, slot, reg, size);
	return 0;
}

static void scrub_slot(struct alv_slot *slot)
{
	bool special = alv_slot_is_special(slot);

	slot->spilled.type = (struct alv_type){};
	for (u32 i = 0; special && i < ALV_REG_SIZE; i++)
		scrub_byte(&slot->bytes[i]);
}

static int write_bytes(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size, s32 value)
{
	enum alv_stack_byte byte = ALV_STACK_MISC;

	scrub_slot(&frame->slots[slot_of(off)]);
	if (stores_zero(env, value)) {
		int err = value >= 0 ? alv_mark_precise(env, (u32)value) : 0;

		if (err)
			return err;
		byte = ALV_STACK_ZERO;
	}
	for (u32 i = 0; i < size; i++)
		*byte_at(frame, off + (s32)i) = (u8)byte;
	return 0;
}

static int write_fixed(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size, s32 value)
{
	u32 slot = slot_of(off);
	const struct alv_slot *old = &frame->slots[slot];
	struct alv_reg *reg = value >= 0 ? alv_env_reg(env, (u32)value) : NULL;
	struct alv_step note = {
		.touches_stack = true,
		.frame = (u8)frame->number,
		.slot = (u8)slot,
	};
	bool aligned = !(off % ALV_REG_SIZE);
	int err;

	if (!env->may_leak && alv_slot_is_spill(old) && !alv_slot_is_scalar(old) &&
	    size != ALV_REG_SIZE) {
		alv_say(env, STACK_CORRUPT);
		return -EACCES;
	}
	alv_speculate_store(env, old->bytes, (u32)(-off - 1), size, reg);
	err = alv_dynptr_overwrite(env, frame, slot);
	if (err)
		return err;
	check_fastcall_stack(env, frame->subprog, off);
	alv_env_touch_slot(env, slot);
	if (size == ALV_REG_SIZE)
		alv_live_write(env, frame->number, 1ull << slot);
	if (reg && aligned && alv_reg_is_scalar(reg) && env->capable) {
		err = save_number(env, frame, slot, reg, size);
	} else if (!reg && aligned && is_store_imm(env) && env->capable) {
		env->immediate[0] = (struct alv_reg){};
		alv_reg_set_const(&env->immediate[0], (u64)(s64)env->insns[env->insn].imm);
		save(frame, slot, &env->immediate[0], size);
		err = 0;
	} else if (reg && alv_reg_is_spillable(reg)) {
		err = save_pointer(env, frame, slot, reg, size);
	} else {
		return write_bytes(env, frame, off, size, value);
	}
	return err ? err : alv_env_note_step(env, &note);
}

/* One byte of those that may be written. */
static int write_maybe(struct alv_env *env, struct alv_frame *frame, s32 off, bool zero,
		       bool *zero_used)
{
	struct alv_slot *slot = &frame->slots[slot_of(off)];
	u8 *byte = byte_at(frame, off);
	enum alv_stack_byte now = ALV_STACK_MISC;

	alv_env_touch_slot(env, slot_of(off));
	if (!env->may_leak && *byte != ALV_STACK_MISC && *byte != ALV_STACK_ZERO) {
		alv_say(env, STACK_VARIABLE_SPILLED, env->insn, off);
		return -EINVAL;
	}
	if (zero && *byte == ALV_STACK_SPILL && alv_slot_is_scalar(slot) &&
	    alv_reg_is_null(&slot->spilled)) {
		*zero_used = true;
		return 0;
	}
	scrub_slot(slot);
	if (zero && *byte == ALV_STACK_ZERO) {
		now = ALV_STACK_ZERO;
		*zero_used = true;
	}
	if (*byte == ALV_STACK_INVALID && !env->may_read_uninit) {
		alv_say(env, STACK_VARIABLE_UNINIT, env->insn, off);
		return -EINVAL;
	}
	*byte = (u8)now;
	return 0;
}

static int write_variable(struct alv_env *env, struct alv_frame *frame, const struct alv_reg *ptr,
			  s32 off, u32 size, s32 value)
{
	s32 low = (s32)ptr->val.smin + off, high = (s32)ptr->val.smax + off + (s32)size;
	bool zero = stores_zero(env, value), zero_used = false;

	for (s32 i = low; i < high; i++) {
		int err = alv_dynptr_overwrite(env, frame, slot_of(i));

		if (err)
			return err;
	}
	check_fastcall_stack(env, frame->subprog, low);
	for (s32 i = low; i < high; i++) {
		int err = write_maybe(env, frame, i, zero, &zero_used);

		if (err)
			return err;
	}
	return zero_used && value >= 0 ? alv_mark_precise(env, (u32)value) : 0;
}

int alv_check_stack_write(struct alv_env *env, u32 number, s32 off, u32 size, s32 value)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct alv_frame *frame = alv_env_frame_of(env, reg);

	if (alv_scalar_is_const(&reg->val))
		return write_fixed(env, frame, off + (s32)reg->val.bits.value, size, value);
	return write_variable(env, frame, reg, off, size, value);
}

/* ---- reads ---- */

/* A number made of bytes: zero if all are. */
static void load_bytes(struct alv_env *env, struct alv_frame *frame, s32 low, s32 high, s32 value)
{
	struct alv_reg *reg = alv_env_reg(env, (u32)value);
	s32 i;

	for (i = low; i < high; i++) {
		alv_env_touch_slot(env, slot_of(i));
		if (*byte_at(frame, i) != ALV_STACK_ZERO)
			break;
	}
	if (i < high) {
		alv_env_set_unknown(env, reg);
	} else {
		alv_env_set_unknown(env, reg);
		alv_reg_set_const(reg, 0);
		/* All scalars are precise where nobody tracks precision. */
		reg->precise = !env->capable;
	}
}

/* Are the bytes initialised? Counts zeroes, and those of a spilled register. */
static int check_bytes(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size,
		       bool spill_ok, u32 *ret_zeroes, u32 *ret_spilled)
{
	*ret_zeroes = 0;
	*ret_spilled = 0;
	for (u32 i = 0; i < size; i++) {
		switch (*byte_at(frame, off + (s32)i)) {
		case ALV_STACK_SPILL:
			*ret_spilled += 1;
			if (spill_ok)
				continue;
			break;
		case ALV_STACK_ZERO:
			*ret_zeroes += 1;
			continue;
		case ALV_STACK_MISC:
			continue;
		case ALV_STACK_INVALID:
			if (env->may_read_uninit)
				continue;
			break;
		default:
			break;
		}
		alv_say(env, STACK_UNINIT, off, i, size);
		return -EACCES;
	}
	return 0;
}

/* A part of a spilled number, or a number and more. *ret_whole: it is still the number. */
static int fill_part(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size, s32 value,
		     u32 spilled, bool *ret_whole)
{
	struct alv_reg *saved = &frame->slots[slot_of(off)].spilled;
	struct alv_reg *reg = alv_env_reg(env, (u32)value);
	u32 zeroes, from_spill;
	int err;

	*ret_whole = true;
	if (size <= spilled && !(off % ALV_REG_SIZE)) {
		*reg = *saved;
		if (alv_reg_width(saved) > size * 8)
			alv_reg_forget_id(reg);
		return 0;
	}
	err = check_bytes(env, frame, off, size, true, &zeroes, &from_spill);
	if (err)
		return err;
	*ret_whole = from_spill == size && alv_reg_is_null(saved);
	alv_env_set_unknown(env, reg);
	if (*ret_whole || zeroes == size)
		alv_reg_set_const(reg, 0);
	return 0;
}

static int fill(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size, s32 value,
		bool *ret_whole)
{
	struct alv_slot *slot = &frame->slots[slot_of(off)];
	struct alv_reg *saved = &slot->spilled;
	u32 spilled = 1;

	*ret_whole = true;
	while (spilled < ALV_REG_SIZE && slot->bytes[ALV_REG_SIZE - 1 - spilled] == ALV_STACK_SPILL)
		spilled++;
	if (size != ALV_REG_SIZE || spilled != ALV_REG_SIZE) {
		if (!alv_reg_is_scalar(saved)) {
			alv_print_source(env, env->insn);
			alv_say(env, FILL_SIZE);
			return -EACCES;
		}
		*ret_whole = value >= 0;
		return value < 0 ? 0
				 : fill_part(env, frame, off, size, value, spilled, ret_whole);
	}
	if (value >= 0) {
		*alv_env_reg(env, (u32)value) = *saved;
	} else if (alv_env_is_pointer(env, saved)) {
		alv_say(env, STACK_LEAK, off);
		return -EACCES;
	}
	return 0;
}

static int read_fixed(struct alv_env *env, struct alv_frame *frame, s32 off, u32 size, s32 value)
{
	u32 slot = slot_of(off), zeroes, spilled;
	struct alv_step note = {
		.touches_stack = true,
		.frame = (u8)frame->number,
		.slot = (u8)slot,
	};
	bool whole;
	int err;

	alv_env_touch_slot(env, slot);
	check_fastcall_stack(env, alv_env_frame(env)->subprog, off);
	err = alv_live_read(env, frame->number, 1ull << slot);
	if (err)
		return err;
	if (alv_slot_is_spill(&frame->slots[slot])) {
		err = fill(env, frame, off, size, value, &whole);
		if (err || !whole)
			return err;
		return alv_env_note_step(env, &note);
	}
	err = check_bytes(env, frame, off, size, false, &zeroes, &spilled);
	if (!err && value >= 0)
		load_bytes(env, frame, off, off + (s32)size, value);
	return err;
}

int alv_check_stack_read(struct alv_env *env, u32 number, s32 off, u32 size, s32 value)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	s32 low, high;
	char text[64];
	int err;

	if (alv_scalar_is_const(&reg->val))
		return read_fixed(env, frame, off + (s32)reg->val.bits.value, size, value);
	if (value < 0) {
		alv_tnum_print(text, sizeof(text), reg->val.bits);
		alv_say(env, STACK_VARIABLE_HELPER, text, off, size);
		return -EACCES;
	}
	err = alv_check_stack_range(env, number, off, (s32)size, false, ALV_ACCESS_READ, NULL);
	if (err)
		return err;
	low = (s32)reg->val.smin + off;
	high = (s32)reg->val.smax + off + (s32)size;
	load_bytes(env, frame, low, high, value);
	check_fastcall_stack(env, frame->subprog, low);
	return 0;
}

/* ---- ranges that helpers are given ---- */

/* One byte that may be read, and clobbered by a helper. */
static bool check_range_byte(struct alv_env *env, struct alv_frame *frame, s32 off, bool clobber)
{
	struct alv_slot *slot = &frame->slots[slot_of(off)];
	u8 *byte = byte_at(frame, off);

	if (*byte == ALV_STACK_MISC)
		return true;
	if (*byte == ALV_STACK_ZERO || (*byte == ALV_STACK_INVALID && env->may_read_uninit)) {
		if (clobber)
			*byte = ALV_STACK_MISC;
		return true;
	}
	if (!alv_slot_is_spill(slot) || (!alv_reg_is_scalar(&slot->spilled) && !env->may_leak))
		return false;
	if (clobber) {
		alv_env_set_unknown(env, &slot->spilled);
		for (u32 i = 0; i < ALV_REG_SIZE; i++)
			scrub_byte(&slot->bytes[i]);
	}
	return true;
}

static int refuse_range(struct alv_env *env, u32 number, s32 low, s32 at, s32 size)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	char text[64];

	if (alv_scalar_is_const(&reg->val)) {
		alv_say(env, STACK_UNINIT_ARG, number, low, at - low, size);
	} else {
		alv_tnum_print(text, sizeof(text), reg->val.bits);
		alv_say(env, STACK_UNINIT_VARIABLE, number, text, at - low, size);
	}
	return -EACCES;
}

/* What a helper fills may not hold the dynptr that it is given beside it. */
static int check_no_dynptr(struct alv_env *env, struct alv_frame *frame, s32 low, s32 end)
{
	for (s32 i = low; i < end; i++) {
		if (slot_of(i) >= frame->n_slots || *byte_at(frame, i) != ALV_STACK_DYNPTR)
			continue;
		alv_say(env, DYNPTR_WRITE, i);
		return -EACCES;
	}
	return 0;
}

int alv_check_stack_range(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok,
			  enum alv_access kind, struct alv_raw_memory *raw)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	struct alv_frame *frame = alv_env_frame_of(env, reg);
	s32 low, high;
	char text[64];
	int err;

	if (!size && !zero_ok) {
		alv_say(env, ZERO_READ);
		return -EACCES;
	}
	err = alv_check_stack_bounds(env, number, off, size, kind);
	if (err)
		return err;
	if (alv_scalar_is_const(&reg->val)) {
		low = high = (s32)reg->val.bits.value + off;
	} else {
		if (!env->bypass_v1) {
			alv_tnum_print(text, sizeof(text), reg->val.bits);
			alv_say(env, STACK_VARIABLE_UNPRIV, number, "", text);
			return -EACCES;
		}
		low = (s32)reg->val.smin + off;
		high = (s32)reg->val.smax + off;
		raw = NULL;
	}
	if (raw && raw->uninit) {
		err = check_no_dynptr(env, frame, low, high + size);
		if (err)
			return err;
		raw->size = (u32)size;
		raw->number = number;
		return 0;
	}
	for (s32 i = low; i < high + size; i++) {
		if (!check_range_byte(env, frame, i, kind == ALV_ACCESS_WRITE))
			return refuse_range(env, number, low, i, size);
		err = alv_live_read(env, frame->number, 1ull << slot_of(i));
		if (err)
			return err;
	}
	return 0;
}

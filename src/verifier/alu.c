/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic: on numbers, and on pointers as far as they stay pointers. */
#include "verifier/env.h"
#include "verifier/print.h"
#include "verifier/speculate.h"

static const char *const operators[16] = {
	[BPF_ADD >> 4] = "+=",   [BPF_SUB >> 4] = "-=",  [BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",   [BPF_OR >> 4] = "|=",   [BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=",  [BPF_RSH >> 4] = ">>=", [BPF_NEG >> 4] = "neg",
	[BPF_MOD >> 4] = "%=",   [BPF_XOR >> 4] = "^=",  [BPF_MOV >> 4] = "=",
	[BPF_ARSH >> 4] = "s>>=", [BPF_END >> 4] = "endian",
};

static const char *operator_of(const struct bpf_insn *insn)
{
	const char *text = operators[BPF_OP(insn->code) >> 4];

	return text ? text : "";
}

static bool is_wide(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_ALU64;
}

static bool is_sane_offset(struct alv_env *env, const struct alv_reg *reg, struct alv_type type)
{
	char text[ALV_TYPE_TEXT];
	s64 value = (s64)reg->val.bits.value, min = reg->val.smin;

	alv_type_text(text, type);
	if (alv_scalar_is_const(&reg->val) &&
	    (value >= ALV_MAX_OFFSET || value <= -ALV_MAX_OFFSET)) {
		alv_say(env, OFFSET_CONST, text, (long long)value);
		return false;
	}
	if (reg->off >= ALV_MAX_OFFSET || reg->off <= -ALV_MAX_OFFSET) {
		alv_say(env, OFFSET_FIXED, text, reg->off);
		return false;
	}
	if (min == INT64_MIN) {
		alv_say(env, OFFSET_UNBOUNDED, text);
		return false;
	}
	if (min >= ALV_MAX_OFFSET || min <= -ALV_MAX_OFFSET) {
		alv_say(env, OFFSET_FAR, (long long)min, text);
		return false;
	}
	return true;
}

/* May something be added to a pointer of this type? */
static bool takes_offset(const struct alv_reg *pointer, const struct alv_reg *offset, u8 op)
{
	bool known = alv_scalar_is_const(&offset->val);

	switch (pointer->type.base) {
	case ALV_REG_CTX:
	case ALV_REG_MAP_VALUE:
	case ALV_REG_MAP_KEY:
	case ALV_REG_STACK:
	case ALV_REG_PACKET_META:
	case ALV_REG_PACKET:
	case ALV_REG_TP_BUFFER:
	case ALV_REG_BTF_ID:
	case ALV_REG_MEM:
	case ALV_REG_BUF:
	case ALV_REG_FUNC:
	case ALV_REG_DYNPTR:
		return true;
	case ALV_REG_FLOW_KEYS:
		if (known)
			return true;
		break;
	case ALV_REG_MAP:
		break;
	default:
		return false;
	}
	return known && !offset->val.smin && op == BPF_ADD;
}

static bool overflows_s64_add(s64 a, s64 b, s64 *sum)
{
	return __builtin_add_overflow(a, b, sum);
}

/* A packet pointer that moved by an unknown number is another pointer. */
static void renew_packet(struct alv_env *env, struct alv_reg *dst, bool forget_range)
{
	if (!alv_reg_is_packet(dst))
		return;
	dst->id = alv_env_new_id(env);
	if (forget_range)
		dst->range = 0;
}

static void add_variable(struct alv_env *env, struct alv_reg *dst, const struct alv_reg *pointer,
			 const struct alv_scalar *n)
{
	const struct alv_scalar *p = &pointer->val;
	struct alv_scalar *d = &dst->val;
	s64 smin, smax;
	u64 umin, umax;

	if (overflows_s64_add(p->smin, n->smin, &smin) ||
	    overflows_s64_add(p->smax, n->smax, &smax)) {
		smin = INT64_MIN;
		smax = INT64_MAX;
	}
	if (__builtin_add_overflow(p->umin, n->umin, &umin) ||
	    __builtin_add_overflow(p->umax, n->umax, &umax)) {
		umin = 0;
		umax = UINT64_MAX;
	}
	d->bits = alv_tnum_add(p->bits, n->bits);
	d->smin = smin;
	d->smax = smax;
	d->umin = umin;
	d->umax = umax;
	renew_packet(env, dst, true);
}

static void sub_variable(struct alv_env *env, struct alv_reg *dst, const struct alv_reg *pointer,
			 const struct alv_scalar *n)
{
	const struct alv_scalar p = pointer->val;
	struct alv_scalar *d = &dst->val;

	if (__builtin_sub_overflow(p.smin, n->smax, &d->smin) ||
	    __builtin_sub_overflow(p.smax, n->smin, &d->smax)) {
		d->smin = INT64_MIN;
		d->smax = INT64_MAX;
	}
	if (p.umin < n->umax) {
		d->umin = 0;
		d->umax = UINT64_MAX;
	} else {
		d->umin = p.umin - n->umax;
		d->umax = p.umax - n->umin;
	}
	d->bits = alv_tnum_sub(p.bits, n->bits);
	renew_packet(env, dst, n->smin < 0);
}

static int move_pointer(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst,
			const struct alv_reg *pointer, const struct alv_reg *offset, bool in_place)
{
	const struct alv_scalar *n = &offset->val;
	bool subtract = BPF_OP(insn->code) == BPF_SUB;
	u32 number = insn->dst_reg;
	s64 moved;

	if (subtract && !in_place) {
		alv_say(env, SUB_POINTER, number);
		return -EACCES;
	}
	if (subtract && alv_reg_is(pointer, ALV_REG_STACK)) {
		alv_say(env, SUB_STACK, number);
		return -EACCES;
	}
	moved = subtract ? (s64)pointer->off - n->smin : (s64)pointer->off + n->smin;
	if (alv_scalar_is_const(n) && moved == (s32)moved)
		dst->off = (s32)moved;
	else if (subtract)
		sub_variable(env, dst, pointer, n);
	else
		add_variable(env, dst, pointer, n);
	return 0;
}

/* Unprivileged programs must not leave the object even for a moment. */
static int check_moved(struct alv_env *env, const struct alv_reg *dst, u32 number)
{
	s32 off = dst->off + (s32)dst->val.bits.value;
	char text[64];

	if (env->bypass_v1)
		return 0;
	if (alv_reg_is(dst, ALV_REG_STACK)) {
		if (!alv_scalar_is_const(&dst->val)) {
			alv_tnum_print(text, sizeof(text), dst->val.bits);
			alv_say(env, STACK_ARITHMETIC_VARIABLE, number, text, off);
			return -EACCES;
		}
		if (off >= 0 || off < -ALV_STACK_SIZE) {
			alv_say(env, STACK_ARITHMETIC_RANGE, number, off);
			return -EACCES;
		}
	} else if (alv_reg_is(dst, ALV_REG_MAP_VALUE) &&
		   alv_check_map_value(env, number, dst->off, 1, false, false)) {
		alv_say(env, VALUE_ARITHMETIC_RANGE, number);
		return -EACCES;
	}
	return 0;
}

static void unbound_low_half(struct alv_scalar *s)
{
	s->s32_min = INT32_MIN;
	s->s32_max = INT32_MAX;
	s->u32_min = 0;
	s->u32_max = UINT32_MAX;
}

static int refuse_operator(struct alv_env *env, const struct bpf_insn *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		alv_say(env, POINTER_BITWISE, insn->dst_reg, operator_of(insn));
		break;
	default:
		alv_say(env, POINTER_OPERATOR, insn->dst_reg, operator_of(insn));
	}
	return -EACCES;
}

/* dst = pointer op offset; both are copies, dst may have been either. */
static int pointer_alu(struct alv_env *env, const struct bpf_insn *insn,
		       const struct alv_reg *pointer, const struct alv_reg *offset, bool in_place)
{
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg);
	u8 op = BPF_OP(insn->code);
	u32 number = insn->dst_reg;
	struct alv_masking masking;
	char text[ALV_TYPE_TEXT];
	int err = 0;

	if (alv_scalar_flaw(&offset->val)) {
		alv_env_set_unknown(env, dst);
		return 0;
	}
	if (!is_wide(insn)) {
		if (op == BPF_SUB && env->may_leak) {
			alv_env_set_unknown(env, dst);
			return 0;
		}
		alv_say(env, POINTER_32BIT, number);
		return -EACCES;
	}
	alv_type_text(text, pointer->type);
	if (alv_reg_maybe_null(pointer)) {
		alv_say(env, POINTER_MAYBE_NULL, number, text);
		return -EACCES;
	}
	/* What is loaded through probes may be anywhere. */
	if (pointer->type.base == ALV_REG_MEM && (pointer->type.flags & ALV_UNTRUSTED)) {
		*dst = *pointer;
		return 0;
	}
	if (!takes_offset(pointer, offset, op)) {
		alv_say(env, POINTER_KIND, number, text);
		return -EACCES;
	}
	*dst = *pointer;
	if (!is_sane_offset(env, offset, pointer->type) ||
	    !is_sane_offset(env, pointer, pointer->type))
		return -EINVAL;
	unbound_low_half(&dst->val);
	err = alv_mask_pointer(env, insn, pointer, offset, in_place, &masking);
	if (err)
		return err;
	if (op != BPF_ADD && op != BPF_SUB)
		return refuse_operator(env, insn);
	err = move_pointer(env, insn, dst, pointer, offset, in_place);
	if (err)
		return err;
	if (!is_sane_offset(env, dst, pointer->type))
		return -EINVAL;
	alv_scalar_sync(&dst->val);
	err = check_moved(env, dst, number);
	return err ? err : alv_mask_moved(env, insn, dst, in_place, &masking);
}

/*
 * A number that is 0 or -1, and a constant combined with it: two paths know more than
 * one state can. The other one executes the instruction again, with 0.
 */
static int fork_mask(struct alv_env *env, struct alv_reg *dst)
{
	bool wide = dst->val.smin == -1 && !dst->val.smax;
	struct alv_state *other;
	struct alv_reg *there;
	int err;

	if (!wide && (dst->val.s32_min != -1 || dst->val.s32_max))
		return 0;
	err = alv_push(env, env->insn, (s32)env->insn, &other);
	if (err)
		return err;
	there = &alv_state_top(other)->regs[env->insns[env->insn].dst_reg];
	if (wide) {
		alv_reg_set_const(there, 0);
		alv_reg_set_const(dst, ~0ull);
	} else {
		alv_scalar_set32(&there->val, 0);
		alv_scalar_set32(&dst->val, UINT32_MAX);
	}
	return 0;
}

/*
 * A sum with a constant stays related to what was added to. 32 bits wide it must not
 * have lost anything: `before` is the largest that it was.
 */
static void relate_sum(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst,
		       const struct alv_reg *src, u64 before)
{
	bool wide = is_wide(insn), itself = BPF_SRC(insn->code) == BPF_X &&
					    insn->src_reg == insn->dst_reg;
	bool subtract = BPF_OP(insn->code) == BPF_SUB;
	bool known = wide ? alv_scalar_is_const(&src->val) : alv_scalar_is_const32(&src->val);
	s64 n = wide ? (s64)src->val.bits.value : (s32)src->val.bits.value;

	if (!env->capable || (BPF_OP(insn->code) != BPF_ADD && !subtract) || !dst->id || !known ||
	    itself || (dst->id & ALV_ID_ADDED) || n != (s32)n || (subtract && n == INT32_MIN) ||
	    (!wide && before > UINT32_MAX)) {
		alv_reg_forget_id(dst);
		return;
	}
	dst->id |= wide ? ALV_ID_ADDED64 : ALV_ID_ADDED32;
	dst->off = (s32)(subtract ? -n : n);
}

static int scalar_alu(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst,
		      const struct alv_reg *src)
{
	const struct alv_reg by = *src;
	u8 op = BPF_OP(insn->code);
	u64 before = dst->val.umax;
	int err = 0;

	if ((op == BPF_AND || op == BPF_OR) && alv_scalar_is_const(&by.val))
		err = fork_mask(env, dst);
	if (err)
		return err;
	if (!alv_scalar_is_computable(&by.val, op, is_wide(insn))) {
		alv_env_set_unknown(env, dst);
		return 0;
	}
	err = alv_mask_number(env, insn);
	if (err)
		return err;
	alv_scalar_alu(&dst->val, &by.val, op, is_wide(insn));
	relate_sum(env, insn, dst, &by, before);
	return 0;
}

static int binary_x(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg);
	struct alv_reg *src = alv_env_reg(env, insn->src_reg);
	bool dst_scalar = alv_reg_is_scalar(dst), src_scalar = alv_reg_is_scalar(src);
	struct alv_reg pointer, offset;
	int err = 0;

	if (!dst_scalar && !src_scalar) {
		if (BPF_OP(insn->code) == BPF_SUB && env->may_leak) {
			alv_env_set_unknown(env, dst);
			return 0;
		}
		alv_say(env, POINTER_AND_POINTER, insn->dst_reg, operator_of(insn));
		return -EACCES;
	}
	if (!src_scalar)
		err = alv_mark_precise(env, insn->dst_reg);
	else if (!dst_scalar || dst->precise)
		err = alv_mark_precise(env, insn->src_reg);
	if (err)
		return err;
	if (dst_scalar && src_scalar)
		return scalar_alu(env, insn, dst, src);
	pointer = src_scalar ? *dst : *src;
	offset = src_scalar ? *src : *dst;
	return pointer_alu(env, insn, &pointer, &offset, src_scalar);
}

static int binary_k(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg);
	struct alv_reg by = {}, pointer;

	alv_reg_set_const(&by, (u64)(s64)insn->imm);
	if (alv_reg_is_scalar(dst))
		return scalar_alu(env, insn, dst, &by);
	pointer = *dst;
	return pointer_alu(env, insn, &pointer, &by, true);
}

static int check_binary_fields(struct alv_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	bool x = BPF_SRC(insn->code) == BPF_X;

	if ((x ? insn->imm : insn->src_reg) || (insn->off != 0 && insn->off != 1) ||
	    (insn->off == 1 && op != BPF_MOD && op != BPF_DIV)) {
		alv_say(env, RESERVED_ALU);
		return -EINVAL;
	}
	return x ? alv_check_reads(env, insn->src_reg) : 0;
}

static int check_binary_constant(struct alv_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	if (BPF_SRC(insn->code) != BPF_K)
		return 0;
	if ((op == BPF_MOD || op == BPF_DIV) && !insn->imm) {
		alv_say(env, DIV_BY_ZERO);
		return -EINVAL;
	}
	if ((op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) &&
	    (insn->imm < 0 || insn->imm >= (is_wide(insn) ? 64 : 32))) {
		alv_say(env, BAD_SHIFT, insn->imm);
		return -EINVAL;
	}
	return 0;
}

static int step_binary(struct alv_env *env, const struct bpf_insn *insn)
{
	int err = check_binary_fields(env, insn);

	if (!err)
		err = alv_check_reads(env, insn->dst_reg);
	if (!err)
		err = check_binary_constant(env, insn);
	if (!err)
		err = alv_check_writes(env, insn->dst_reg);
	if (err)
		return err;
	return BPF_SRC(insn->code) == BPF_X ? binary_x(env, insn) : binary_k(env, insn);
}

/* BPF_NEG and BPF_END. */
static int step_unary(struct alv_env *env, const struct bpf_insn *insn)
{
	bool neg = BPF_OP(insn->code) == BPF_NEG;
	struct alv_reg *dst;
	int err;

	if (neg && (BPF_SRC(insn->code) != BPF_K || insn->src_reg || insn->off || insn->imm)) {
		alv_say(env, RESERVED_NEG);
		return -EINVAL;
	}
	if (!neg && (insn->src_reg || insn->off ||
		     (insn->imm != 16 && insn->imm != 32 && insn->imm != 64) ||
		     (is_wide(insn) && BPF_SRC(insn->code) != BPF_TO_LE))) {
		alv_say(env, RESERVED_END);
		return -EINVAL;
	}
	err = alv_check_reads(env, insn->dst_reg);
	if (err)
		return err;
	dst = alv_env_reg(env, insn->dst_reg);
	if (alv_env_is_pointer(env, dst)) {
		alv_say(env, POINTER_ARITHMETIC, insn->dst_reg);
		return -EACCES;
	}
	if (!alv_reg_is_scalar(dst))
		return alv_check_clobbers(env, insn->dst_reg);
	err = alv_check_writes(env, insn->dst_reg);
	if (err)
		return err;
	/* A number that is cut to all of itself stays what it was. */
	if (neg || is_wide(insn) || BPF_SRC(insn->code) == BPF_TO_BE || insn->imm < 64)
		alv_reg_forget_id(dst);
	if (neg)
		alv_scalar_alu(&dst->val, &dst->val, BPF_NEG, is_wide(insn));
	else
		alv_scalar_swap(&dst->val, (u8)insn->imm,
				is_wide(insn) || BPF_SRC(insn->code) == BPF_TO_BE);
	return 0;
}

static int check_move_fields(struct alv_env *env, const struct bpf_insn *insn)
{
	bool fits = !insn->off || insn->off == 8 || insn->off == 16;

	if (BPF_SRC(insn->code) != BPF_X) {
		fits = !insn->src_reg && !insn->off;
	} else if (!is_wide(insn)) {
		fits &= !insn->imm;
	} else if (insn->off == ALV_BPF_ADDR_SPACE_CAST) {
		if (insn->imm != 1 && insn->imm != 1 << 16) {
			alv_say(env, ARENA_CAST_SPACES);
			return -EINVAL;
		}
		alv_say(env, ARENA_CAST_NO_ARENA);
		return -EINVAL;
	} else {
		fits = (fits || insn->off == 32) && !insn->imm;
	}
	if (fits)
		return BPF_SRC(insn->code) == BPF_X ? alv_check_reads(env, insn->src_reg) : 0;
	alv_say(env, RESERVED_MOV);
	return -EINVAL;
}

/* A copy that keeps the value stays related. */
static void copy_scalar(struct alv_env *env, struct alv_reg *dst, struct alv_reg *src, bool keeps)
{
	if (keeps)
		alv_env_relate(env, src);
	*dst = *src;
	if (!keeps)
		alv_reg_forget_id(dst);
}

static int move_reg(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_reg *dst = alv_env_reg(env, insn->dst_reg);
	struct alv_reg *src = alv_env_reg(env, insn->src_reg);
	bool wide = is_wide(insn), extends = insn->off;
	bool keeps = extends ? src->val.umax < 1ull << (insn->off - 1) : alv_reg_width(src) <= 32;

	if (wide && !extends) {
		alv_env_relate(env, src);
		*dst = *src;
		return 0;
	}
	if (alv_env_is_pointer(env, src)) {
		if (wide)
			alv_say(env, SIGN_EXTEND_POINTER, insn->src_reg);
		else
			alv_say(env, COPY_PART_OF_POINTER, insn->src_reg);
		return -EACCES;
	}
	if (alv_reg_is_scalar(src))
		copy_scalar(env, dst, src, keeps);
	else
		alv_env_set_unknown(env, dst);
	if (extends && alv_reg_is_scalar(src))
		alv_scalar_sext(&dst->val, (u8)(insn->off >> 3), wide);
	if (!wide) {
		alv_scalar_zext32(&dst->val);
		alv_scalar_sync(&dst->val);
	}
	return 0;
}

static int step_move(struct alv_env *env, const struct bpf_insn *insn)
{
	int err = check_move_fields(env, insn);
	struct alv_reg *dst;

	if (!err)
		err = alv_check_writes(env, insn->dst_reg);
	if (err)
		return err;
	if (BPF_SRC(insn->code) == BPF_X)
		return move_reg(env, insn);
	dst = alv_env_reg(env, insn->dst_reg);
	alv_env_set_unknown(env, dst);
	alv_reg_set_const(dst, is_wide(insn) ? (u64)(s64)insn->imm : (u32)insn->imm);
	return 0;
}

int alv_step_alu(struct alv_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	int err;

	if (op > BPF_END) {
		alv_say(env, BAD_ALU_OPCODE, op);
		return -EINVAL;
	}
	if (op == BPF_END || op == BPF_NEG)
		err = step_unary(env, insn);
	else if (op == BPF_MOV)
		err = step_move(env, insn);
	else
		err = step_binary(env, insn);
	return err ? err : alv_check_bounds(env, alv_env_reg(env, insn->dst_reg), "alu");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditional jumps on concrete numbers, of any width that base/types.h gives words. */
#ifndef TEST_DOMAIN_JUMP_H
#define TEST_DOMAIN_JUMP_H

#include "base/types.h"
#include "isa/insn.h"

static inline bool jump_is_taken(u8 op, bool wide, u64 x, u64 y)
{
	s64 sx = wide ? (s64)x : (s64)(s32)(u32)x;
	s64 sy = wide ? (s64)y : (s64)(s32)(u32)y;

	x = wide ? x : (u64)(u32)x;
	y = wide ? y : (u64)(u32)y;
	switch (op) {
	case BPF_JEQ:
		return x == y;
	case BPF_JNE:
		return x != y;
	case BPF_JSET:
		return x & y;
	case BPF_JGT:
		return x > y;
	case BPF_JGE:
		return x >= y;
	case BPF_JLT:
		return x < y;
	case BPF_JLE:
		return x <= y;
	case BPF_JSGT:
		return sx > sy;
	case BPF_JSGE:
		return sx >= sy;
	case BPF_JSLT:
		return sx < sy;
	default:
		return sx <= sy;
	}
}

#endif

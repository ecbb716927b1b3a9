/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/atomic.h"

#include "base/atomic.h"
#include "isa/insn.h"

/* Where `reg` plus the instruction's offset points. */
static void *place(u64 reg, const struct bpf_insn *insn)
{
	return (void *)(uintptr_t)(reg + (u64)(s64)insn->off);
}

#define ORDERED(type)                                                                              \
	case ALV_BPF_LOAD_ACQ:                                                                     \
		regs[insn->dst_reg] = alv_load_acquire((type *)place(regs[insn->src_reg], insn));  \
		break;                                                                             \
	case ALV_BPF_STORE_REL:                                                                    \
		alv_store_release((type *)place(regs[insn->dst_reg], insn),                        \
				  (type)regs[insn->src_reg]);                                      \
		break;

#define ORDERED_ONLY(type)                                                                         \
	void alv_atomic_##type(u64 *regs, const struct bpf_insn *insn)                             \
	{                                                                                          \
		switch (insn->imm) {                                                               \
			ORDERED(type)                                                              \
		}                                                                                  \
	}

/* The operation, and the same with the old value in the source register. */
#define FETCHES(type, op, fn)                                                                      \
	case op:                                                                                   \
		__atomic_##fn((type *)place(regs[insn->dst_reg], insn),                            \
			      (type)regs[insn->src_reg], __ATOMIC_RELAXED);                        \
		break;                                                                             \
	case op | BPF_FETCH:                                                                       \
		regs[insn->src_reg] = __atomic_##fn((type *)place(regs[insn->dst_reg], insn),      \
						    (type)regs[insn->src_reg], __ATOMIC_SEQ_CST);  \
		break;

#define FULL(type)                                                                                 \
	void alv_atomic_##type(u64 *regs, const struct bpf_insn *insn)                             \
	{                                                                                          \
		type expected = (type)regs[BPF_REG_0];                                             \
                                                                                                   \
		switch (insn->imm) {                                                               \
			FETCHES(type, BPF_ADD, fetch_add)                                          \
			FETCHES(type, BPF_AND, fetch_and)                                          \
			FETCHES(type, BPF_OR, fetch_or)                                            \
			FETCHES(type, BPF_XOR, fetch_xor)                                          \
		case BPF_XCHG:                                                                     \
			regs[insn->src_reg] =                                                      \
				__atomic_exchange_n((type *)place(regs[insn->dst_reg], insn),      \
						    (type)regs[insn->src_reg], __ATOMIC_SEQ_CST);  \
			break;                                                                     \
		case BPF_CMPXCHG:                                                                  \
			/* R0 gets what was found, also where it was what it is. */                \
			__atomic_compare_exchange_n((type *)place(regs[insn->dst_reg], insn),      \
						    &expected, (type)regs[insn->src_reg], false,   \
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);           \
			regs[BPF_REG_0] = expected;                                                \
			break;                                                                     \
			ORDERED(type)                                                              \
		}                                                                                  \
	}

ORDERED_ONLY(u8)
ORDERED_ONLY(u16)
FULL(u32)
FULL(u64)

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter, instruction by instruction, and random straight-line programs
 * against the kernel where one can be asked.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/interpreter.h"
#include "insns.h"
#include "isa/insn.h"

static u64 run(const struct bpf_insn *code, void *ctx)
{
	struct alv_run it = { 0 };

	return alv_interpret(&it, code, ctx);
}

#define A 0xfedcba9876543210ull
#define B 0x8000000000000003ull

/* r1 = A; r2 = B; r1 op= r2 (or imm); r0 = r1 */
static const struct {
	u8 code;
	s16 off;
	s32 imm;
	u64 a;
	u64 b;
	u64 expected;
} operations[] = {
#define OP64(op, src) (BPF_ALU64 | BPF_##op | BPF_##src)
#define OP32(op, src) (BPF_ALU | BPF_##op | BPF_##src)
	{ OP64(ADD, X), 0, 0, A, B, A + B },
	{ OP64(ADD, K), 0, -1, A, B, A - 1 },
	{ OP32(ADD, X), 0, 0, A, B, 0x76543213 },
	{ OP32(ADD, K), 0, -1, 0, 0, 0xffffffff },
	{ OP64(SUB, X), 0, 0, 1, 2, ~0ull },
	{ OP32(SUB, X), 0, 0, 1, 2, 0xffffffff },
	{ OP64(MUL, X), 0, 0, A, 3, A * 3 },
	{ OP32(MUL, X), 0, 0, A, 3, (u32)(0x76543210u * 3) },
	{ OP64(DIV, X), 0, 0, A, 16, A / 16 },
	{ OP64(DIV, X), 0, 0, A, 0, 0 },
	{ OP32(DIV, X), 0, 0, A, 1ull << 32, 0 },
	{ OP64(DIV, K), 0, -1, A, 0, 0 },
	{ OP64(DIV, X), 1, 0, (u64)-10, 3, (u64)-3 },
	{ OP64(DIV, X), 1, 0, 1ull << 63, ~0ull, 1ull << 63 },
	{ OP32(DIV, X), 1, 0, 0x80000000, 0xffffffff, 0x80000000 },
	{ OP32(DIV, X), 1, 0, 0xfffffff6, 3, 0xfffffffd },
	{ OP64(MOD, X), 0, 0, 10, 3, 1 },
	{ OP64(MOD, X), 0, 0, A, 0, A },
	{ OP32(MOD, X), 0, 0, A, 0, 0x76543210 },
	{ OP64(MOD, X), 1, 0, (u64)-10, 3, (u64)-1 },
	{ OP64(MOD, X), 1, 0, 1ull << 63, ~0ull, 0 },
	{ OP32(MOD, X), 1, 0, 0xfffffff6, 3, 0xffffffff },
	{ OP64(OR, K), 0, (s32)0x80000000, 1, 0, 0xffffffff80000001 },
	{ OP32(OR, K), 0, (s32)0x80000000, 1, 0, 0x80000001 },
	{ OP64(AND, X), 0, 0, A, 0xff00, 0x3200 },
	{ OP64(XOR, K), 0, -1, A, 0, ~A },
	{ OP32(XOR, K), 0, -1, A, 0, (u32)~A },
	{ OP64(LSH, X), 0, 0, 1, 65, 2 },
	{ OP32(LSH, X), 0, 0, 1, 33, 2 },
	{ OP64(LSH, K), 0, 63, 1, 0, 1ull << 63 },
	{ OP64(RSH, X), 0, 0, A, 4, A >> 4 },
	{ OP32(RSH, K), 0, 4, A, 0, 0x7654321 },
	{ OP64(ARSH, K), 0, 4, A, 0, 0xffedcba987654321 },
	{ OP32(ARSH, X), 0, 0, 0x80000000, 4, 0xf8000000 },
	{ OP64(NEG, K), 0, 0, 1, 0, ~0ull },
	{ OP32(NEG, K), 0, 0, 1, 0, 0xffffffff },
	{ OP64(MOV, X), 0, 0, A, B, B },
	{ OP64(MOV, X), 8, 0, A, 0x80, 0xffffffffffffff80 },
	{ OP64(MOV, X), 16, 0, A, 0x7fff, 0x7fff },
	{ OP64(MOV, X), 32, 0, A, 0x80000000, 0xffffffff80000000 },
	{ OP32(MOV, X), 0, 0, A, B, 3 },
	{ OP32(MOV, X), 8, 0, A, 0x80, 0xffffff80 },
	{ OP32(MOV, X), 16, 0, A, 0x8000, 0xffff8000 },
	{ OP64(MOV, K), 0, -5, A, B, (u64)-5 },
	{ OP32(MOV, K), 0, -5, A, B, 0xfffffffb },
	{ BPF_ALU | BPF_END | BPF_TO_LE, 0, 16, A, 0, 0x3210 },
	{ BPF_ALU | BPF_END | BPF_TO_LE, 0, 64, A, 0, A },
	{ BPF_ALU | BPF_END | BPF_TO_BE, 0, 16, A, 0, 0x1032 },
	{ BPF_ALU | BPF_END | BPF_TO_BE, 0, 32, A, 0, 0x10325476 },
	{ BPF_ALU | BPF_END | BPF_TO_BE, 0, 64, A, 0, 0x1032547698badcfe },
	{ BPF_ALU64 | BPF_END | BPF_TO_LE, 0, 16, A, 0, 0x1032 },
	{ BPF_ALU64 | BPF_END | BPF_TO_LE, 0, 32, A, 0, 0x10325476 },
	{ BPF_ALU64 | BPF_END | BPF_TO_LE, 0, 64, A, 0, 0x1032547698badcfe },
};

static void test_operations(void **state)
{
	for (size_t i = 0; i < ALV_COUNT(operations); i++) {
		const struct bpf_insn code[] = {
			LD_IMM64(1, operations[i].a),
			LD_IMM64(2, operations[i].b),
			INSN(operations[i].code, 1, BPF_SRC(operations[i].code) ? 2 : 0,
			     operations[i].off, operations[i].imm),
			MOV(0, 1),
			EXIT(),
		};
		struct bpf_insn copy[ALV_COUNT(code)];

		memcpy(copy, code, sizeof(code));
		if (BPF_OP(operations[i].code) == BPF_END)
			copy[4].src_reg = 0;
		if (run(copy, NULL) != operations[i].expected)
			fail_msg("operation %zu: %llx instead of %llx", i,
				 (unsigned long long)run(copy, NULL),
				 (unsigned long long)operations[i].expected);
	}
}

/* if r1 op r2 then r0 = 1 else 0 */
static const struct {
	u8 op;
	u64 a;
	u64 b;
	bool taken64;
	bool taken32;
} jumps[] = {
	{ BPF_JEQ, 1ull << 32, 0, false, true },
	{ BPF_JNE, 1ull << 32, 0, true, false },
	{ BPF_JGT, 1ull << 32, 1, true, false },
	{ BPF_JGT, ~0ull, 1, true, true },
	{ BPF_JGE, 5, 5, true, true },
	{ BPF_JLT, 1, ~0ull, true, true },
	{ BPF_JLT, 0x100000000, 1, false, true },
	{ BPF_JLE, 5, 5, true, true },
	{ BPF_JSGT, ~0ull, 1, false, false },
	{ BPF_JSGT, 0x80000000, 1, true, false },
	{ BPF_JSGE, 0xffffffff, 0, true, false },
	{ BPF_JSLT, ~0ull, 1, true, true },
	{ BPF_JSLE, 0xffffffff, 0, false, true },
	{ BPF_JSET, 1ull << 40, 1ull << 40, true, false },
	{ BPF_JSET, 6, 2, true, true },
};

static u64 jump(u8 class, size_t i)
{
	const struct bpf_insn code[] = {
		LD_IMM64(1, jumps[i].a),
		LD_IMM64(2, jumps[i].b),
		MOV_IMM(0, 1),
		INSN(class | jumps[i].op | BPF_X, 1, 2, 1, 0),
		MOV_IMM(0, 0),
		EXIT(),
	};

	return run(code, NULL);
}

static void test_jumps(void **state)
{
	for (size_t i = 0; i < ALV_COUNT(jumps); i++) {
		if (jump(BPF_JMP, i) != jumps[i].taken64)
			fail_msg("jump %zu, 64 bits", i);
		if (jump(BPF_JMP32, i) != jumps[i].taken32)
			fail_msg("jump %zu, 32 bits", i);
	}
}

static void test_far_jump(void **state)
{
	const struct bpf_insn code[] = {
		INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 2),
		MOV_IMM(0, 1),
		EXIT(),
		MOV_IMM(0, 2),
		INSN(BPF_JMP | BPF_JA, 0, 0, -4, 0),
	};

	assert_int_equal(run(code, NULL), 1);
}

static void test_turns_end(void **state)
{
	const struct bpf_insn code[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -16, 1),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 1), /* long ago */
		MOV_IMM(0, -16),
		INSN(ALV_BPF_MORE_TURNS, 0, 0, 0, 0),
		EXIT(),
	};
	struct bpf_insn fresh[ALV_COUNT(code)];

	assert_int_equal(run(code, NULL), 0);
	memcpy(fresh, code, sizeof(code));
	fresh[1].imm = 0;
	assert_int_equal(run(fresh, NULL), ALV_MAY_GOTO_TURNS);
}

static void test_memory(void **state)
{
	u8 ctx[16] = { 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88 };
	static const struct {
		u8 code;
		u64 expected;
	} loads[] = {
		{ BPF_LDX | BPF_MEM | BPF_B, 0x81 },
		{ BPF_LDX | BPF_MEM | BPF_H, 0x8281 },
		{ BPF_LDX | BPF_MEM | BPF_W, 0x84838281 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 0x8887868584838281 },
		{ BPF_LDX | ALV_BPF_MEMSX | BPF_B, 0xffffffffffffff81 },
		{ BPF_LDX | ALV_BPF_MEMSX | BPF_H, 0xffffffffffff8281 },
		{ BPF_LDX | ALV_BPF_MEMSX | BPF_W, 0xffffffff84838281 },
		{ BPF_LDX | ALV_BPF_PROBE_MEM | BPF_DW, 0 },
		{ BPF_LDX | ALV_BPF_PROBE_MEMSX | BPF_W, 0 },
	};

	for (size_t i = 0; i < ALV_COUNT(loads); i++) {
		const struct bpf_insn code[] = {
			MOV_IMM(0, -1),
			INSN(loads[i].code, 0, 1, 1, 0),
			EXIT(),
		};

		assert_int_equal(run(code, ctx), loads[i].expected);
	}
}

static void test_stores(void **state)
{
	u8 ctx[24] = { 0 };
	const struct bpf_insn code[] = {
		LD_IMM64(2, 0x1122334455667788),
		INSN(BPF_STX | BPF_MEM | BPF_B, 1, 2, 0, 0),
		INSN(BPF_STX | BPF_MEM | BPF_H, 1, 2, 1, 0),
		INSN(BPF_STX | BPF_MEM | BPF_W, 1, 2, 3, 0),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 1, 2, 7, 0),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 1, 0, 15, -2),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 10, -8, 0),
		EXIT(),
	};
	static const u8 expected[24] = { 0x88, 0x88, 0x77, 0x88, 0x77, 0x66, 0x55, 0x88,
					 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xfe,
					 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	/* The stack is zero at first. */
	assert_int_equal(run(code, ctx), 0);
	assert_memory_equal(ctx, expected, sizeof(ctx));
}

static const struct {
	u8 size;
	s32 op;
	u64 memory;
	u64 source;
	u64 r0;
	u64 expected_memory;
	u64 expected_source;
	u64 expected_r0;
} atomics[] = {
	{ BPF_DW, BPF_ADD, 5, 3, 7, 8, 3, 7 },
	{ BPF_DW, BPF_ADD | BPF_FETCH, 5, 3, 7, 8, 5, 7 },
	{ BPF_W, BPF_ADD | BPF_FETCH, 0x1ffffffff, B, 7, 0x100000002, 0xffffffff, 7 },
	{ BPF_DW, BPF_AND | BPF_FETCH, 6, 3, 7, 2, 6, 7 },
	{ BPF_W, BPF_OR, 6, 1, 7, 7, 1, 7 },
	{ BPF_DW, BPF_XOR | BPF_FETCH, 6, 3, 7, 5, 6, 7 },
	{ BPF_DW, BPF_XCHG, 6, 3, 7, 3, 6, 7 },
	{ BPF_W, BPF_XCHG, A, 3, 7, 0xfedcba9800000003, 0x76543210, 7 },
	{ BPF_DW, BPF_CMPXCHG, 6, 3, 6, 3, 3, 6 },
	{ BPF_DW, BPF_CMPXCHG, 6, 3, 7, 6, 3, 6 },
	{ BPF_W, BPF_CMPXCHG, 6, 3, A << 32 | 6, 3, 3, 6 },
	{ BPF_W, ALV_BPF_STORE_REL, A, 3, 7, 0xfedcba9800000003, 3, 7 },
	{ BPF_B, ALV_BPF_STORE_REL, 0x1111, 3, 7, 0x1103, 3, 7 },
};

static void test_atomics(void **state)
{
	for (size_t i = 0; i < ALV_COUNT(atomics); i++) {
		u64 ctx[3] = { atomics[i].memory };
		const struct bpf_insn code[] = {
			LD_IMM64(0, atomics[i].r0),
			LD_IMM64(2, atomics[i].source),
			INSN(BPF_STX | BPF_ATOMIC | atomics[i].size, 1, 2, 0, atomics[i].op),
			INSN(BPF_STX | BPF_MEM | BPF_DW, 1, 2, 8, 0),
			EXIT(),
		};

		if (run(code, ctx) != atomics[i].expected_r0 ||
		    ctx[0] != atomics[i].expected_memory || ctx[1] != atomics[i].expected_source)
			fail_msg("atomic %zu: %llx %llx", i, (unsigned long long)ctx[0],
				 (unsigned long long)ctx[1]);
	}
}

static void test_load_acquire(void **state)
{
	u64 ctx = A;
	const struct bpf_insn code[] = {
		INSN(BPF_STX | BPF_ATOMIC | BPF_H, 0, 1, 2, ALV_BPF_LOAD_ACQ),
		EXIT(),
	};

	assert_int_equal(run(code, &ctx), 0x7654);
}

static void test_subprograms_have_own_frames(void **state)
{
	const struct bpf_insn code[] = {
		MOV_IMM(6, 40),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 1),
		MOV_IMM(1, 2),
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 4),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 6, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0),
		EXIT(),
		MOV_IMM(6, 7),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 9),
		MOV(0, 1),
		EXIT(),
	};

	assert_int_equal(run(code, NULL), 43);
}

static u64 sum_of_args(struct alv_run *it, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return r1 + 10 * r2 + 100 * r3 + 1000 * r4 + 10000 * r5;
}

static void test_helper_call(void **state)
{
	const struct bpf_insn code[] = {
		MOV_IMM(1, 1), MOV_IMM(2, 2), MOV_IMM(3, 3), MOV_IMM(4, 4), MOV_IMM(5, 5),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, alv_helper_distance(sum_of_args)),
		EXIT(),
	};

	assert_int_equal(run(code, NULL), 54321);
}

static u64 call_back(struct alv_run *it, u64 function, u64 r2, u64 r3, u64 r4, u64 r5)
{
	const u64 args[5] = { r2, r3 };

	return it->call(it, (const struct bpf_insn *)(uintptr_t)function, args);
}

static void test_callback(void **state)
{
	static const struct bpf_insn function[] = {
		MOV(0, 1),
		INSN(BPF_ALU64 | BPF_SUB | BPF_X, 0, 2, 0, 0),
		EXIT(),
	};
	const struct bpf_insn code[] = {
		LD_IMM64(1, (uintptr_t)function),
		MOV_IMM(2, 50),
		MOV_IMM(3, 8),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, alv_helper_distance(call_back)),
		EXIT(),
	};

	assert_int_equal(run(code, NULL), 42);
}

static void test_unknown_opcode_ends_the_program(void **state)
{
	const struct bpf_insn code[] = { MOV_IMM(0, 1), INSN(0xff, 0, 0, 0, 0) };

	assert_int_equal(run(code, NULL), 0);
}

/* Random programs. */

static u32 next_random(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(*state >> 33);
}

static s32 interesting(u64 *seed)
{
	static const s32 values[] = { 0, 1, -1, 2, 31, 63, INT32_MIN, INT32_MAX, 0xff, 0x8000 };
	u32 pick = next_random(seed) % (2 * ALV_COUNT(values));

	return pick < ALV_COUNT(values) ? values[pick] : (s32)(next_random(seed) << 1);
}

static struct bpf_insn random_alu(u64 *seed)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_OR, BPF_AND,
				  BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_MOV, BPF_NEG, BPF_END };
	u8 op = ops[next_random(seed) % ALV_COUNT(ops)];
	u8 class = next_random(seed) & 1 ? BPF_ALU64 : BPF_ALU;
	u8 dst = (u8)(next_random(seed) % 8), src = (u8)(next_random(seed) % 8);
	struct bpf_insn insn = INSN(class | op | BPF_X, dst, src, 0, 0);

	if (op == BPF_NEG)
		return INSN(class | op, dst, 0, 0, 0);
	if (op == BPF_END)
		return INSN(class | op | (class == BPF_ALU && src & 1 ? BPF_TO_BE : BPF_TO_LE), dst,
			    0, 0, 16 << (src >> 1) % 3);
	if ((op == BPF_DIV || op == BPF_MOD) && next_random(seed) & 1)
		insn.off = 1;
	if (op == BPF_MOV && next_random(seed) & 1)
		insn.off = (s16)(8 << next_random(seed) % (class == BPF_ALU64 ? 3 : 2));
	if (insn.off >= 8 || next_random(seed) & 1)
		return insn;
	insn.code = class | op | BPF_K;
	insn.src_reg = 0;
	insn.imm = interesting(seed);
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		insn.imm &= class == BPF_ALU64 ? 63 : 31;
	if ((op == BPF_DIV || op == BPF_MOD) && !insn.imm)
		insn.imm = 7;
	return insn;
}

#define RANDOM_ALU   40
#define RANDOM_TOTAL (8 * 2 + RANDOM_ALU + 16 + 4)

/* Eight registers with random values, operations on them, all of them folded into R0. */
static u32 random_program(u64 seed, struct bpf_insn *code)
{
	u32 n = 0;

	for (u8 reg = 0; reg < 8; reg++) {
		u64 value = (u64)(u32)interesting(&seed) << 32 | (u32)interesting(&seed);
		const struct bpf_insn load[2] = { LD_IMM64(reg, value) };

		code[n++] = load[0];
		code[n++] = load[1];
	}
	for (u32 i = 0; i < RANDOM_ALU; i++)
		code[n++] = random_alu(&seed);
	for (u8 reg = 1; reg < 8; reg++) {
		code[n++] = INSN(BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 31);
		code[n++] = INSN(BPF_ALU64 | BPF_XOR | BPF_X, 0, reg, 0, 0);
	}
	code[n++] = MOV(1, 0);
	code[n++] = INSN(BPF_ALU64 | BPF_RSH | BPF_K, 1, 0, 0, 32);
	code[n++] = INSN(BPF_ALU | BPF_XOR | BPF_X, 0, 1, 0, 0);
	code[n++] = EXIT();
	return n;
}

static int kernel_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* What the machine's kernel makes of it. -1: it can't be asked. */
static s64 ask_kernel(const struct bpf_insn *code, u32 n)
{
	u8 packet[64] = { 0 };
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = n;
	attr.license = (uintptr_t) "GPL";
	fd = kernel_bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (u32)fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	if (kernel_bpf(BPF_PROG_TEST_RUN, &attr)) {
		close(fd);
		return -1;
	}
	close(fd);
	return attr.test.retval;
}

static void test_random_programs_as_the_kernel(void **state)
{
	struct bpf_insn code[RANDOM_TOTAL];
	u32 asked = 0;

	for (u64 seed = 1; seed <= 2000; seed++) {
		u32 n = random_program(seed, code);
		s64 native = ask_kernel(code, n);

		if (native < 0)
			break;
		asked++;
		if ((u32)run(code, NULL) != (u32)native)
			fail_msg("seed %llu: %x, the kernel says %x", (unsigned long long)seed,
				 (u32)run(code, NULL), (u32)native);
	}
	if (!asked)
		skip();
}

/* What Linux 6.18 returned for seeds 1, 2, ... */
static const u32 recorded[] = {
#include "interpreter_samples.inc"
};

static void test_random_programs_as_recorded(void **state)
{
	struct bpf_insn code[RANDOM_TOTAL];

	for (u32 i = 0; i < ALV_COUNT(recorded); i++) {
		random_program(i + 1, code);
		assert_int_equal((u32)run(code, NULL), recorded[i]);
	}
}

/* "record": write interpreter_samples.inc from the kernel's answers. */
static int record(void)
{
	struct bpf_insn code[RANDOM_TOTAL];

	for (u64 seed = 1; seed <= 256; seed++) {
		s64 native = ask_kernel(code, random_program(seed, code));

		if (native < 0)
			return 1;
		printf("0x%08x,%c", (u32)native, seed % 8 ? ' ' : '\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_far_jump),
		cmocka_unit_test(test_turns_end),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_load_acquire),
		cmocka_unit_test(test_subprograms_have_own_frames),
		cmocka_unit_test(test_helper_call),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_unknown_opcode_ends_the_program),
		cmocka_unit_test(test_random_programs_as_the_kernel),
		cmocka_unit_test(test_random_programs_as_recorded),
	};

	if (argc > 1 && !strcmp(argv[1], "record"))
		return record();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

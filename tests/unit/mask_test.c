/* SPDX-License-Identifier: BSD-2-Clause */
/* Masked pointer arithmetic does what the plain one does, within its limit alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/interpreter.h"
#include "engine/mask.h"
#include "engine/rewrite.h"
#include "insns.h"
#include "isa/insn.h"

#define BASE 0x100000ll

static void emit_number(struct alv_emitter *to, u8 dst, s64 value)
{
	alv_emit(to, INSN(BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, (s32)value));
	alv_emit(to, INSN(0, 0, 0, 0, (s32)(value >> 32)));
}

/* BASE op offset, masked as `fact` says; *ret_offset: what the register has then. */
static u64 compute(u8 op, s64 offset, const struct alv_insn_verdict *fact, u64 *ret_offset)
{
	bool in_src = fact->mask & ALV_MASK_SRC;
	const struct bpf_insn insn = INSN(BPF_ALU64 | op | BPF_X, in_src ? 6 : 7, in_src ? 7 : 6,
					  0, 0);
	struct alv_emitter to = {};
	struct alv_run run = { 0 };
	u64 result;

	emit_number(&to, 6, BASE);
	emit_number(&to, 7, offset);
	alv_emit_masked(&to, &insn, fact);
	alv_emit(&to, MOV(0, in_src ? 6 : 7));
	alv_emit(&to, EXIT());
	assert_false(to.failed);
	result = alv_interpret(&run, to.code, NULL);
	to.code[to.n - 2] = MOV(0, 7);
	*ret_offset = alv_interpret(&run, to.code, NULL);
	alv_emitter_fini(&to);
	return result;
}

static void check_each(u8 op, u8 mask, u32 limit)
{
	const struct alv_insn_verdict fact = { .mask = mask, .mask_limit = limit };
	const s64 sign = mask & ALV_MASK_NEGATIVE ? -1 : 1;
	const s64 direction = op == BPF_ADD ? sign : -sign;
	u64 after;

	for (s64 i = -70; i <= 70; i++) {
		bool within = i >= 0 && i <= limit;
		u64 result = compute(op, sign * i, &fact, &after);

		assert_int_equal(result, BASE + (within ? direction * i : 0));
		if (mask & ALV_MASK_SRC)
			assert_int_equal(after, sign * i);
	}
	if (limit)
		assert_int_equal(compute(op, INT64_MIN, &fact, &after), BASE);
	assert_int_equal(compute(op, INT64_MAX, &fact, &after), BASE);
}

static void test_offsets_stay_within(void **state)
{
	static const u32 limits[] = { 0, 1, 7, 31, 64 };

	for (size_t i = 0; i < ALV_COUNT(limits); i++) {
		check_each(BPF_ADD, ALV_MASK_SRC, limits[i]);
		check_each(BPF_SUB, ALV_MASK_SRC, limits[i]);
		check_each(BPF_ADD, ALV_MASK_SRC | ALV_MASK_NEGATIVE, limits[i]);
		check_each(BPF_SUB, ALV_MASK_SRC | ALV_MASK_NEGATIVE, limits[i]);
		check_each(BPF_ADD, ALV_MASK_DST, limits[i]);
		check_each(BPF_ADD, ALV_MASK_DST | ALV_MASK_NEGATIVE, limits[i]);
	}
}

/* Whatever the register has, the constant counts. */
static void test_constants(void **state)
{
	const struct alv_insn_verdict fact = {
		.mask = ALV_MASK_SRC | ALV_MASK_CONSTANT,
		.mask_limit = 24,
	};
	u64 after;

	assert_int_equal(compute(BPF_ADD, 24, &fact, &after), BASE + 24);
	assert_int_equal(compute(BPF_SUB, 99, &fact, &after), BASE - 24);
	assert_int_equal(after, 99);
}

static const struct bpf_insn branch[] = {
	MOV_IMM(0, 0), INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0), EXIT(),
};

static void rewrite_branch(bool keeps_dead, struct alv_rewritten *rewritten)
{
	const struct alv_insn_verdict facts[4] = {
		{ .seen = true }, { .seen = true }, { .barrier = true }, { .seen = true },
	};
	const struct alv_checked_function function = { 0 };
	const struct alv_rewrite_request request = {
		.insns = branch,
		.n_insns = 4,
		.facts = facts,
		.functions = &function,
		.n_functions = 1,
		.keeps_dead = keeps_dead,
	};

	assert_int_equal(alv_rewrite(&request, rewritten), 0);
}

static void free_rewritten(struct alv_rewritten *rewritten)
{
	free(rewritten->code);
	free(rewritten->shown);
	free(rewritten->index);
}

/* Without CAP_BPF dead code becomes endless loops behind barriers; else it goes. */
static void test_dead_code(void **state)
{
	const struct bpf_insn kept[] = {
		MOV_IMM(0, 0),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		INSN(BPF_ST | ALV_BPF_NOSPEC, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_JA, 0, 0, -1, 0),
		EXIT(),
	};
	struct alv_rewritten rewritten;

	rewrite_branch(true, &rewritten);
	assert_int_equal(rewritten.n_code, ALV_COUNT(kept));
	assert_memory_equal(rewritten.code, kept, sizeof(kept));
	free_rewritten(&rewritten);
	rewrite_branch(false, &rewritten);
	assert_int_equal(rewritten.n_code, 2);
	free_rewritten(&rewritten);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets_stay_within),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_dead_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of programs: the instructions that run, and those that clients see. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/interpreter.h"
#include "engine/rewrite.h"
#include "functions.h"
#include "insns.h"

#define INSNS_MAX 16
#define CALL(id)  INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define CALL_FUNCTION(distance) \
	INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, distance)

struct rewriting {
	struct alv_insn_verdict facts[INSNS_MAX];
	struct alv_checked_function functions[ALV_MAX_SUBPROGS];
	struct alv_rewrite_request request;
	struct alv_rewritten result;
};

/* All of it reachable, of a stack of 8 bytes; the tests change what they want otherwise. */
static void prepare(struct rewriting *it, const struct bpf_insn *insns, u32 n, u32 prog_type)
{
	memset(it, 0, sizeof(*it));
	for (u32 i = 0; i < n; i++) {
		it->facts[i].seen = true;
		it->facts[i].pointer.base = ALV_REG_STACK;
	}
	it->request = (struct alv_rewrite_request){
		.insns = insns,
		.n_insns = n,
		.facts = it->facts,
		.functions = it->functions,
		.n_functions = functions_of(insns, n, it->functions),
		.prog_type = prog_type,
	};
	for (u32 i = 0; i < it->request.n_functions; i++)
		it->functions[i].stack_depth = 8;
}

static void rewrite(struct rewriting *it)
{
	assert_int_equal(alv_rewrite(&it->request, &it->result), 0);
}

static void finish(struct rewriting *it)
{
	free(it->result.code);
	free(it->result.shown);
	free(it->result.index);
}

static void assert_shown(const struct rewriting *it, u32 at, struct bpf_insn insn)
{
	assert_true(at < it->result.n_code);
	assert_memory_equal(&it->result.shown[at], &insn, sizeof(insn));
}

static u64 interpret(const struct rewriting *it)
{
	struct alv_run run = { 0 };

	return alv_interpret(&run, it->result.code, NULL);
}

static void test_lookups_are_inlined(void **state)
{
	static const struct bpf_insn insns[] = { CALL(map_lookup_elem), EXIT() };
	static const struct {
		u32 type;
		u32 flags;
		u32 value_size;
		u32 n;
		struct bpf_insn last;
	} lookups[] = {
		{ BPF_MAP_TYPE_ARRAY, 0, 8, 7, MOV_IMM(0, 0) },
		{ BPF_MAP_TYPE_ARRAY, 0, 24, 7, MOV_IMM(0, 0) },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_INNER_MAP, 8, 1, CALL(map_lookup_elem) },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 0, 8, 9, MOV_IMM(0, 0) },
		{ BPF_MAP_TYPE_HASH, 0, 8, 3, INSN(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, 56) },
		{ BPF_MAP_TYPE_LRU_HASH, 0, 8, 6,
		  INSN(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, 56) },
		{ BPF_MAP_TYPE_LRU_PERCPU_HASH, 0, 8, 1, CALL(map_lookup_elem) },
		{ BPF_MAP_TYPE_LPM_TRIE, 0, 8, 1, CALL(map_lookup_elem) },
	};

	for (size_t i = 0; i < ALV_COUNT(lookups); i++) {
		const struct alv_checked_map map = { .type = lookups[i].type,
						     .flags = lookups[i].flags,
						     .key_size = 4,
						     .value_size = lookups[i].value_size,
						     .max_entries = 5 };
		struct rewriting it;

		prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
		it.facts[0].call_map = &map;
		it.facts[0].calls_with_maps = true;
		rewrite(&it);
		assert_int_equal(it.result.n_code, lookups[i].n + 1);
		assert_shown(&it, lookups[i].n - 1, lookups[i].last);
		assert_int_equal(it.result.code[0].code, BPF_JMP | BPF_CALL);
		finish(&it);
	}
}

static void test_values_of_odd_sizes_are_multiplied(void **state)
{
	static const struct bpf_insn insns[] = { CALL(map_lookup_elem), EXIT() };
	const struct alv_checked_map map = { .type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .value_size = 20,
					     .max_entries = 5 };
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	it.facts[0].call_map = &map;
	rewrite(&it);
	assert_shown(&it, 2, INSN(BPF_JMP | BPF_JGE | BPF_K, 0, 0, 3, 5));
	assert_shown(&it, 3, INSN(BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 24));
	finish(&it);
}

static void test_functions_are_numbered(void **state)
{
	/* The second function is never called. */
	static const struct bpf_insn insns[] = {
		CALL_FUNCTION(4), EXIT(), CALL_FUNCTION(0), MOV_IMM(0, 1),
		EXIT(), MOV_IMM(0, 5), EXIT(),
	};
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	assert_int_equal(it.request.n_functions, 3);
	for (u32 i = 2; i < 5; i++)
		it.facts[i].seen = false;
	rewrite(&it);
	assert_int_equal(it.result.n_code, 4);
	assert_shown(&it, 0, INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 1, 1));
	assert_int_equal(interpret(&it), 5);
	finish(&it);
}

static void test_loops_are_inlined(void **state)
{
	/* R6 stays as it was; the function adds each turn's number. */
	static const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 0), MOV_IMM(6, 1000), MOV_IMM(1, 10),
		MOV(3, 10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -8), CALL(loop),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 6, 0, 0), EXIT(),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 2, 1, 0, BPF_ADD), MOV_IMM(0, 0), EXIT(),
	};
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	it.functions[1] = (struct alv_checked_function){ .start = 10 };
	it.request.n_functions = 2;
	it.facts[5].loop_seen = it.facts[5].loops_plainly = true;
	it.facts[5].callback = 1;
	rewrite(&it);
	assert_int_equal(it.result.n_code, ALV_COUNT(insns) + 18);
	/* Registers are kept behind the 8 bytes that the function has. */
	assert_shown(&it, 5 + 3, INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 6, -32, 0));
	assert_int_equal(interpret(&it), 10 + 45 + 1000);
	finish(&it);
}

static void test_may_goto_counts(void **state)
{
	static const struct bpf_insn insns[] = {
		MOV_IMM(0, 0), INSN(BPF_JMP | ALV_BPF_JCOND, 0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, 1), INSN(BPF_JMP | BPF_JA, 0, 0, -3, 0),
		EXIT(),
	};
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	rewrite(&it);
	assert_shown(&it, 0, INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -24, 0xffff));
	assert_shown(&it, 1, INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -16, 0));
	assert_int_equal(it.result.n_code, ALV_COUNT(insns) + 2 + 6);
	/* What is said of the first instruction is said of what precedes it, too. */
	assert_int_equal(it.result.index[0], 0);
	assert_int_equal(it.result.index[1], 3);
	/* The loop ends, some quarter of a second later. */
	assert_true(interpret(&it) >= 0xffff);
	finish(&it);
}

static void test_nowhere_is_gone(void **state)
{
	static const struct bpf_insn insns[] = {
		MOV_IMM(0, 7), INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0),
		INSN(BPF_JMP | ALV_BPF_JCOND, 0, 0, 0, 0), INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 0),
		EXIT(),
	};
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	rewrite(&it);
	assert_int_equal(it.result.n_code, 3); /* gotol stays */
	assert_int_equal(interpret(&it), 7);
	finish(&it);
}

static void test_spills_are_dropped(void **state)
{
	static const struct bpf_insn insns[] = {
		MOV_IMM(1, 3), INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 1, -8, 0),
		CALL(get_smp_processor_id), INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
		MOV(0, 1), EXIT(),
	};
	struct rewriting it;

	prepare(&it, insns, ALV_COUNT(insns), BPF_PROG_TYPE_XDP);
	it.facts[1].dropped = it.facts[3].dropped = true;
	rewrite(&it);
	assert_int_equal(it.result.n_code, ALV_COUNT(insns) - 2 + 2);
	assert_shown(&it, 2, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 0, 0, -1, 0));
	assert_int_equal(interpret(&it), 3);
	finish(&it);
}

static void test_packet_writers_have_a_prologue(void **state)
{
	static const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_B, 2, 0, 0, 1), MOV_IMM(0, 0), EXIT(),
	};
	static const struct {
		u32 type;
		u32 n;
	} types[] = { { BPF_PROG_TYPE_SCHED_CLS, 10 }, { BPF_PROG_TYPE_XDP, 0 } };

	for (size_t i = 0; i < ALV_COUNT(types); i++) {
		struct rewriting it;

		prepare(&it, insns, ALV_COUNT(insns), types[i].type);
		it.facts[0].pointer.base = ALV_REG_PACKET;
		rewrite(&it);
		assert_int_equal(it.result.n_code, ALV_COUNT(insns) + types[i].n);
		assert_int_equal(it.result.index[0], 0);
		assert_int_equal(it.result.index[1], types[i].n + 1);
		finish(&it);
	}
}

static void test_long_jumps_are_refused(void **state)
{
	enum { COUNT = 30000 };
	struct bpf_insn *insns = calloc(COUNT, sizeof(*insns));
	struct alv_insn_verdict *facts = calloc(COUNT, sizeof(*facts));
	const struct alv_checked_function function = { 0 };
	struct alv_rewrite_request request = { .insns = insns, .n_insns = COUNT, .facts = facts,
					       .functions = &function, .n_functions = 1 };
	struct alv_rewritten result;

	/* Each division becomes eight instructions. */
	for (u32 i = 0; i < COUNT; i++) {
		insns[i] = INSN(BPF_ALU64 | BPF_DIV | BPF_X, 0, 1, 1, 0);
		facts[i].seen = true;
	}
	insns[0] = INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, COUNT - 2, 0);
	insns[COUNT - 1] = EXIT();
	assert_int_equal(alv_rewrite(&request, &result), -E2BIG);
	free(insns);
	free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups_are_inlined),
		cmocka_unit_test(test_values_of_odd_sizes_are_multiplied),
		cmocka_unit_test(test_functions_are_numbered),
		cmocka_unit_test(test_loops_are_inlined),
		cmocka_unit_test(test_may_goto_counts),
		cmocka_unit_test(test_nowhere_is_gone),
		cmocka_unit_test(test_spills_are_dropped),
		cmocka_unit_test(test_packet_writers_have_a_prologue),
		cmocka_unit_test(test_long_jumps_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

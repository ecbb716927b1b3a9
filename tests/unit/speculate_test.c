/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs without CAP_PERFMON: paths that only a processor takes that guessed wrong,
 * and how offsets of pointers are masked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify.h"

#define BIT_CAP_BPF (1ull << 39)

#define ZERO_KEY()                                                                                 \
	INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0), COPY(BPF_REG_2, BPF_REG_10),         \
		ADD(BPF_REG_2, -8)
/* R0 becomes a pointer to the value of the hash: 8 instructions. */
#define VALUE()                                                                                    \
	ZERO_KEY(), LOAD_MAP(BPF_REG_1, 3), CALL(BPF_FUNC_map_lookup_elem),                         \
		INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, 0), EXIT()
#define ADD_REG(DST, SRC) INSN(BPF_ALU64 | BPF_ADD | BPF_X, DST, SRC, 0, 0)
#define AND(DST, IMM)     INSN(BPF_ALU64 | BPF_AND | BPF_K, DST, 0, 0, IMM)
#define LOAD(SIZE, DST, SRC, OFF) INSN(BPF_LDX | BPF_MEM | BPF_##SIZE, DST, SRC, OFF, 0)

static int become_unprivileged(void **state)
{
	subject.caps = 0;
	return 0;
}

static int become_bpf(void **state)
{
	subject.caps = BIT_CAP_BPF;
	return 0;
}

static int become_root(void **state)
{
	subject.caps = ~0ull;
	subject.flags = 0;
	return 0;
}

/* The way that is never taken is looked at, and what is unsafe there gets a barrier. */
static const struct bpf_insn never_taken[] = {
	MOV(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0),
	LOAD(DW, BPF_REG_1, BPF_REG_0, 0),
	EXIT(),
};

static void test_barrier_instead_of_refusal(void **state)
{
	struct alv_verdict verdict;

	assert_int_equal(verify(never_taken, 4, ALV_REPORT_LEVEL2, &verdict), 0);
	assert_int_equal(verdict.processed, 4);
	assert_non_null(strstr(report_text, "\nfrom 1 to 2 (speculative execution):"));
	assert_non_null(strstr(report_text, "R0 invalid mem access 'scalar'\n"));
	assert_true(learned[2].barrier);
	/* It is dead all the same. */
	assert_false(learned[2].seen);
	assert_false(learned[3].barrier);
}

static void test_root_is_not_asked(void **state)
{
	struct alv_verdict verdict;

	assert_int_equal(verify(never_taken, 4, ALV_REPORT_LEVEL2, &verdict), 0);
	assert_int_equal(verdict.processed, 3);
	assert_null(strstr(report_text, "speculative"));
	assert_false(learned[2].barrier);
}

/* What is unsafe on a path that can be taken is refused as ever. */
static void test_real_faults_are_refused(void **state)
{
	struct bpf_insn insns[] = {
		MOV(BPF_REG_0, 0), LOAD(DW, BPF_REG_1, BPF_REG_0, 0), EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 3, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_false(learned[1].barrier);
}

static void test_offset_is_masked(void **state)
{
	const struct bpf_insn insns[] = {
		VALUE(), LOAD(B, BPF_REG_1, BPF_REG_0, 0), AND(BPF_REG_1, 3),
		ADD_REG(BPF_REG_0, BPF_REG_1), LOAD(B, BPF_REG_0, BPF_REG_0, 0), EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), 0);
	assert_int_equal(learned[10].mask, ALV_MASK_SRC);
	assert_int_equal(learned[10].mask_limit, 3);
}

static void test_offset_in_the_destination(void **state)
{
	const struct bpf_insn insns[] = {
		VALUE(), LOAD(B, BPF_REG_1, BPF_REG_0, 0), AND(BPF_REG_1, 3),
		ADD_REG(BPF_REG_1, BPF_REG_0), LOAD(B, BPF_REG_0, BPF_REG_1, 0), EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), 0);
	assert_int_equal(learned[10].mask, ALV_MASK_DST);
}

static void test_mixed_signs_have_no_mask(void **state)
{
	const struct bpf_insn insns[] = {
		VALUE(),
		LOAD(DW, BPF_REG_1, BPF_REG_0, 0),
		INSN(BPF_JMP | BPF_JSGT | BPF_K, BPF_REG_1, 0, 3, 3),
		INSN(BPF_JMP | BPF_JSLT | BPF_K, BPF_REG_1, 0, 2, -3),
		ADD_REG(BPF_REG_0, BPF_REG_1),
		LOAD(B, BPF_REG_0, BPF_REG_0, 3),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text,
			       "R1 has unknown scalar with mixed signed bounds, "
			       "pointer arithmetic with it prohibited for !root\n"));
}

/* Two paths reach one addition with offsets that need different masks. */
static void test_one_mask_for_all_paths(void **state)
{
	const struct bpf_insn insns[] = {
		VALUE(),
		LOAD(B, BPF_REG_1, BPF_REG_0, 0),
		LOAD(B, BPF_REG_2, BPF_REG_0, 1),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 2, 0),
		AND(BPF_REG_1, 3),
		INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0),
		AND(BPF_REG_1, 1),
		ADD_REG(BPF_REG_0, BPF_REG_1),
		LOAD(B, BPF_REG_0, BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "R0 tried to add from different maps, paths or scalars"));
}

static void test_arithmetic_stays_within(void **state)
{
	const struct bpf_insn insns[] = {
		VALUE(), ADD(BPF_REG_0, 8), ADD(BPF_REG_0, -8), LOAD(B, BPF_REG_0, BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "R0 pointer arithmetic of map value goes out of range, "
					    "prohibited for !root\n"));
}

/* A load behind the store of a pointer must not see what the slot held before. */
static void test_stores_that_matter(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 1),
		INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -8, 0),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 5, ALV_REPORT_LEVEL1, &verdict), 0);
	/* The first one is over nothing, the second over plain bytes, the third a pointer. */
	assert_true(learned[0].barrier_behind);
	assert_false(learned[1].barrier_behind);
	assert_true(learned[2].barrier_behind);
}

static void test_pointers_are_secret(void **state)
{
	struct bpf_insn insns[] = { COPY(BPF_REG_0, BPF_REG_1), EXIT() };
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 2, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "R0 leaks addr as return value\n"));
}

/* Loops are for those with CAP_BPF. */
static void test_loops_need_rights(void **state)
{
	const struct bpf_insn loop[] = {
		MOV(BPF_REG_0, 0),
		ADD(BPF_REG_0, 1),
		INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, -2, 3),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(loop, 4, ALV_REPORT_LEVEL1, &verdict), 0);
	subject.caps = 0;
	assert_int_equal(verify(loop, 4, ALV_REPORT_LEVEL1, &verdict), -EINVAL);
	assert_non_null(strstr(report_text, "back-edge from insn 2 to 1\n"));
}

#define UNPRIVILEGED(test) cmocka_unit_test_setup_teardown(test, become_unprivileged, become_root)
#define WITH_BPF(test)     cmocka_unit_test_setup_teardown(test, become_bpf, become_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNPRIVILEGED(test_barrier_instead_of_refusal),
		WITH_BPF(test_barrier_instead_of_refusal),
		cmocka_unit_test(test_root_is_not_asked),
		UNPRIVILEGED(test_real_faults_are_refused),
		UNPRIVILEGED(test_offset_is_masked),
		UNPRIVILEGED(test_offset_in_the_destination),
		UNPRIVILEGED(test_mixed_signs_have_no_mask),
		UNPRIVILEGED(test_one_mask_for_all_paths),
		UNPRIVILEGED(test_arithmetic_stays_within),
		UNPRIVILEGED(test_stores_that_matter),
		UNPRIVILEGED(test_pointers_are_secret),
		cmocka_unit_test_teardown(test_loops_need_rights, become_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

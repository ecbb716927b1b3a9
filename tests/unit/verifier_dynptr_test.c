/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynptrs on the stack of programs: made, read, sliced, given back, and never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify.h"

/* Reserve 8 bytes of the ring buffer: a dynptr at fp-16. */
#define RESERVE                                                                                    \
	LOAD_MAP(BPF_REG_1, 4), MOV(BPF_REG_2, 8), MOV(BPF_REG_3, 0), COPY(BPF_REG_4, BPF_REG_10), \
		ADD(BPF_REG_4, -16), CALL(BPF_FUNC_ringbuf_reserve_dynptr)
#define SUBMIT                                                                                     \
	COPY(BPF_REG_1, BPF_REG_10), ADD(BPF_REG_1, -16), MOV(BPF_REG_2, 0),                       \
		CALL(BPF_FUNC_ringbuf_submit_dynptr)
#define SLICE                                                                                      \
	COPY(BPF_REG_1, BPF_REG_10), ADD(BPF_REG_1, -16), MOV(BPF_REG_2, 0), MOV(BPF_REG_3, 8),    \
		CALL(BPF_FUNC_dynptr_data)
#define END MOV(BPF_REG_0, 0), EXIT()

static int verify_all(const struct bpf_insn *insns, u32 n)
{
	struct alv_verdict verdict;

	return verify(insns, n, ALV_REPORT_LEVEL2, &verdict);
}

#define VERIFY(INSNS) verify_all(INSNS, sizeof(INSNS) / sizeof((INSNS)[0]))
#define assert_said(TEXT) assert_non_null(strstr(report_text, TEXT))

static void test_reserved_and_submitted(void **state)
{
	const struct bpf_insn insns[] = { RESERVE, SUBMIT, END };

	assert_int_equal(VERIFY(insns), 0);
	assert_said("fp-16=dynptr_ringbuf(id=1,ref_id=2,dynptr_id=1) refs=2\n");
}

static void test_lost(void **state)
{
	const struct bpf_insn insns[] = { RESERVE, END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("Unreleased reference id=2 alloc_insn=6\n");
}

static void test_overwritten(void **state)
{
	const struct bpf_insn insns[] = {
		RESERVE,
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		END,
	};

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("cannot overwrite referenced dynptr\n");
}

static void test_looked_into(void **state)
{
	const struct bpf_insn insns[] = {
		RESERVE,
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_0, BPF_REG_10, -16, 0),
		SUBMIT,
		END,
	};

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("invalid read from stack off -16+0 size 8\n");
}

static void test_submitted_twice(void **state)
{
	const struct bpf_insn insns[] = { RESERVE, SUBMIT, SUBMIT, END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("arg 1 is an unacquired reference\n");
}

static void test_slice(void **state)
{
	const struct bpf_insn insns[] = {
		RESERVE,
		SLICE,
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_0, 0, 0, 1),
		SUBMIT,
		END,
	};

	assert_int_equal(VERIFY(insns), 0);
	assert_said("R0=mem_or_null(id=3,ref_obj_id=2,sz=8)");
}

static void test_slice_outlives_dynptr(void **state)
{
	const struct bpf_insn insns[] = {
		RESERVE,
		SLICE,
		COPY(BPF_REG_6, BPF_REG_0),
		SUBMIT,
		INSN(BPF_LDX | BPF_MEM | BPF_B, BPF_REG_0, BPF_REG_6, 0, 0),
		END,
	};

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("R6 invalid mem access 'scalar'\n");
}

static void test_misplaced(void **state)
{
	struct bpf_insn insns[] = { RESERVE, SUBMIT, END };

	insns[5] = ADD(BPF_REG_4, -12);
	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("cannot pass in dynptr at an offset=-12\n"
		    "Dynptr has to be an uninitialized dynptr\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_and_submitted),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_overwritten),
		cmocka_unit_test(test_looked_into),
		cmocka_unit_test(test_submitted_twice),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_slice_outlives_dynptr),
		cmocka_unit_test(test_misplaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier, without a host: small programs, their verdicts and reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify.h"

#include "verifier/message.h"

static void test_accepts(void **state)
{
	const struct bpf_insn insns[] = { MOV(BPF_REG_0, 0), EXIT() };
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 2, ALV_REPORT_LEVEL1, &verdict), 0);
	assert_int_equal(verdict.processed, 2);
	assert_string_equal(report_text,
			    "processed 2 insns (limit 1000000) max_states_per_insn 0 "
			    "total_states 0 peak_states 0 mark_read 0\n");
}

static void test_refuses_unwritten_register(void **state)
{
	const struct bpf_insn insns[] = { EXIT() };
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 1, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_string_equal(report_text,
			    "0: R1=ctx() R10=fp0\n"
			    "0: (95) exit\n"
			    "R0 !read_ok\n"
			    "processed 1 insns (limit 1000000) max_states_per_insn 0 "
			    "total_states 0 peak_states 0 mark_read 0\n");
}

static void test_bounded_loop_ends(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_6, 0),
		ADD(BPF_REG_6, 1),
		INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_6, 0, -2, 10),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 5, ALV_REPORT_LEVEL1, &verdict), 0);
	assert_int_equal(verdict.processed, 23);
	assert_int_equal(verdict.peak_states, 2);
}

static void test_endless_loop_is_refused(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_0, 0),
		INSN(BPF_JMP | BPF_JA, 0, 0, -1, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 3, ALV_REPORT_LEVEL1, &verdict), -EINVAL);
}

/* A looked up value may be used where it is known to be there, and only there. */
static void test_null_check(void **state)
{
	struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		COPY(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, -8),
		INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, 3),
		INSN(0, 0, 0, 0, 0),
		CALL(BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_0, 0, 0, 1),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 10, ALV_REPORT_LEVEL1, &verdict), 0);
	assert_ptr_equal(verdict.maps[0], &hash);
	insns[6] = MOV(BPF_REG_3, 0);
	assert_int_equal(verify(insns, 10, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "R0 invalid mem access 'map_value_or_null'\n"));
}

static void test_unknown_descriptor(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, 99),
		INSN(0, 0, 0, 0, 0),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 4, ALV_REPORT_LEVEL1, &verdict), -EBADF);
	assert_non_null(strstr(report_text, "fd 99 is not pointing to valid bpf_map\n"));
}

/* Stack that spills around an inlined call used is not counted with the caller's. */
static void test_fastcall_stack_is_given_back(void **state)
{
	struct bpf_insn insns[] = {
		MOV(BPF_REG_1, 42),
		INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -512, 0),
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
		EXIT(),
		INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -8, 0),
		CALL(BPF_FUNC_get_smp_processor_id),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -8, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 8, ALV_REPORT_LEVEL1, &verdict), 0);
	/* Another helper is no such call. */
	insns[5] = CALL(BPF_FUNC_ktime_get_ns);
	assert_int_equal(verify(insns, 8, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "combined stack size of 2 calls is 528. Too large"));
}

/* Each message is explained, unless it goes on where another one stopped. */
static void test_messages_are_explained(void **state)
{
	for (u32 i = 0; i < ALV_N_MESSAGES; i++) {
		assert_non_null(alv_messages[i].text);
		if (!alv_messages[i].meaning[0])
			assert_int_equal(alv_messages[i].advice[0], 0);
	}
}

/* Sockets are taken out of maps where none can be locked. */
static void test_sockets_in_maps(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		COPY(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, -8),
		LOAD_MAP(BPF_REG_1, 5),
		CALL(BPF_FUNC_map_delete_elem),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	subject.type = BPF_PROG_TYPE_SOCK_OPS;
	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), 0);
	subject.type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	assert_int_equal(verify(insns, ALV_COUNT(insns), ALV_REPORT_LEVEL1, &verdict), -EINVAL);
	assert_non_null(strstr(report_text, "cannot update sockmap in this context\n"
					    "cannot pass map_type 15 into func "
					    "bpf_map_delete_elem#3\n"));
	subject.type = BPF_PROG_TYPE_SOCKET_FILTER;
}

/* Frames share 512 bytes, but not those of programs that can't interrupt themselves. */
static void test_own_stacks(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -264, 0),
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
		EXIT(),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -264, 0),
		MOV(BPF_REG_0, 0),
		EXIT(),
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, 6, ALV_REPORT_LEVEL1, &verdict), -EACCES);
	assert_non_null(strstr(report_text, "combined stack size of 2 calls is 544. Too large\n"));
	subject.type = BPF_PROG_TYPE_KPROBE;
	assert_int_equal(verify(insns, 6, ALV_REPORT_LEVEL1, &verdict), 0);
	subject.type = BPF_PROG_TYPE_SOCKET_FILTER;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets_in_maps),
		cmocka_unit_test(test_own_stacks),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses_unwritten_register),
		cmocka_unit_test(test_bounded_loop_ends),
		cmocka_unit_test(test_endless_loop_is_refused),
		cmocka_unit_test(test_null_check),
		cmocka_unit_test(test_unknown_descriptor),
		cmocka_unit_test(test_fastcall_stack_is_given_back),
		cmocka_unit_test(test_messages_are_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that go on and on: the verifier ends with Linux's limits and messages, with
 * memory that is bounded, and when its caller has something better to do.
 */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "insns.h"
#include "isa/insn.h"
#include "verifier/state.h"
#include "verifier/verifier.h"

#define MILLION  1000000u
#define LOG_SIZE 65536
#define MAX_MEMORY (128u << 20) /* beyond what instructions take */
#define MEASURE  256 /* instructions */

#define CALL(id)         INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define CALL_FUNC(to)    INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, to)
#define ADD(dst, value)  INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define JUMP(op, dst, off, value) INSN(BPF_JMP | (op) | BPF_K, dst, 0, off, value)

struct run {
	struct bpf_insn *insns;
	u32 n;
	struct alv_verdict verdict;
	char log[LOG_SIZE];
	size_t before;
	size_t peak; /* bytes that were allocated at a time */
	u32 visits;
	bool (*interrupted)(void *caller);
};

static int text_write(void *ctx, u32 offset, const void *src, u32 size)
{
	memcpy(((struct run *)ctx)->log + offset, src, size);
	return 0;
}

static int text_read(void *ctx, u32 offset, void *dst, u32 size)
{
	memcpy(dst, ((struct run *)ctx)->log + offset, size);
	return 0;
}

static int measure(void *data, u32 insn, const struct alv_state *state)
{
	struct run *run = data;
	struct mallinfo2 info;

	if (run->visits++ % MEASURE)
		return 0;
	info = mallinfo2();
	if (info.uordblks + info.hblkhd > run->peak)
		run->peak = info.uordblks + info.hblkhd;
	return 0;
}

static int end_path(void *data, struct alv_env *env)
{
	return 0;
}

static int setup(void **state)
{
	struct run *run = calloc(1, sizeof(*run));

	*state = run;
	if (run)
		run->insns = calloc(MILLION + 2, sizeof(*run->insns));
	return run && run->insns ? 0 : -1;
}

static int teardown(void **state)
{
	struct run *run = *state;

	free(run->insns);
	free(run);
	return 0;
}

static void add(struct run *run, struct bpf_insn insn)
{
	run->insns[run->n++] = insn;
}

static void add_end(struct run *run)
{
	add(run, MOV_IMM(BPF_REG_0, 0));
	add(run, EXIT());
}

static int verify(struct run *run)
{
	const struct alv_report_sink sink = { text_write, text_read, run };
	const struct alv_report_request want = { ALV_REPORT_STATS, LOG_SIZE, true, false };
	const struct alv_verifier_observer observer = { run, false, measure, end_path };
	struct mallinfo2 info = mallinfo2();
	struct alv_report report;
	struct alv_verifier_request request = {
		.insns = run->insns,
		.n_insns = run->n,
		.n_cpus = 2,
		.report = &report,
		.observer = &observer,
		.interrupted = run->interrupted,
		.caller = run,
	};
	u32 size;
	int err;

	run->before = info.uordblks + info.hblkhd;
	request.traits.type = alv_prog_type(V6_18, BPF_PROG_TYPE_SOCKET_FILTER);
	request.traits.kernel = V6_18;
	request.traits.authority.caps = ~0ull;
	request.traits.gpl = true;
	assert_int_equal(alv_report_init(&report, &want, &sink), 0);
	err = alv_verify(&request, &run->verdict);
	err = alv_report_finish(&report, err, &size);
	alv_report_fini(&report);
	free(run->verdict.facts);
	return err;
}

static void assert_says(const struct run *run, const char *message)
{
	if (!strstr(run->log, message))
		fail_msg("not said: %s\n%.2000s", message, run->log);
}

static void assert_memory(const struct run *run, size_t more)
{
	assert_in_range(run->peak - run->before, 0, MAX_MEMORY + more);
}

/* It would end some day. */
static void test_long_loop(void **state)
{
	struct run *run = *state;

	add(run, MOV_IMM(BPF_REG_6, 0));
	add(run, ADD(BPF_REG_6, 1));
	add(run, JUMP(BPF_JLT, BPF_REG_6, -2, INT32_MAX));
	add_end(run);
	assert_int_equal(verify(run), -E2BIG);
	assert_says(run, "BPF program is too large. Processed 1000001 insn\n");
	assert_memory(run, 0);
}

/* Each branch doubles what register 7 may be, and at the end it must be known. */
static void test_explosion(void **state)
{
	struct run *run = *state;

	add(run, MOV_IMM(BPF_REG_7, 0));
	for (u32 i = 0; i < 24; i++) {
		add(run, CALL(BPF_FUNC_get_prandom_u32));
		add(run, JUMP(BPF_JEQ, BPF_REG_0, 1, 0));
		add(run, ADD(BPF_REG_7, 1 << i));
	}
	add(run, JUMP(BPF_JGE, BPF_REG_7, 1, INT32_MAX));
	add(run, MOV_IMM(BPF_REG_0, 0));
	add_end(run);
	assert_int_equal(verify(run), -E2BIG);
	assert_says(run, "BPF program is too large. Processed 1000001 insn\n");
	assert_memory(run, 0);
}

static void test_many_branches(void **state)
{
	struct run *run = *state;
	const s32 n = 8200;

	add(run, INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_0, BPF_REG_1, 0, 0));
	for (s32 i = 0; i < n; i++)
		add(run, JUMP(BPF_JEQ, BPF_REG_0, (s16)(n - i - 1), i + 1));
	add_end(run);
	assert_int_equal(verify(run), -E2BIG);
	assert_says(run, "The sequence of 8193 jumps is too complex.\n");
	assert_memory(run, 0);
}

static void test_deep_calls(void **state)
{
	struct run *run = *state;

	for (u32 i = 0; i < 8; i++) {
		add(run, CALL_FUNC(1));
		add(run, EXIT());
	}
	add_end(run);
	assert_int_equal(verify(run), -E2BIG);
	assert_says(run, "the call stack of 9 frames is too deep\n");
}

static void test_million_instructions(void **state)
{
	struct run *run = *state;

	while (run->n < MILLION - 2)
		add(run, MOV_IMM(BPF_REG_0, 0));
	add_end(run);
	assert_int_equal(verify(run), 0);
	assert_int_equal(run->verdict.processed, MILLION);
	/* What is known of each instruction. */
	assert_memory(run, MILLION * 256ul);
}

static bool is_interrupted(void *caller)
{
	return ((struct run *)caller)->visits > MILLION / 10;
}

static void test_interrupted(void **state)
{
	struct run *run = *state;

	run->interrupted = is_interrupted;
	add(run, MOV_IMM(BPF_REG_6, 0));
	add(run, ADD(BPF_REG_6, 1));
	add(run, JUMP(BPF_JLT, BPF_REG_6, -2, INT32_MAX));
	add_end(run);
	assert_int_equal(verify(run), -EAGAIN);
	assert_in_range(run->verdict.processed, MILLION / 10, MILLION / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_long_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_explosion, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_branches, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_million_instructions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

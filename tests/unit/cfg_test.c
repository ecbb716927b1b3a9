/* SPDX-License-Identifier: BSD-2-Clause */
/* Subprograms, control flow and the facts found before exploration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "isa/cfg.h"

#define MOV(dst, imm)	    { 0xb7, dst, 0, 0, imm }
#define ADD(dst, imm)	    { 0x07, dst, 0, 0, imm }
#define GOTO(off)	    { 0x05, 0, 0, off, 0 }
#define IF_EQ(dst, imm, off) { 0x15, dst, 0, off, imm }
#define MAY_GOTO(off)	    { 0xe5, 0, 0, off, 0 }
#define CALL(imm)	    { 0x85, 0, 1, 0, imm }
#define HELPER(imm)	    { 0x85, 0, 0, 0, imm }
#define FUNC(dst, imm)	    { 0x18, dst, 4, 0, imm }, { 0, 0, 0, 0, 0 }
#define SPILL(src, off)	    { 0x7b, 10, src, off, 0 }
#define FILL(dst, off)	    { 0x79, dst, 10, off, 0 }
#define EXIT		    { 0x95, 0, 0, 0, 0 }

enum { SYNC = 1000, ASYNC, SLEEPS, CHANGES, NEXT, FAST, NOT_FAST };

static struct alv_call_facts facts_of(void *data, const struct bpf_insn *call)
{
	switch (call->imm) {
	case SYNC:
		return (struct alv_call_facts){ ALV_CALL_SYNC_CALLBACK, 0 };
	case ASYNC:
		return (struct alv_call_facts){ ALV_CALL_ASYNC_CALLBACK, 0 };
	case SLEEPS:
		return (struct alv_call_facts){ ALV_CALL_SLEEPS, 0 };
	case CHANGES:
		return (struct alv_call_facts){ ALV_CALL_CHANGES_PACKET, 0 };
	case NEXT:
		return (struct alv_call_facts){ ALV_CALL_ITER_NEXT, 0 };
	case FAST:
		return (struct alv_call_facts){ ALV_CALL_KNOWN | ALV_CALL_FASTCALL, 1 };
	case NOT_FAST:
		return (struct alv_call_facts){ ALV_CALL_KNOWN | ALV_CALL_VOID, 2 };
	default:
		return (struct alv_call_facts){ 0 };
	}
}

static const struct alv_cfg_rules privileged = { .may_call = true, .call = facts_of };
static const struct alv_cfg_rules unprivileged = { .may_call = false, .call = facts_of };

/* Through all phases, or to the first that fails. */
static int analyse(struct alv_cfg *cfg, const struct bpf_insn *insns, u32 n,
		   const struct alv_cfg_rules *rules, struct alv_isa_error *error)
{
	int err;

	memset(error, 0, sizeof(*error));
	assert_int_equal(alv_cfg_init(cfg, insns, n), 0);
	err = alv_cfg_find_subprogs(cfg, rules, error);
	if (!err)
		err = alv_cfg_check_subprogs(cfg, error);
	if (!err)
		err = alv_cfg_walk(cfg, rules, error);
	if (!err)
		err = alv_cfg_find_postorder(cfg);
	if (!err)
		err = alv_cfg_find_loops(cfg);
	if (!err)
		err = alv_cfg_find_live(cfg, rules);
	if (!err)
		alv_cfg_find_fastcalls(cfg, rules);
	return err;
}

static void assert_refused(const struct bpf_insn *insns, u32 n,
			   const struct alv_cfg_rules *rules, int expected,
			   const char *text)
{
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, n, rules, &error), expected);
	assert_int_equal(error.err, expected);
	assert_string_equal(error.text, text);
	alv_cfg_fini(&cfg);
}

#define REFUSED(rules, err, text, ...)                                            \
	do {                                                                      \
		struct bpf_insn insns_[] = { __VA_ARGS__ };                       \
		assert_refused(insns_, ALV_COUNT(insns_), rules, err, text);      \
	} while (0)

static void refuses_what_leads_nowhere(void **state)
{
	REFUSED(&privileged, -EINVAL, "jump out of range from insn 0 to 2", GOTO(1),
		EXIT);
	REFUSED(&privileged, -EINVAL, "jump out of range from insn 0 to -1",
		IF_EQ(0, 0, -2), EXIT);
	REFUSED(&privileged, -EINVAL, "jump out of range from insn 1 to -2147483647",
		MOV(0, 0), { 0x06, 0, 0, 0, INT32_MAX }, EXIT);
	REFUSED(&privileged, -EINVAL, "last insn is not an exit or jmp", EXIT, MOV(0, 0));
	REFUSED(&privileged, -EINVAL, "unreachable insn 1", EXIT, EXIT);
	REFUSED(&privileged, -EINVAL, "jump into the middle of ldimm64 insn 1",
		IF_EQ(0, 0, 1), { 0x18, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 }, EXIT);
	REFUSED(&privileged, -EINVAL, "call to invalid destination", CALL(1), EXIT);
	REFUSED(&privileged, -EINVAL, "call to invalid destination", CALL(INT32_MAX),
		EXIT);
	REFUSED(&privileged, -EINVAL, "call to invalid destination", CALL(INT32_MIN),
		EXIT);
	/* Out of one subprogram into another. */
	REFUSED(&privileged, -EINVAL, "jump out of range from insn 0 to 2",
		IF_EQ(0, 0, 1), GOTO(2), EXIT, EXIT, CALL(-3), EXIT);
}

static void refuses_calls_and_loops_of_the_unprivileged(void **state)
{
	static const struct bpf_insn loop[] = { MOV(0, 0), ADD(0, 1), IF_EQ(0, 9, -2),
						EXIT };
	struct alv_isa_error error;
	struct alv_cfg cfg;

	REFUSED(&unprivileged, -EPERM,
		"loading/calling other bpf or kernel functions are allowed for CAP_BPF "
		"and CAP_SYS_ADMIN",
		CALL(1), EXIT, EXIT);
	assert_int_equal(analyse(&cfg, loop, ALV_COUNT(loop), &unprivileged, &error),
			 -EINVAL);
	assert_string_equal(error.text, "back-edge from insn 2 to 1");
	assert_int_equal(error.n_lines, 2);
	assert_int_equal(error.lines[0], 2);
	assert_int_equal(error.lines[1], 1);
	alv_cfg_fini(&cfg);
	assert_int_equal(analyse(&cfg, loop, ALV_COUNT(loop), &privileged, &error), 0);
	alv_cfg_fini(&cfg);
}

static void lets_only_jumps_lead_back_in_old_kernels(void **state)
{
	static const struct alv_cfg_rules old = { .kernel = V6_6, .may_call = true };
	static const struct bpf_insn loop[] = { MOV(0, 0), IF_EQ(0, 9, -2), EXIT };
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, loop, ALV_COUNT(loop), &old, &error), 0);
	alv_cfg_fini(&cfg);
	/* A subprogram calls itself. */
	REFUSED(&old, -EINVAL, "back-edge from insn 2 to 2", CALL(1), EXIT, CALL(-1),
		EXIT);
	/* Into the loop from its end. */
	REFUSED(&old, -EINVAL, "back-edge from insn 3 to 4", GOTO(3), MOV(0, 0), EXIT,
		MOV(0, 0), IF_EQ(0, 0, -4), GOTO(-3));
}

static void limits_subprograms(void **state)
{
	struct bpf_insn insns[2 * (ALV_MAX_SUBPROGS + 1)];
	u32 n = ALV_MAX_SUBPROGS;

	/* n calls and an exit, then n subprograms of one exit each: with main n + 1. */
	for (u32 i = 0; i < n; i++) {
		insns[i] = (struct bpf_insn)CALL((s32)n);
		insns[n + 1 + i] = (struct bpf_insn)EXIT;
	}
	insns[n] = (struct bpf_insn)EXIT;
	assert_refused(insns, 2 * n + 1, &privileged, -E2BIG, "too many subprograms");
}

static void assert_marks(const struct alv_cfg *cfg, u32 insn, u8 marks)
{
	assert_int_equal(cfg->facts[insn].marks, marks);
}

static void marks_where_states_are_compared(void **state)
{
	static const struct bpf_insn insns[] = {
		/* 0 */ IF_EQ(1, 0, 1),
		/* 1 */ GOTO(1),
		/* 2 */ MAY_GOTO(0),
		/* 3 */ HELPER(SYNC),
		/* 4 */ HELPER(ASYNC),
		/* 5 */ HELPER(NEXT),
		/* 6 */ CALL(3),
		/* 7 */ FUNC(1, 2),
		/* 9 */ EXIT,
		/* 10 */ EXIT,
	};
	const u8 behind_call = ALV_MARK_PRUNE | ALV_MARK_JUMP;
	const u8 target = behind_call | ALV_MARK_TARGET;
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, ALV_COUNT(insns), &privileged, &error), 0);
	assert_int_equal(cfg.n_subprogs, 2);
	assert_int_equal(cfg.subprogs[1].start, 10);
	assert_int_equal(alv_cfg_subprog_at(&cfg, 10), 1);
	assert_int_equal(alv_cfg_subprog_at(&cfg, 9), -ENOENT);
	assert_int_equal(alv_cfg_subprog_of(&cfg, 9), 0);
	assert_marks(&cfg, 0, ALV_MARK_PRUNE);
	assert_marks(&cfg, 1, 0);
	assert_marks(&cfg, 2, target | ALV_MARK_CHECKPOINT);
	assert_marks(&cfg, 3, target | ALV_MARK_CALLBACK | ALV_MARK_CHECKPOINT);
	assert_marks(&cfg, 4, behind_call);
	assert_marks(&cfg, 5, behind_call | ALV_MARK_CHECKPOINT);
	assert_marks(&cfg, 6, behind_call);
	assert_marks(&cfg, 7, behind_call);
	assert_marks(&cfg, 8, 0);
	assert_marks(&cfg, 9, behind_call);
	assert_marks(&cfg, 10, target);
	alv_cfg_fini(&cfg);
}

static void passes_effects_to_callers(void **state)
{
	static const struct bpf_insn insns[] = {
		/* 0 */ CALL(3), CALL(1), EXIT,
		/* 3 */ EXIT,
		/* 4 */ CALL(1), EXIT,
		/* 6 */ HELPER(SLEEPS), HELPER(CHANGES), EXIT,
	};
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, ALV_COUNT(insns), &privileged, &error), 0);
	assert_int_equal(cfg.n_subprogs, 4);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(cfg.subprogs[i].sleeps, i != 1);
		assert_int_equal(cfg.subprogs[i].changes_packet, i != 1);
	}
	alv_cfg_fini(&cfg);
}

static void follows_the_exception_callback(void **state)
{
	static const struct bpf_insn insns[] = { EXIT, MOV(0, 0), EXIT };
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(alv_cfg_init(&cfg, insns, ALV_COUNT(insns)), 0);
	assert_int_equal(alv_cfg_find_subprogs(&cfg, &privileged, &error), 0);
	assert_int_equal(alv_cfg_add_exception_callback(&cfg, 1, &error), 0);
	assert_int_equal(cfg.exception_callback, 1);
	assert_int_equal(alv_cfg_check_subprogs(&cfg, &error), 0);
	assert_int_equal(alv_cfg_walk(&cfg, &privileged, &error), 0);
	assert_int_equal(alv_cfg_find_postorder(&cfg), 0);
	assert_int_equal(cfg.subprogs[1].postorder_start, 1);
	assert_int_equal(cfg.n_postorder, 3);
	assert_int_equal(cfg.postorder[1], 2);
	assert_int_equal(cfg.postorder[2], 1);
	alv_cfg_fini(&cfg);
}

static void finds_loops_and_live_registers(void **state)
{
	static const struct bpf_insn insns[] = {
		/* 0 */ MOV(0, 0),
		/* 1 */ MOV(6, 9),
		/* 2 */ ADD(6, -1),       /* inner loop: 2, 3 */
		/* 3 */ IF_EQ(6, 0, -2),
		/* 4 */ IF_EQ(7, 0, -4),  /* outer loop: 1 to 4 */
		/* 5 */ IF_EQ(8, 0, -1),  /* itself */
		/* 6 */ EXIT,
	};
	static const u32 sccs[] = { 0, 2, 2, 2, 2, 1, 0 };
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, ALV_COUNT(insns), &privileged, &error), 0);
	for (u32 i = 0; i < ALV_COUNT(insns); i++)
		assert_int_equal(cfg.facts[i].scc, sccs[i]);
	assert_int_equal(cfg.n_sccs, 2);
	assert_int_equal(cfg.facts[0].live, 1 << 7 | 1 << 8);
	assert_int_equal(cfg.facts[2].live, 1 | 1 << 6 | 1 << 7 | 1 << 8);
	assert_int_equal(cfg.facts[5].live, 1 | 1 << 8);
	assert_int_equal(cfg.facts[6].live, 1);
	alv_cfg_fini(&cfg);
}

static void finds_fastcalls(void **state)
{
	static const struct bpf_insn insns[] = {
		/* 0 */ SPILL(3, -8), SPILL(2, -16), HELPER(FAST),
		/* 3 */ FILL(2, -16), FILL(3, -8),
		/* 5 */ MOV(0, 0), EXIT,
	};
	static const struct bpf_insn entered[] = {
		/* 0 */ IF_EQ(1, 0, 1), SPILL(3, -8), SPILL(2, -16), HELPER(NOT_FAST),
		/* 4 */ FILL(2, -16), FILL(3, -8), EXIT,
	};
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, ALV_COUNT(insns), &privileged, &error), 0);
	for (u32 i = 0; i < ALV_COUNT(insns); i++)
		assert_int_equal(!!(cfg.facts[i].marks & ALV_MARK_FASTCALL),
				 i < 5 && i != 2);
	assert_int_equal(cfg.facts[2].spills, 2);
	assert_int_equal(cfg.subprogs[0].fastcall_stack_off, 0);
	assert_false(cfg.subprogs[0].keep_fastcall_stack);
	alv_cfg_fini(&cfg);
	/* R2 is an argument there: no pattern. */
	assert_int_equal(analyse(&cfg, entered, ALV_COUNT(entered), &privileged, &error),
			 0);
	for (u32 i = 0; i < ALV_COUNT(entered); i++)
		assert_false(cfg.facts[i].marks & ALV_MARK_FASTCALL);
	alv_cfg_fini(&cfg);
}

static void keeps_fastcalls_that_are_not_inlined(void **state)
{
	static const struct bpf_insn insns[] = {
		/* 0 */ SPILL(1, -24), IF_EQ(1, 0, 1), SPILL(0, -16), SPILL(3, -24),
		/* 4 */ HELPER(NOT_FAST), FILL(3, -24), FILL(0, -16), EXIT,
	};
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_int_equal(analyse(&cfg, insns, ALV_COUNT(insns), &privileged, &error), 0);
	/* A jump enters at 3: the pair around it is not part of the pattern. */
	assert_true(cfg.facts[3].marks & ALV_MARK_FASTCALL);
	assert_false(cfg.facts[2].marks & ALV_MARK_FASTCALL);
	assert_int_equal(cfg.facts[4].spills, 0);
	assert_int_equal(cfg.subprogs[0].fastcall_stack_off, -16);
	assert_true(cfg.subprogs[0].keep_fastcall_stack);
	alv_cfg_fini(&cfg);
}

/* A million instructions, as deep as a walk can get. */
static void stands_large_programs(void **state)
{
	const u32 n = 1000000;
	struct bpf_insn *insns = calloc(n, sizeof(*insns));
	struct alv_isa_error error;
	struct alv_cfg cfg;

	assert_non_null(insns);
	insns[0] = (struct bpf_insn)MOV(0, 0);
	for (u32 i = 1; i < n - 1; i++)
		insns[i] = (struct bpf_insn)IF_EQ(1, 0, i < 30000 ? -(s32)i : -30000);
	insns[n - 1] = (struct bpf_insn)EXIT;
	assert_int_equal(analyse(&cfg, insns, n, &privileged, &error), 0);
	assert_int_equal(cfg.n_postorder, n);
	assert_int_equal(cfg.n_sccs, 1);
	assert_int_equal(cfg.facts[1].scc, 1);
	assert_int_equal(cfg.facts[n - 2].live, 1 | 1 << 1);
	alv_cfg_fini(&cfg);
	free(insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_leads_nowhere),
		cmocka_unit_test(refuses_calls_and_loops_of_the_unprivileged),
		cmocka_unit_test(lets_only_jumps_lead_back_in_old_kernels),
		cmocka_unit_test(limits_subprograms),
		cmocka_unit_test(marks_where_states_are_compared),
		cmocka_unit_test(passes_effects_to_callers),
		cmocka_unit_test(follows_the_exception_callback),
		cmocka_unit_test(finds_loops_and_live_registers),
		cmocka_unit_test(finds_fastcalls),
		cmocka_unit_test(keeps_fastcalls_that_are_not_inlined),
		cmocka_unit_test(stands_large_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

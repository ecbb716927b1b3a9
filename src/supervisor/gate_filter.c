/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the filter that knows the gate: before the rules, because these
 * can't ask where a call comes from. Each number is looked at first and the
 * place only then, so that the kernel still finds most calls to be always
 * allowed when the filter is loaded and never runs it for them.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/filter.h"
#include "supervisor/gate.h"
#include "supervisor/sigsys.h"

#define FIELD(name)  ((u32)offsetof(struct seccomp_data, name))
#define GUARD_LENGTH 8
#define MAX_GUARD    (GUARD_LENGTH * 256) /* instructions */

struct guard {
	struct sock_filter code[MAX_GUARD];
	u32 count;
};

static void emit(struct guard *guard, u16 code, u32 k, u8 jt, u8 jf)
{
	guard->code[guard->count++] = (struct sock_filter){
		.code = code, .jt = jt, .jf = jf, .k = k,
	};
}

/*
 * With the number in the accumulator: call `nr` ends in `action` if the 64 bits at
 * `field` are one of two values with the same upper half.
 */
static void emit_guard(struct guard *guard, int nr, u32 field, u32 high, const u32 low[2],
		       u32 action)
{
	emit(guard, BPF_JMP | BPF_JEQ | BPF_K, (u32)nr, 0, 7);
	emit(guard, BPF_LD | BPF_W | BPF_ABS, field + 4, 0, 0);
	emit(guard, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 4);
	emit(guard, BPF_LD | BPF_W | BPF_ABS, field, 0, 0);
	emit(guard, BPF_JMP | BPF_JEQ | BPF_K, low[0], 1, 0);
	emit(guard, BPF_JMP | BPF_JEQ | BPF_K, low[1], 0, 1);
	emit(guard, BPF_RET | BPF_K, action, 0, 0);
	emit(guard, BPF_LD | BPF_W | BPF_ABS, FIELD(nr), 0, 0);
}

/* Our own changes of the action for SIGSYS, which don't come from the gate. */
static void emit_sigaction(struct guard *guard)
{
	const u32 low[2] = { (u32)ALV_SIGSYS_OURS, (u32)ALV_SIGSYS_OURS };

	emit_guard(guard, __NR_rt_sigaction, FIELD(args[5]), (u32)(ALV_SIGSYS_OURS >> 32), low,
		   SECCOMP_RET_ALLOW);
}

static bool passes_gate(const struct alv_call_row *row, const struct alv_filter_plan *plan)
{
	/* bpf(2) is always answered, never passed on. */
	return row->nr != __NR_bpf && alv_call_action(row, plan) == ALV_ACTION_TRAP;
}

static int emit_arch(struct guard *guard, u32 arch, const struct alv_filter_plan *plan)
{
	bool i386 = arch == AUDIT_ARCH_I386;
	const int modes[2] = { i386 ? ALV_GATE_INT80 : ALV_GATE_X86_64,
			       i386 ? ALV_GATE_I386 : ALV_GATE_X86_64 };
	const u32 pass[2] = { alv_gate_seen(modes[0], ALV_GATE_PASS),
			      alv_gate_seen(modes[1], ALV_GATE_PASS) };
	const u32 notify[2] = { alv_gate_seen(modes[0], ALV_GATE_NOTIFY),
				alv_gate_seen(modes[1], ALV_GATE_NOTIFY) };
	u32 start;

	emit(guard, BPF_LD | BPF_W | BPF_ABS, FIELD(arch), 0, 0);
	emit(guard, BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
	start = guard->count;
	emit(guard, BPF_JMP | BPF_JA, 0, 0, 0);
	emit(guard, BPF_LD | BPF_W | BPF_ABS, FIELD(nr), 0, 0);
	if (plan->listener)
		emit_guard(guard, i386 ? ALV_GATE_NR_I386 : __NR_getpid,
			   FIELD(instruction_pointer), 0, notify, SECCOMP_RET_USER_NOTIF);
	if (!i386)
		emit_sigaction(guard);
	for (size_t i = 0; i < alv_n_call_rows; i++) {
		const struct alv_call_row *row = &alv_call_rows[i];
		int nr = i386 ? row->nr_i386 : row->nr;

		if (nr < 0 || !passes_gate(row, plan))
			continue;
		if (guard->count + 2 * GUARD_LENGTH > MAX_GUARD)
			return -E2BIG;
		emit_guard(guard, nr, FIELD(instruction_pointer), 0, pass,
			   SECCOMP_RET_ALLOW);
	}
	guard->code[start].k = guard->count - start - 1;
	return 0;
}

int alv_filter_add_gate(struct alv_filter *filter, const struct alv_filter_plan *plan)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	struct sock_filter *code;
	int err;

	if (!guard)
		return -ENOMEM;
	err = emit_arch(guard, AUDIT_ARCH_X86_64, plan);
	if (!err)
		err = emit_arch(guard, AUDIT_ARCH_I386, plan);
	code = err ? NULL : reallocarray(filter->code, filter->count + guard->count,
					 sizeof(*filter->code));
	if (code) {
		memmove(code + guard->count, code, filter->count * sizeof(*code));
		memcpy(code, guard->code, guard->count * sizeof(*code));
		filter->code = code;
		filter->count += guard->count;
	} else if (!err) {
		err = -ENOMEM;
	}
	free(guard);
	return err;
}

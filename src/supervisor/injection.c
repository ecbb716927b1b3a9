/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/injection.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/ptrace.h>

#include "base/atomic.h"
#include "supervisor/gate.h"

static void set_call(struct user_regs_struct *regs, const struct alv_injection *injection)
{
	const u64 *args = injection->args;

	regs->rip = injection->pc;
	regs->rax = injection->nr;
	/* No call that could be restarted, whatever the next signal finds in rax. */
	regs->orig_rax = (u64)-1;
	if (injection->arch == AUDIT_ARCH_I386) {
		regs->rbx = args[0];
		regs->rcx = args[1];
		regs->rdx = args[2];
		regs->rsi = args[3];
		regs->rdi = args[4];
		regs->rbp = args[5];
	} else {
		regs->rdi = args[0];
		regs->rsi = args[1];
		regs->rdx = args[2];
		regs->r10 = args[3];
		regs->r8 = args[4];
		regs->r9 = args[5];
	}
}

int alv_injection_start(struct alv_tracee *tracee, struct alv_injection *injection)
{
	struct user_regs_struct regs;
	u64 all = ~0ull;

	if (ptrace(PTRACE_GETREGS, tracee->tid, NULL, &injection->regs) ||
	    ptrace(PTRACE_GETSIGMASK, tracee->tid, (void *)sizeof(u64), &injection->mask) ||
	    ptrace(PTRACE_SETSIGMASK, tracee->tid, (void *)sizeof(u64), &all))
		return -ESRCH;
	if (!injection->pc)
		injection->pc = injection->regs.rip - ALV_GATE_INSTRUCTION;
	regs = injection->regs;
	set_call(&regs, injection);
	injection->regs.orig_rax = (u64)-1;
	ptrace(PTRACE_SETREGS, tracee->tid, NULL, &regs);
	alv_store_release(&tracee->injection, injection);
	alv_tracee_run(tracee, 0);
	return 0;
}

void alv_injection_step(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	struct alv_injection *injection = tracee->injection;
	struct user_regs_struct regs;

	if (!injection || !injection->entered) {
		if (injection)
			injection->entered = true;
		alv_tracee_run(tracee, 0);
		return;
	}
	/* Killed in this stop: its end is reported, and drops the injection. */
	if (ptrace(PTRACE_GETREGS, tracee->tid, NULL, &regs))
		return;
	injection->result = (s64)regs.rax;
	ptrace(PTRACE_SETREGS, tracee->tid, NULL, &injection->regs);
	ptrace(PTRACE_SETSIGMASK, tracee->tid, (void *)sizeof(u64), &injection->mask);
	alv_store_release(&tracee->injection, NULL);
	injection->end(tracer, tracee, injection, 0);
}

void alv_injection_drop(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	struct alv_injection *injection = tracee->injection;

	alv_store_release(&tracee->injection, NULL);
	if (injection)
		injection->end(tracer, tracee, injection, -ESRCH);
}

struct inject_errand {
	struct alv_errand errand;
	struct alv_injection injection;
	int tid;
};

static void inject_end(struct alv_tracer *tracer, struct alv_tracee *tracee,
		       struct alv_injection *injection, int err)
{
	struct inject_errand *inject =
		alv_container(injection, struct inject_errand, injection);

	alv_errand_finish(tracer, &inject->errand, err);
}

static void inject_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct inject_errand *inject = alv_container(errand, struct inject_errand, errand);
	struct alv_tracee *tracee = alv_tracee_find(alv_tracer_tracees(tracer), inject->tid);

	if (!tracee || alv_injection_start(tracee, &inject->injection))
		alv_errand_finish(tracer, errand, -ESRCH);
}

int alv_inject(struct alv_tracer *tracer, int tid, u32 arch, u64 nr, const u64 args[6],
	       s64 *ret_result)
{
	struct inject_errand inject = {
		.errand = { .run = inject_run },
		.injection = { .end = inject_end, .arch = arch, .nr = nr },
		.tid = tid,
	};
	int err;

	memcpy(inject.injection.args, args, sizeof(inject.injection.args));
	err = alv_tracer_send(tracer, &inject.errand);
	if (!err)
		*ret_result = inject.injection.result;
	return err;
}

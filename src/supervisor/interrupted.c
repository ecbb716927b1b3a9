/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/interrupted.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "supervisor/calls.h"
#include "supervisor/gate.h"
#include "supervisor/tracer.h"

/* Of the kernel, for itself and for tracers: repeat unless a handler objects; always. */
#define ERESTARTSYS    512
#define ERESTARTNOINTR 513
#define CS_I386        0x23 /* the code segment of 32-bit programs */

static u32 arch_of(int tid, const struct user_regs_struct *regs)
{
	long code;

	if (regs->cs == CS_I386)
		return AUDIT_ARCH_I386;
	code = ptrace(PTRACE_PEEKTEXT, tid, (void *)(regs->rip - ALV_GATE_INSTRUCTION), NULL);
	return (code & 0xffff) == 0x80cd ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
}

static void read_args(const struct user_regs_struct *regs, u32 arch, u64 args[6])
{
	if (arch == AUDIT_ARCH_I386) {
		args[0] = (u32)regs->rbx;
		args[1] = (u32)regs->rcx;
		args[2] = (u32)regs->rdx;
		args[3] = (u32)regs->rsi;
		args[4] = (u32)regs->rdi;
		args[5] = (u32)regs->rbp;
	} else {
		args[0] = regs->rdi;
		args[1] = regs->rsi;
		args[2] = regs->rdx;
		args[3] = regs->r10;
		args[4] = regs->r8;
		args[5] = regs->r9;
	}
}

/* Did the call wait for the listener, and can it not have waited for anything else? */
static bool waited_for_us(struct alv_tracee *tracee, u32 arch, int nr, const u64 args[6])
{
	struct alv_filter_plan plan;

	if (!tracee->server)
		return false;
	plan = alv_server_plan(tracee->server);
	if (alv_calls_action(&plan, arch, nr, args) != ALV_ACTION_NOTIFY)
		return false;
	return arch != AUDIT_ARCH_X86_64 || nr != SYS_flock || args[1] & LOCK_NB;
}

void alv_interrupted_repeat(struct alv_tracees *table, struct alv_tracee *tracee)
{
	struct user_regs_struct regs;
	u64 args[6];
	u32 arch;

	if (ptrace(PTRACE_GETREGS, tracee->tid, NULL, &regs) || (s32)regs.rax != -ERESTARTSYS ||
	    (s64)regs.orig_rax < 0)
		return;
	if (!alv_gate_waits(regs.rip)) {
		arch = arch_of(tracee->tid, &regs);
		read_args(&regs, arch, args);
		if (!waited_for_us(tracee, arch, (int)regs.orig_rax, args))
			return;
		pthread_mutex_lock(&table->lock);
		tracee->repeated = (struct alv_repeated){
			.any = true,
			.nr = (int)regs.orig_rax,
			.arg = args[0],
		};
		pthread_mutex_unlock(&table->lock);
	}
	ptrace(PTRACE_POKEUSER, tracee->tid, (void *)offsetof(struct user_regs_struct, rax),
	       (void *)(long)-ERESTARTNOINTR);
}

bool alv_interrupted_came_again(struct alv_request *req)
{
	struct alv_tracees *table;
	struct alv_tracer *tracer;
	struct alv_tracee *tracee;
	bool again = false;

	if (req->server->transport != ALV_TRANSPORT_TRAP || alv_tracer_get(&tracer))
		return false;
	table = alv_tracer_tracees(tracer);
	pthread_mutex_lock(&table->lock);
	tracee = alv_tracee_find(table, req->task.tid);
	if (tracee && tracee->repeated.any && tracee->repeated.nr == req->nr &&
	    tracee->repeated.arg == req->args[0]) {
		tracee->repeated.any = false;
		again = true;
	}
	pthread_mutex_unlock(&table->lock);
	return again;
}

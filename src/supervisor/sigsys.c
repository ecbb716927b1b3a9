/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/sigsys.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/call.h"
#include "supervisor/gate.h"
#include "supervisor/injection.h"

#define SIGSYS_BIT (1ull << (SIGSYS - 1))
#define UNBLOCKABLE (1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1))
#define RED_ZONE   128
#define CS_I386    0x23 /* the code segment of 32-bit programs */
#define VDSO_SIZE  8192
/* The flags that the kernel has; others it forgets. */
#define KNOWN_FLAGS                                                                     \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART |           \
	 (u64)SA_NODEFER | (u64)SA_RESETHAND | 0x04000000 /* SA_RESTORER */ |           \
	 0x00000800 /* SA_EXPOSE_TAGBITS */)

struct alv_sigsys {
	unsigned int refs;
	struct alv_sigaction action;
	bool applied; /* the kernel was told of this action */
	bool told;    /* the kernel was told of some action */
};

/* A line of /proc/TID/status that holds a set of signals. */
static u64 status_set(int tid, const char *field)
{
	ALV_AUTO(fd) int fd = -1;
	char path[32], text[4096];
	char *at = NULL;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, text, sizeof(text) - 1);
	if (size > 0) {
		text[size] = '\0';
		at = strstr(text, field);
	}
	return at ? strtoull(at + strlen(field), NULL, 16) : 0;
}

static struct alv_sigsys *sigsys_copy(const struct alv_sigaction *action, bool told)
{
	struct alv_sigsys *sigsys = calloc(1, sizeof(*sigsys));

	if (sigsys) {
		sigsys->refs = 1;
		sigsys->action = *action;
		sigsys->told = told;
	}
	return sigsys;
}

struct alv_sigsys *alv_sigsys_new(int tid)
{
	struct alv_sigaction action = {};

	if (status_set(tid, "SigIgn:") & SIGSYS_BIT)
		action.handler = (u64)SIG_IGN;
	return sigsys_copy(&action, false);
}

void alv_sigsys_put(struct alv_sigsys *sigsys)
{
	if (sigsys && !--sigsys->refs)
		free(sigsys);
}

static bool same_process(int parent, int child)
{
	char path[48];

	/* Any thread's directory lists the threads of its process. */
	snprintf(path, sizeof(path), "/proc/%d/task/%d", parent, child);
	return !access(path, F_OK);
}

struct alv_sigsys *alv_sigsys_inherit(struct alv_sigsys *sigsys, int parent, int child)
{
	if (!sigsys)
		return NULL;
	if (same_process(parent, child)) {
		sigsys->refs++;
		return sigsys;
	}
	return sigsys_copy(&sigsys->action, sigsys->told);
}

struct alv_sigsys *alv_sigsys_exec(struct alv_sigsys *sigsys)
{
	struct alv_sigaction action = {};

	if (sigsys && sigsys->action.handler == (u64)SIG_IGN)
		action.handler = (u64)SIG_IGN;
	alv_sigsys_put(sigsys);
	return sigsys_copy(&action, false);
}

/* Deliver a genuine SIGSYS */

struct telling {
	struct alv_injection injection;
	siginfo_t info;
};

/* The kernel knows the action now: let the signal come once more. */
static void tell_end(struct alv_tracer *tracer, struct alv_tracee *tracee,
		     struct alv_injection *injection, int err)
{
	struct telling *telling = alv_container(injection, struct telling, injection);

	if (!err) {
		tracee->redelivered = malloc(sizeof(telling->info));
		if (tracee->redelivered)
			*tracee->redelivered = telling->info;
		if (tracee->sigsys)
			tracee->sigsys->applied = tracee->sigsys->told = true;
		alv_tracee_run(tracee, SIGSYS);
	}
	free(telling);
}

static bool is_syscall(int tid, u64 addr)
{
	errno = 0;
	return (ptrace(PTRACE_PEEKTEXT, tid, (void *)addr, NULL) & 0xffff) == 0x050f &&
	       !errno;
}

/* Where does the kernel's own code in this process make a system call? */
static u64 vdso_syscall(int tid)
{
	static const u8 instruction[] = { 0x0f, 0x05 };
	ALV_AUTO(fd) int fd = -1;
	u8 code[VDSO_SIZE];
	struct iovec ours = { .iov_base = code, .iov_len = sizeof(code) };
	struct iovec theirs = { .iov_len = sizeof(code) };
	Elf64_auxv_t entry = {};
	char path[32];
	ssize_t size;
	u8 *found;

	snprintf(path, sizeof(path), "/proc/%d/auxv", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && read(fd, &entry, sizeof(entry)) == sizeof(entry))
		if (entry.a_type == AT_SYSINFO_EHDR)
			break;
	if (entry.a_type != AT_SYSINFO_EHDR)
		return 0;
	theirs.iov_base = (void *)(uintptr_t)entry.a_un.a_val;
	size = process_vm_readv(tid, &ours, 1, &theirs, 1, 0);
	if (size <= 0)
		return 0;
	found = memmem(code, (size_t)size, instruction, sizeof(instruction));
	return found ? entry.a_un.a_val + (u64)(found - code) : 0;
}

static u64 find_syscall(int tid, u64 pc)
{
	u64 gate = alv_gate_address(ALV_GATE_X86_64, ALV_GATE_PASS);

	if (is_syscall(tid, pc - ALV_GATE_INSTRUCTION))
		return pc - ALV_GATE_INSTRUCTION;
	return is_syscall(tid, gate) ? gate : vdso_syscall(tid);
}

/* Where the thread may be written to: below its stack and the red zone. */
static int put_action(int tid, u64 sp, const struct alv_sigaction *action, u64 *ret_addr)
{
	u64 addr = (sp - RED_ZONE - sizeof(*action)) & ~15ull;
	const u64 *words = (const u64 *)action;

	for (size_t i = 0; i < sizeof(*action) / sizeof(*words); i++)
		if (ptrace(PTRACE_POKEDATA, tid, (void *)(addr + i * sizeof(*words)),
			   (void *)words[i]))
			return -EFAULT;
	*ret_addr = addr;
	return 0;
}

static int tell_kernel(struct alv_tracee *tracee)
{
	struct telling *telling = calloc(1, sizeof(*telling));
	struct alv_injection *injection;
	struct user_regs_struct regs;
	int err = -ESRCH;

	if (!telling)
		return -ENOMEM;
	injection = &telling->injection;
	if (!ptrace(PTRACE_GETREGS, tracee->tid, NULL, &regs) &&
	    !ptrace(PTRACE_GETSIGINFO, tracee->tid, NULL, &telling->info) &&
	    regs.cs != CS_I386)
		err = put_action(tracee->tid, regs.rsp, &tracee->sigsys->action,
				 &injection->args[1]);
	if (!err) {
		injection->pc = find_syscall(tracee->tid, regs.rip);
		injection->end = tell_end;
		injection->arch = AUDIT_ARCH_X86_64;
		injection->nr = __NR_rt_sigaction;
		injection->args[0] = SIGSYS;
		injection->args[3] = sizeof(u64);
		injection->args[5] = ALV_SIGSYS_OURS;
		err = injection->pc ? alv_injection_start(tracee, injection) : -ENOENT;
	}
	if (err)
		free(telling);
	return err;
}

/* Does the kernel do what the client wishes? */
static bool kernel_knows(struct alv_tracee *tracee)
{
	struct alv_sigsys *sigsys = tracee->sigsys;
	bool caught = status_set(tracee->tid, "SigCgt:") & SIGSYS_BIT;

	if (sigsys->action.handler == (u64)SIG_DFL)
		return !caught;
	return caught && sigsys->applied;
}

void alv_sigsys_deliver(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	struct alv_sigsys *sigsys = tracee->sigsys;

	if (tracee->redelivered) {
		ptrace(PTRACE_SETSIGINFO, tracee->tid, NULL, tracee->redelivered);
		free(tracee->redelivered);
		tracee->redelivered = NULL;
		alv_tracee_run(tracee, SIGSYS);
	} else if (sigsys && sigsys->action.handler == (u64)SIG_IGN) {
		alv_tracee_run(tracee, 0);
	} else if (!sigsys || kernel_knows(tracee) || tell_kernel(tracee)) {
		alv_tracee_run(tracee, SIGSYS);
	}
}

/* rt_sigaction(SIGSYS) */

struct change {
	struct alv_errand errand;
	int tid;
	const struct alv_sigaction *action; /* NULL: only ask */
	struct alv_sigaction old;
};

static void change_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct change *change = alv_container(errand, struct change, errand);
	struct alv_tracee *tracee = alv_tracee_find(alv_tracer_tracees(tracer), change->tid);

	if (!tracee || !tracee->sigsys) {
		alv_errand_finish(tracer, errand, tracee ? -ENOMEM : -ESRCH);
		return;
	}
	change->old = tracee->sigsys->action;
	if (change->action) {
		tracee->sigsys->action = *change->action;
		tracee->sigsys->applied = false;
	}
	alv_errand_finish(tracer, errand, 0);
}

/* int rt_sigaction(SIGSYS, const struct sigaction *act, *oldact, size_t sigsetsize) */
static s64 sigaction_serve(struct alv_request *req)
{
	alv_uaddr new = alv_uaddr_at(req->args[1]), old = alv_uaddr_at(req->args[2]);
	struct alv_sigaction action;
	struct change change = {
		.errand = { .run = change_run },
		.tid = req->task.tid,
	};
	struct alv_tracer *tracer;
	int err;

	if (req->args[3] != sizeof(action.mask))
		return -EINVAL;
	if (new.addr) {
		err = alv_copy_in(&req->task, &action, new, sizeof(action));
		if (err)
			return err;
		action.flags &= KNOWN_FLAGS;
		action.mask &= ~UNBLOCKABLE;
		change.action = &action;
	}
	err = alv_tracer_get(&tracer);
	if (!err)
		err = alv_tracer_send(tracer, &change.errand);
	if (err)
		return err;
	if (!old.addr)
		return 0;
	return alv_copy_out(&req->task, old, &change.old, sizeof(change.old));
}

void alv_call_sigaction(struct alv_request *req)
{
	alv_request_reply(req, sigaction_serve(req));
}

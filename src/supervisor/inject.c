/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread is seized while its call waits for our answer. That wait only ends
 * by the answer or by death (WAIT_KILLABLE_RECV), so the interruption takes
 * effect between the answer and the thread's next instruction: there its own
 * system-call instruction is executed again, with other registers. Signals are
 * held back meanwhile.
 */
#include "supervisor/inject.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/injection.h"
#include "supervisor/server.h"

#define SYSCALL_INSN_SIZE 2

/* Stops of its process may come between; more of them than this is no client. */
#define MAX_STOPS 64

static int wait_stop(int tid, int *ret_signal)
{
	int status;
	pid_t got;

	do
		got = waitpid(tid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (!WIFSTOPPED(status))
		return -ESRCH;
	*ret_signal = status >> 8;
	return 0;
}

/* Execute one system call with the registers of the stopped thread; *ret_result. */
static int call(int tid, const struct user_regs_struct *saved, u64 nr, u64 arg, s64 *ret_result)
{
	struct user_regs_struct regs = *saved;
	int err, signal;

	regs.rip -= SYSCALL_INSN_SIZE;
	regs.rax = nr;
	regs.orig_rax = (u64)-1; /* no restart of the call that is over */
	regs.rdi = arg;
	if (ptrace(PTRACE_SETREGS, tid, NULL, &regs))
		return -errno;
	for (int i = 0; i < MAX_STOPS; i++) {
		if (ptrace(PTRACE_SINGLESTEP, tid, NULL, NULL))
			return -errno;
		err = wait_stop(tid, &signal);
		if (err)
			return err;
		if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
			return -errno;
		if (regs.rip == saved->rip) {
			*ret_result = (s64)regs.rax;
			return 0;
		}
	}
	return -EBUSY;
}

/* fchdir(fd), close(fd), and what the client sees is the result of the former. */
static int change_directory(int tid)
{
	struct user_regs_struct regs;
	u64 mask, all = ~0ull;
	s64 result, ignored;
	int err;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) ||
	    ptrace(PTRACE_GETSIGMASK, tid, sizeof(mask), &mask))
		return -errno;
	if ((s64)regs.rax < 0)
		return 0; /* it got an error instead of a descriptor */
	if (ptrace(PTRACE_SETSIGMASK, tid, sizeof(all), &all))
		return -errno;
	err = call(tid, &regs, SYS_fchdir, regs.rax, &result);
	if (!err)
		err = call(tid, &regs, SYS_close, regs.rax, &ignored);
	regs.rax = (u64)(err ? err : result);
	regs.orig_rax = (u64)-1;
	if (ptrace(PTRACE_SETREGS, tid, NULL, &regs) ||
	    ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask))
		return -errno;
	return 0;
}

/* The same where the process's tracer has the thread already. */
static int chdir_traced(struct alv_request *req, int dir)
{
	struct user_regs_struct regs;
	u64 args[6] = {};
	struct alv_tracer *tracer;
	int err, tid = req->task.tid;
	s64 result, ignored;

	/* Stopped in the call already, it can't be stopped at its end. */
	err = req->server->listener < 0 ? -EPERM : alv_tracer_get(&tracer);
	if (!err)
		err = alv_tracer_park(tracer, tid);
	if (err) {
		close(dir);
		return err;
	}
	err = alv_request_reply_fd(req, dir, true);
	if (err && err != -ESRCH)
		alv_request_reply(req, err);
	/* From here on errors mean that the client was killed. */
	if (alv_tracer_await_parked(tracer, tid) || alv_tracer_registers(tracer, tid, &regs))
		return 0;
	args[0] = regs.rax;
	if ((s64)regs.rax < 0)
		alv_tracer_resume(tracer, tid, (s64)regs.rax);
	else if (!alv_inject(tracer, tid, req->arch, SYS_fchdir, args, &result) &&
		 !alv_inject(tracer, tid, req->arch, SYS_close, args, &ignored))
		alv_tracer_resume(tracer, tid, result);
	return 0;
}

int alv_inject_chdir(struct alv_request *req, int dir)
{
	int err, signal, tid = req->task.tid;

	if (req->server->transport == ALV_TRANSPORT_TRAP)
		return chdir_traced(req, dir);
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL)) {
		err = -errno;
		close(dir);
		return err;
	}
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	err = alv_request_reply_fd(req, dir, true);
	if (err && err != -ESRCH)
		alv_request_reply(req, err);
	/* From here on errors mean that the client was killed: nobody is left to tell. */
	if (!wait_stop(tid, &signal)) {
		if (!err)
			change_directory(tid);
		ptrace(PTRACE_DETACH, tid, NULL, NULL);
	}
	return 0;
}

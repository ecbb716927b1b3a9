/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread is halted while its call waits for our answer. That wait only ends
 * by the answer or by death (WAIT_KILLABLE_RECV), so it stops between the answer
 * and its next instruction. The answer is a descriptor of the directory; in the
 * stop the thread calls fchdir(2) with it, then close(2), and sees the former's
 * result as its own call's.
 */
#include "supervisor/inject_chdir.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "supervisor/injection.h"
#include "supervisor/server.h"

struct change {
	struct alv_halt halt;
	struct alv_injection injection;
	s64 fd;
	s64 result; /* of fchdir(2) */
};

static void change_end(struct alv_tracer *tracer, struct alv_tracee *tracee,
		       struct change *change)
{
	if (change->halt.attached)
		alv_tracer_let_go(tracer, tracee);
	else
		alv_tracee_run(tracee, 0);
	free(change);
}

static void closed(struct alv_tracer *tracer, struct alv_tracee *tracee,
		   struct alv_injection *injection, int err)
{
	struct change *change = alv_container(injection, struct change, injection);

	if (err) { /* killed: there is nothing to let go on */
		free(change);
		return;
	}
	ptrace(PTRACE_POKEUSER, tracee->tid, (void *)offsetof(struct user_regs_struct, rax),
	       (void *)change->result);
	change_end(tracer, tracee, change);
}

static void start(struct alv_tracer *tracer, struct alv_tracee *tracee, struct change *change,
		  u64 nr,
		  void (*end)(struct alv_tracer *, struct alv_tracee *, struct alv_injection *,
			      int))
{
	change->injection = (struct alv_injection){
		.end = end,
		.arch = AUDIT_ARCH_X86_64,
		.nr = nr,
		.args = { (u64)change->fd },
	};
	/* It fails for a killed thread only, whose end is reported by itself. */
	if (alv_injection_start(tracee, &change->injection))
		free(change);
}

static void changed(struct alv_tracer *tracer, struct alv_tracee *tracee,
		    struct alv_injection *injection, int err)
{
	struct change *change = alv_container(injection, struct change, injection);

	if (err) {
		free(change);
		return;
	}
	change->result = injection->result;
	start(tracer, tracee, change, SYS_close, closed);
}

static void stopped(struct alv_tracer *tracer, struct alv_tracee *tracee, struct alv_halt *halt,
		    int err)
{
	struct change *change = alv_container(halt, struct change, halt);
	struct user_regs_struct regs;

	if (err || ptrace(PTRACE_GETREGS, tracee->tid, NULL, &regs)) {
		free(change);
		return;
	}
	change->fd = (s64)regs.rax;
	if (change->fd < 0) /* no descriptor but an error: that is the result */
		change_end(tracer, tracee, change);
	else
		start(tracer, tracee, change, SYS_fchdir, changed);
}

static int halt(struct alv_request *req)
{
	struct change *change = calloc(1, sizeof(*change));
	struct alv_tracer *tracer;
	int err;

	if (!change)
		return -ENOMEM;
	change->halt.stopped = stopped;
	err = alv_tracer_get(&tracer);
	if (!err)
		err = alv_tracer_halt(tracer, req->server, req->task.tid, &change->halt);
	if (err)
		free(change);
	return err;
}

int alv_inject_chdir(struct alv_request *req, int dir)
{
	/* Without a listener the thread is stopped already, in another way. */
	int err = req->server->listener < 0 ? -EPERM : halt(req);

	if (err) {
		close(dir);
		return err;
	}
	err = alv_request_reply_fd(req, dir, true);
	if (err && err != -ESRCH)
		alv_request_reply(req, err);
	return 0;
}

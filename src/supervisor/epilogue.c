/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread is halted while its call waits for our answer. That wait only ends
 * by the answer or by death (WAIT_KILLABLE_RECV), so it stops between the answer
 * and its next instruction. The answer is a descriptor; in the stop the thread makes
 * the calls with it, then closes it, and sees the result as its own call's.
 */
#include "supervisor/epilogue.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "supervisor/injection.h"
#include "supervisor/notify.h"
#include "supervisor/server.h"

#define CLOSE_I386 6
#define MAX_ERRNO  4095

struct performance {
	struct alv_halt halt;
	struct alv_injection injection;
	struct alv_epilogue epilogue;
	u32 arch;
	size_t step; /* the one that is next */
	s64 fd;      /* that the steps use */
	bool given;  /* it is ours to close */
	s64 result;
};

static bool is_error(s64 result)
{
	return result < 0 && result >= -MAX_ERRNO;
}

static void finish(struct alv_tracer *tracer, struct alv_tracee *tracee,
		   struct performance *play)
{
	ptrace(PTRACE_POKEUSER, tracee->tid, (void *)offsetof(struct user_regs_struct, rax),
	       (void *)play->result);
	if (play->halt.attached)
		alv_tracer_let_go(tracer, tracee);
	else
		alv_tracee_run(tracee, 0);
	free(play);
}

static void stepped(struct alv_tracer *tracer, struct alv_tracee *tracee,
		    struct alv_injection *injection, int err);
static void closed(struct alv_tracer *tracer, struct alv_tracee *tracee,
		   struct alv_injection *injection, int err);

static void inject(struct alv_tracee *tracee, struct performance *play,
		   const struct alv_epilogue_step *step)
{
	bool last = play->step == play->epilogue.n_steps;
	struct alv_injection *injection = &play->injection;

	*injection = (struct alv_injection){
		.end = last ? closed : stepped,
		.arch = play->arch,
		.nr = step->nr,
	};
	for (size_t i = 0; i < ALV_COUNT(injection->args); i++)
		injection->args[i] = step->args[i];
	if (step->fd >= 0)
		injection->args[step->fd] = (u64)play->fd;
	if (step->base >= 0)
		injection->args[step->base] += (u64)play->result;
	/* It fails for a killed thread only, whose end is reported by itself. */
	if (alv_injection_start(tracee, injection))
		free(play);
}

static void go_on(struct alv_tracer *tracer, struct alv_tracee *tracee,
		  struct performance *play)
{
	const struct alv_epilogue_step close = {
		.nr = play->arch == AUDIT_ARCH_I386 ? CLOSE_I386 : SYS_close,
		.fd = 0,
		.base = ALV_EPILOGUE_NONE,
	};

	if (play->step < play->epilogue.n_steps)
		inject(tracee, play, &play->epilogue.steps[play->step]);
	else if (play->given)
		inject(tracee, play, &close);
	else
		finish(tracer, tracee, play);
}

static void stepped(struct alv_tracer *tracer, struct alv_tracee *tracee,
		    struct alv_injection *injection, int err)
{
	struct performance *play = alv_container(injection, struct performance, injection);

	if (err) { /* killed: there is nothing to let go on */
		free(play);
		return;
	}
	if (!play->step || is_error(injection->result))
		play->result = injection->result;
	play->step++;
	if (is_error(play->result))
		play->step = play->epilogue.n_steps;
	go_on(tracer, tracee, play);
}

static void closed(struct alv_tracer *tracer, struct alv_tracee *tracee,
		   struct alv_injection *injection, int err)
{
	struct performance *play = alv_container(injection, struct performance, injection);

	if (err)
		free(play);
	else
		finish(tracer, tracee, play);
}

static void stopped(struct alv_tracer *tracer, struct alv_tracee *tracee, struct alv_halt *halt,
		    int err)
{
	struct performance *play = alv_container(halt, struct performance, halt);
	struct user_regs_struct regs;

	if (err || ptrace(PTRACE_GETREGS, tracee->tid, NULL, &regs)) {
		free(play);
		return;
	}
	play->fd = play->result = (s64)regs.rax;
	play->given = play->fd >= 0;
	if (!play->given)
		play->fd = play->epilogue.own;
	if (play->fd < 0)
		play->step = play->epilogue.n_steps;
	go_on(tracer, tracee, play);
}

int alv_epilogue_arrange(struct alv_request *req, const struct alv_epilogue *epilogue)
{
	struct alv_server *server = req->server->outer ? req->server->outer : req->server;
	struct performance *play;
	struct alv_tracer *tracer;
	int err;

	/* Without a listener the thread is stopped already, in another way. */
	if (server->listener < 0 || !alv_notify_is_killable())
		return -EPERM;
	play = calloc(1, sizeof(*play));
	if (!play)
		return -ENOMEM;
	play->halt.stopped = stopped;
	play->epilogue = *epilogue;
	play->arch = req->arch;
	err = alv_tracer_get(&tracer);
	if (!err)
		err = alv_tracer_halt(tracer, server, req->task.tid, &play->halt);
	if (err)
		free(play);
	return err;
}

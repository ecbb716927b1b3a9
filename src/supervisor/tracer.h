/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracer: the one thread of this process that traces clients. The kernel
 * takes ptrace(2) from that thread only, but lets every thread wait for what
 * the tracees report (trap.c). So the tracer never waits for a client and never
 * touches a client's memory where that could block: it takes short orders.
 *
 * There is one in a process, because waiting for tracees is the process's.
 */
#ifndef ALV_SUPERVISOR_TRACER_H
#define ALV_SUPERVISOR_TRACER_H

#include "supervisor/tracee.h"

struct alv_tracer;
struct user_regs_struct;

/* Work for the tracer that somebody waits for. */
struct alv_errand {
	/* Ends with alv_errand_finish(), at once or with a later event. */
	void (*run)(struct alv_tracer *tracer, struct alv_errand *errand);
	int err;
	bool done;
};

/* The process's tracer, started with the first call. -errno of threads. */
int alv_tracer_get(struct alv_tracer **ret_tracer);
struct alv_tracees *alv_tracer_tracees(struct alv_tracer *tracer);

/* What waitpid() reported of a tracee. */
void alv_tracer_report(struct alv_tracer *tracer, int tid, int status);
/* Resume a thread that is stopped in a call, which returns `result`. */
void alv_tracer_resume(struct alv_tracer *tracer, int tid, s64 result);
/* Resume it elsewhere: at pc, with the stack at sp, and call number nr. */
void alv_tracer_divert(struct alv_tracer *tracer, int tid, u64 pc, u64 sp, u64 nr);

/* Do the errand in the tracer and wait for its end: its err. */
int alv_tracer_send(struct alv_tracer *tracer, struct alv_errand *errand);
void alv_errand_finish(struct alv_tracer *tracer, struct alv_errand *errand, int err);

/* Trace a thread, and all that it makes, for the server. -EPERM, -ESRCH. */
int alv_tracer_attach(struct alv_tracer *tracer, struct alv_server *server, int tid);

/* Somebody wants a thread stopped where it next leaves the kernel. */
struct alv_halt {
	/*
	 * In the tracer thread, which lets the thread go on afterwards: that is up to
	 * this function. err -ESRCH: it was killed, or executes another program.
	 */
	void (*stopped)(struct alv_tracer *tracer, struct alv_tracee *tracee,
			struct alv_halt *halt, int err);
	bool attached; /* it is traced for this only: let go of it afterwards */
};

/*
 * Halt a thread that is in a system call; if need be, it is traced from now on.
 * After an error stopped() is not called. -EPERM: it may not be traced; -ESRCH; -EBUSY.
 */
int alv_tracer_halt(struct alv_tracer *tracer, struct alv_server *server, int tid,
		    struct alv_halt *halt);
/* In the tracer thread: stop tracing a stopped thread, which goes on. */
void alv_tracer_let_go(struct alv_tracer *tracer, struct alv_tracee *tracee);

/* Everything that was reported before is dealt with. */
void alv_tracer_sync(struct alv_tracer *tracer);
/* Forget whoever is no tracee any more. */
void alv_tracer_prune(struct alv_tracer *tracer);
/* The registers of a stopped thread, or -ESRCH. */
int alv_tracer_registers(struct alv_tracer *tracer, int tid,
			 struct user_regs_struct *ret_regs);
/* Write into its memory, read-only or not. The size is a multiple of 8. */
int alv_tracer_poke(struct alv_tracer *tracer, int tid, u64 addr, const void *data,
		    size_t size);

#endif

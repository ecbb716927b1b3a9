/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An injection: a call of ours that a stopped client's thread runs. Its registers
 * and its signal mask are afterwards as they were, and it is stopped again. While
 * it lasts, the thread's signals wait (SIGSTOP does not, and does no harm).
 */
#ifndef ALV_SUPERVISOR_INJECTION_H
#define ALV_SUPERVISOR_INJECTION_H

#include <sys/user.h>

#include "supervisor/tracer.h"

struct alv_injection {
	/* In the tracer thread. err -ESRCH: the thread was killed. */
	void (*end)(struct alv_tracer *tracer, struct alv_tracee *tracee,
		    struct alv_injection *injection, int err);
	u64 pc; /* of an instruction that makes system calls */
	u32 arch;
	u64 nr;
	u64 args[6];
	s64 result;
	struct user_regs_struct regs; /* as they were */
	u64 mask;
	bool entered;
};

/* For the tracer thread. 0, and end() comes later; or -ESRCH. */
int alv_injection_start(struct alv_tracee *tracee, struct alv_injection *injection);
/* The thread stopped at the entry or the exit of a call. */
void alv_injection_step(struct alv_tracer *tracer, struct alv_tracee *tracee);
/* The thread is gone. */
void alv_injection_drop(struct alv_tracer *tracer, struct alv_tracee *tracee);

/*
 * For other threads: inject where a thread is stopped in a call, behind the
 * instruction that made it. 0 and the result, or -ESRCH.
 */
int alv_inject(struct alv_tracer *tracer, int tid, u32 arch, u64 nr, const u64 args[6],
	       s64 *ret_result);

#endif

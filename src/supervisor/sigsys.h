/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client's process wants to happen at SIGSYS. The transport uses up that
 * signal, and the kernel forgets a client's action when it forces it. So the
 * client's action is kept here: its sigaction(2) for SIGSYS is answered from
 * here, and only when a SIGSYS comes that is not ours, the kernel learns it.
 *
 * All of it belongs to the tracer thread. i386's sigaction is the kernel's own.
 */
#ifndef ALV_SUPERVISOR_SIGSYS_H
#define ALV_SUPERVISOR_SIGSYS_H

#include "supervisor/request.h"
#include "supervisor/tracer.h"

/* In an argument that rt_sigaction(2) does not have: the filter lets the call pass. */
#define ALV_SIGSYS_OURS 0x616c766561727921ull

/* As rt_sigaction(2) takes it on x86-64. */
struct alv_sigaction {
	u64 handler;
	u64 flags;
	u64 restorer;
	u64 mask;
};

struct alv_sigsys;

/* For a thread that is not traced yet. NULL (also: no memory) is the default action. */
struct alv_sigsys *alv_sigsys_new(int tid);
void alv_sigsys_put(struct alv_sigsys *sigsys);
/* For a new thread or process: shared, or a copy. */
struct alv_sigsys *alv_sigsys_inherit(struct alv_sigsys *sigsys, int parent, int child);
/* As execve(2) leaves it; takes the old one over. */
struct alv_sigsys *alv_sigsys_exec(struct alv_sigsys *sigsys);

/* A SIGSYS that is not ours stopped the thread: do as the client wishes. */
void alv_sigsys_deliver(struct alv_tracer *tracer, struct alv_tracee *tracee);

#endif

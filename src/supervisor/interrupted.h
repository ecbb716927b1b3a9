/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of tracees that a signal ends before the listener received them. Nothing
 * happened yet, and most of them never fail with EINTR; so they come again, whatever
 * the signal's handler wants. Opens can wait for somebody (FIFOs, terminals): one that
 * comes again for such a file gets the EINTR that its caller may count on.
 */
#ifndef ALV_SUPERVISOR_INTERRUPTED_H
#define ALV_SUPERVISOR_INTERRUPTED_H

#include "supervisor/request.h"

struct alv_tracee;
struct alv_tracees;

/* For the tracer thread: a signal is about to be delivered to the tracee. */
void alv_interrupted_repeat(struct alv_tracees *table, struct alv_tracee *tracee);

/* Is this request one that comes again? To be asked once. */
bool alv_interrupted_came_again(struct alv_request *req);

#endif

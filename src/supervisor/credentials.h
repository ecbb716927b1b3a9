/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Acting on files as a client would: its file-system user, group, supplementary
 * groups, capabilities over files and umask, taken on by the calling thread
 * alone. The C library's setters change all threads, so the bare calls are used.
 *
 * What a supervisor without privileges cannot take on it need not: its clients
 * can only have its own credentials.
 */
#ifndef ALV_SUPERVISOR_CREDENTIALS_H
#define ALV_SUPERVISOR_CREDENTIALS_H

#include "object/task.h"

/*
 * From here to the matching resume this thread is the client where files are
 * concerned. Pairs may nest. -ESRCH: the client is gone; -EPERM: it has
 * credentials that this process may not take on.
 */
int alv_credentials_assume(int tid);
void alv_credentials_resume(void);

/* The same as task operations. */
int alv_client_assume(struct alv_task *task);
void alv_client_resume(struct alv_task *task);

#endif

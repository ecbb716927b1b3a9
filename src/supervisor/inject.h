/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making a client's thread do what only itself can: its working directory is
 * changed by a call that it makes, by ptrace, on its way out of the one that is
 * being answered.
 */
#ifndef ALV_SUPERVISOR_INJECT_H
#define ALV_SUPERVISOR_INJECT_H

#include "supervisor/request.h"

/*
 * Answer a request that changes the working directory: it becomes `dir`, which is
 * taken over. Only an error before anything happened is returned (then the reply
 * is still due): -EPERM when the thread may not be traced, or is traced already.
 */
int alv_inject_chdir(struct alv_request *req, int dir);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client's working directory can only be changed by the client: by a call that
 * its thread makes, injected on the way out of the one that is being answered.
 */
#ifndef ALV_SUPERVISOR_INJECT_CHDIR_H
#define ALV_SUPERVISOR_INJECT_CHDIR_H

#include "supervisor/request.h"

/*
 * Answer a request that changes the working directory: it becomes `dir`, which is
 * taken over. Only an error before anything happened is returned (then the reply
 * is still due): -EPERM when the thread may not be traced, or somebody else does.
 */
int alv_inject_chdir(struct alv_request *req, int dir);

#endif

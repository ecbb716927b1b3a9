/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An epilogue: calls that a client's thread makes on its way out of the one that is
 * being answered. Some things only the client can change: its working directory,
 * its mappings. The client sees one call, with the epilogue's result.
 */
#ifndef ALV_SUPERVISOR_EPILOGUE_H
#define ALV_SUPERVISOR_EPILOGUE_H

#include "supervisor/request.h"

#define ALV_EPILOGUE_STEPS 2
#define ALV_EPILOGUE_NONE  (-1)

struct alv_epilogue_step {
	u64 nr; /* in the request's architecture */
	u64 args[6];
	int fd;   /* which argument is the descriptor; or none */
	int base; /* which one counts from the result of the step before; or none */
};

/* The result is the last step's error, or what the first one returned. */
struct alv_epilogue {
	struct alv_epilogue_step steps[ALV_EPILOGUE_STEPS];
	size_t n_steps;
	/*
	 * The client's own descriptor that is used when the request is answered with an
	 * error. None: that error is the result.
	 */
	int own;
};

/*
 * The epilogue follows the request's answer, which is to be a descriptor: it works on
 * that one and closes it. -EPERM: the thread may not be traced, or somebody else does.
 */
int alv_epilogue_arrange(struct alv_request *req, const struct alv_epilogue *epilogue);

#endif

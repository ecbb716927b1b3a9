/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "helper/call.h"

#define LOOPS_MAX (8u << 20)

u64 alv_help_loop(ALV_HELPER_PARAMS)
{
	u32 n = (u32)r1;

	if (r4)
		return alv_helper_errno(-EINVAL);
	if (n > LOOPS_MAX)
		return alv_helper_errno(-E2BIG);
	for (u32 i = 0; i < n; i++) {
		const u64 args[5] = { i, r3 };

		if (run->call(run, alv_helper_ptr(r2), args))
			return i + 1;
	}
	return n;
}

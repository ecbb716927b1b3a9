/* SPDX-License-Identifier: BSD-2-Clause */
/* Pointers to objects of the kernel in map values. */
#include "base/atomic.h"
#include "helper/call.h"

u64 alv_help_kptr_xchg(ALV_HELPER_PARAMS)
{
	u64 *field = alv_helper_ptr(r1);

	return alv_swap_acq_rel(field, r2);
}

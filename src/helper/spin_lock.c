/* SPDX-License-Identifier: BSD-2-Clause */
/* struct bpf_spin_lock in a map's value. */
#include "base/spin.h"

#include "helper/call.h"

u64 alv_help_spin_lock(ALV_HELPER_PARAMS)
{
	alv_spin_lock(alv_helper_ptr(r1));
	return 0;
}

u64 alv_help_spin_unlock(ALV_HELPER_PARAMS)
{
	alv_spin_unlock(alv_helper_ptr(r1));
	return 0;
}

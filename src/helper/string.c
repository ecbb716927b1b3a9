/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/call.h"

/* -1, 0 or 1, as the kernel's strncmp(). */
u64 alv_help_strncmp(ALV_HELPER_PARAMS)
{
	const u8 *a = alv_helper_ptr(r1), *b = alv_helper_ptr(r3);

	for (u32 i = 0; i < (u32)r2; i++) {
		if (a[i] != b[i])
			return alv_helper_errno(a[i] < b[i] ? -1 : 1);
		if (!a[i])
			break;
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program's opaque struct bpf_dynptr holds: memory with bounds. */
#ifndef ALV_HELPER_DYNPTR_H
#define ALV_HELPER_DYNPTR_H

#include "abi/uapi.h"
#include "base/types.h"

struct alv_dynptr {
	void *data; /* NULL: none */
	u32 size;
	bool read_only;
};

_Static_assert(sizeof(struct alv_dynptr) == sizeof(struct bpf_dynptr), "programs have as much");

#endif

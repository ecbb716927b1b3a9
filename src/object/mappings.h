/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes have mapped, as /proc tells. */
#ifndef ALV_OBJECT_MAPPINGS_H
#define ALV_OBJECT_MAPPINGS_H

#include "base/types.h"

/*
 * How many shared mappings of a memfd's inode in a process can be written to now or,
 * with `ever`, could be after mprotect(2). -errno.
 */
int alv_mappings_count_writable(int pid, u64 inode, bool ever);

#endif

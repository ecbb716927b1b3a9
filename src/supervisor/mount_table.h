/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/PID/mounts and mountinfo with the host's bpf filesystem in them, of type
 * bpf: that is how tools find where pins are.
 */
#ifndef ALV_SUPERVISOR_MOUNT_TABLE_H
#define ALV_SUPERVISOR_MOUNT_TABLE_H

#include "object/task.h"

/* Is this place a table of mounts? */
bool alv_mount_table_is_place(const struct alv_place *place);

/*
 * A new descriptor with the text, for the caller to read. -ENOENT: the kernel's own
 * is right for this caller.
 */
int alv_mount_table_open(struct alv_task *task, const struct alv_place *place);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc/PID/fdinfo/N says of a descriptor of the host's objects: the
 * kernel's own lines for the file, then those that tell of the object.
 */
#ifndef ALV_SUPERVISOR_FDINFO_H
#define ALV_SUPERVISOR_FDINFO_H

#include "object/task.h"

/* Is this place in some process's fdinfo directory? */
bool alv_fdinfo_is_place(const struct alv_place *place);

/* A new descriptor with the text, for the caller to read. -ENOENT: not of ours. */
int alv_fdinfo_open(struct alv_task *task, const struct alv_place *place);

#endif

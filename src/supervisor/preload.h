/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The preloaded library (src/shim), for two purposes. With the transport "notify" it
 * repeats calls that a signal ended before we had them. And it brings opens of
 * /proc/PID/fdinfo/N to us: in the paths view all opens come, in the mounts view those
 * of the library or, at a cost for each open, all of them.
 */
#ifndef ALV_SUPERVISOR_PRELOAD_H
#define ALV_SUPERVISOR_PRELOAD_H

#include "supervisor/server.h"

enum alv_fdinfo {
	ALV_FDINFO_AUTO,
	ALV_FDINFO_SHIM,
	ALV_FDINFO_ALWAYS,
	ALV_FDINFO_NEVER,
};

/* -EINVAL: no such name. */
int alv_fdinfo_parse(const char *name, enum alv_fdinfo *ret_fdinfo);

/* Decide AUTO for a command in a view; is the library to be had? */
enum alv_fdinfo alv_fdinfo_choose(enum alv_fdinfo wanted, enum alv_view view,
				  const char *command, bool preload);

/* Have the shim preloaded into what this process executes. -ENOENT: it is not installed. */
int alv_preload_shim(void);

#endif

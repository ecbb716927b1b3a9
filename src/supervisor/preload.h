/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How opens of /proc/PID/fdinfo/N reach us. In the paths view all opens do; in
 * the mounts view those of a preloaded library do (src/shim/fdinfo.c), or, at a
 * cost for each open, all of them.
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

/* Decide AUTO for a command in a view. */
enum alv_fdinfo alv_fdinfo_choose(enum alv_fdinfo wanted, enum alv_view view,
				  const char *command);

/* Have the shim preloaded into what this process executes. -ENOENT: it is not installed. */
int alv_preload_shim(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Launching: the calling process becomes the client. It enters the view, loads
 * the filter, hands the listener to a session and executes CMD, so that CMD's
 * process id, parent, terminal and end are what they are without us.
 */
#ifndef ALV_SUPERVISOR_LAUNCH_H
#define ALV_SUPERVISOR_LAUNCH_H

#include <alveary/alveary.h>

#include "supervisor/preload.h"
#include "supervisor/server.h"

struct alv_launch {
	enum alv_transport transport;
	enum alv_view view;
	enum alv_fdinfo fdinfo;
	bool root;
	bool no_preload; /* nothing may be preloaded into the command */
	const char *socket; /* of a host that serves; NULL: a host of our own */
	struct alv_host_config host;
	bool verbose;
	char **command;
};

/* Exit statuses of the launcher itself, as those of env(1) and nohup(1). */
enum {
	ALV_EXIT_FAILED = 125,
	ALV_EXIT_CANNOT_RUN = 126,
	ALV_EXIT_NOT_FOUND = 127,
};

/* Does not return unless it fails: an exit status, after a message on stderr. */
int alv_launch(const struct alv_launch *launch);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of the verbs that make or join a host. */
#ifndef ALV_CLI_OPTIONS_H
#define ALV_CLI_OPTIONS_H

#include "supervisor/launch.h"

/* Which verb takes an option. */
enum alv_option_of {
	ALV_OPTION_RUN = 1,
	ALV_OPTION_SERVE = 2,
};

/*
 * Fill in `launch` and leave the rest of the arguments at argv[*ret_rest].
 * -1: go on; else the exit status: help was asked for, or after a message.
 */
int alv_options_parse(enum alv_option_of verb, const char *usage, int argc, char **argv,
		      struct alv_launch *launch, int *ret_rest);

#endif

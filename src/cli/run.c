/* SPDX-License-Identifier: BSD-2-Clause */
/* `alveary run -- COMMAND`: become a command whose bpf(2) is served by a host. */
#include <stdio.h>

#include "cli/options.h"
#include "cli/verb.h"

int alv_verb_run(int argc, char **argv)
{
	struct alv_launch launch;
	int rest, status;

	status = alv_options_parse(ALV_OPTION_RUN, "run [OPTIONS] -- COMMAND [ARGUMENTS]",
				   argc, argv, &launch, &rest);
	if (status >= 0)
		return status ? ALV_EXIT_FAILED : 0;
	if (rest >= argc) {
		fprintf(stderr, "alveary: which command? See `alveary run --help`\n");
		return ALV_EXIT_FAILED;
	}
	launch.command = argv + rest;
	return alv_launch(&launch);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "cli/verb.h"
#include "supervisor/probe.h"

int alv_verb_doctor(int argc, char **argv)
{
	if (argc > 1) {
		printf("usage: alveary doctor\n");
		return 2;
	}
	alv_probe_report(stdout);
	return 0;
}

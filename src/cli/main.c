/* SPDX-License-Identifier: BSD-2-Clause */
/* alveary(1): find the verb. */
#include <stdio.h>
#include <string.h>

#include <alveary/alveary.h>

#include "base/types.h"
#include "cli/verb.h"

static const struct {
	const char *name;
	alv_verb_fn *run;
	const char *summary;
} verbs[] = {
	{ "run", alv_verb_run, "run a command whose bpf(2) is served by a host" },
	{ "serve", alv_verb_serve, "keep a host for several commands" },
	{ "doctor", alv_verb_doctor, "say what works on this machine" },
	{ "help", alv_verb_help, "show this text" },
};

int alv_verb_help(int argc, char **argv)
{
	printf("usage: alveary VERB [OPTIONS] [-- COMMAND [ARGUMENTS]]\n\n");
	for (size_t i = 0; i < ALV_COUNT(verbs); i++)
		printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
	printf("\n`alveary VERB --help` shows the options of a verb.\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";

	if (!strcmp(name, "--version")) {
		printf("alveary %s\n", alv_version());
		return 0;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	for (size_t i = 0; i < ALV_COUNT(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return verbs[i].run(argc > 1 ? argc - 1 : argc,
					    argc > 1 ? argv + 1 : argv);
	fprintf(stderr, "alveary: no verb '%s'; see `alveary help`\n", name);
	return 2;
}

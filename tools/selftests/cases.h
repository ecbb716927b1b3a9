/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases of a kernel selftest, each in a child of its own, told in TAP.
 *
 * A selftest's source is included by a driver with its main() renamed; the
 * driver then calls the functions that are cases. They say that they failed by
 * exiting with a status or by abort().
 */
#ifndef SELFTESTS_CASES_H
#define SELFTESTS_CASES_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASE_SECONDS 1500

/* What a case needs before it runs, in its process. */
#ifndef CASE_SETUP
#define CASE_SETUP() ((void)0)
#endif

static int case_number, case_failures;
static char **case_filters; /* parts of names to run, none: all; "-PART": not those */

static int case_selected(const char *label)
{
	int wanted = 0, chosen = 0;

	for (char **filter = case_filters; *filter; filter++) {
		if (**filter == '-' && strstr(label, *filter + 1))
			return 0;
		wanted += **filter != '-';
		chosen += **filter != '-' && strstr(label, *filter);
	}
	return chosen || !wanted;
}

/* True in the child that runs the case; false where its result has been told. */
static int case_begins(const char *group, const char *name)
{
	char label[256];
	int status;
	pid_t child;

	snprintf(label, sizeof(label), "%s %s", group, name);
	if (!case_selected(label))
		return 0;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		alarm(CASE_SECONDS);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		CASE_SETUP();
		return 1;
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("case");
		exit(2);
	}
	kill(-child, SIGKILL); /* what a case left behind */
	case_failures += status != 0;
	printf("%sok %d - %s\n", status ? "not " : "", ++case_number, label);
	if (WIFSIGNALED(status))
		printf("# ended by %s\n", strsignal(WTERMSIG(status)));
	fflush(stdout);
	return 0;
}

#define CASE(group, call)                       \
	do {                                    \
		if (case_begins(group, #call)) {  \
			call;                     \
			fflush(stdout);           \
			_exit(0);                 \
		}                               \
	} while (0)

static int cases_end(void)
{
	printf("1..%d\n", case_number);
	return case_failures ? 1 : 0;
}

#endif

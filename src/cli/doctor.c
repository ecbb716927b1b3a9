/* SPDX-License-Identifier: BSD-2-Clause */
/* `alveary doctor`: what works here, what `run` will use, and why; a finding a line. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/types.h"
#include "cli/verb.h"
#include "supervisor/probe.h"

/* What is looked at, where the answer is, and what it means when it is no. */
static const struct {
	const char *what;
	size_t result;
	const char *otherwise;
} findings[] = {
	{ "/proc of this process namespace", offsetof(struct alv_probe, proc),
	  "nobody can be served: mount one" },
	{ "seccomp filter with a listener", offsetof(struct alv_probe, listener),
	  "EBUSY: somebody else's is above us; transport notify is out" },
	{ "bpf(2) arrives at the listener", offsetof(struct alv_probe, bpf),
	  "an outer filter answers it; transport notify is out" },
	{ "signals don't repeat calls", offsetof(struct alv_probe, killable),
	  "before Linux 5.19 a signal makes a notified call happen again" },
	{ "synchronous wake-up", offsetof(struct alv_probe, synchronous),
	  "before Linux 6.6 calls take several times as long" },
	{ "memory of clients", offsetof(struct alv_probe, memory),
	  "nobody can be served" },
	{ "descriptors of clients", offsetof(struct alv_probe, descriptors),
	  "nobody can be served" },
	{ "ptrace", offsetof(struct alv_probe, ptrace), "transport trap is out" },
	{ "pidfd_getfd", offsetof(struct alv_probe, pidfd_getfd),
	  "what needs it is done in the client instead" },
	{ "user namespaces", offsetof(struct alv_probe, userns),
	  "view mounts is out for ordinary users" },
	{ "private mounts", offsetof(struct alv_probe, mounts), "view mounts is out" },
};

static void line(const char *what, const char *answer, const char *remark)
{
	printf("%-32s %s%s%s\n", what, answer, remark ? ": " : "", remark ? remark : "");
}

static void show_findings(const struct alv_probe *probe)
{
	for (size_t i = 0; i < ALV_COUNT(findings); i++) {
		int err = *(const int *)((const char *)probe + findings[i].result);
		char answer[96] = "yes";

		if (err)
			snprintf(answer, sizeof(answer), "no (%s)", strerror(-err));
		line(findings[i].what, answer, err ? findings[i].otherwise : NULL);
	}
	if (probe->yama < 0)
		line("yama", "not there", NULL);
	else
		line("yama", probe->yama ? "restricts ptrace" : "allows ptrace",
		     probe->yama ? "in view paths only the first client is served"
				 : NULL);
}

static void show_machine(void)
{
	struct rlimit files;
	struct utsname name;
	char text[200];

	if (!uname(&name)) {
		snprintf(text, sizeof(text), "%s %s %s", name.sysname, name.release,
			 name.machine);
		line("kernel", text, NULL);
	}
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)files.rlim_max);
		line("descriptors for a host", text, "each object takes one");
	}
}

static const char *why_transport(const struct alv_probe *probe)
{
	if (!probe->listener && !probe->bpf)
		return "notifications arrive, and are the fastest";
	return probe->ptrace ? "nothing else is left, and ptrace is not there either" :
			       "notifications don't arrive";
}

int alv_verb_doctor(int argc, char **argv)
{
	struct alv_probe probe;

	if (argc > 1) {
		printf("usage: alveary doctor\n");
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	alv_probe(&probe, false);
	show_machine();
	show_findings(&probe);
	line("transport of `run`", alv_transport_name(alv_probe_transport(&probe)),
	     why_transport(&probe));
	line("view of `run`", alv_view_name(alv_probe_view(&probe)),
	     probe.mounts ? "mounts are not to be had" : "mounts cost nothing later");
	return 0;
}

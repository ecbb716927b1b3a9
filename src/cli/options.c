/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/types.h"

#define MACHINE_BTF "/sys/kernel/btf/vmlinux"

struct option {
	const char *name;
	const char *value; /* how help names it; NULL: the option takes none */
	unsigned int verbs;
	int (*set)(struct alv_launch *launch, const char *value);
	const char *help;
};

static int set_transport(struct alv_launch *launch, const char *value)
{
	return alv_transport_parse(value, &launch->transport);
}

static int set_view(struct alv_launch *launch, const char *value)
{
	return alv_view_parse(value, &launch->view);
}

static int set_fdinfo(struct alv_launch *launch, const char *value)
{
	return alv_fdinfo_parse(value, &launch->fdinfo);
}

static int parse_number(const char *text, u64 max, u64 *ret_number)
{
	char *end;
	u64 number;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || number > max)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int set_cpus(struct alv_launch *launch, const char *value)
{
	u64 cpus;

	if (parse_number(value, 8192, &cpus) || !cpus)
		return -EINVAL;
	launch->host.cpus = (unsigned int)cpus;
	return 0;
}

static int set_kernel(struct alv_launch *launch, const char *value)
{
	launch->host.kernel = value;
	return 0;
}

/* The supervisor lives in another directory. */
static int set_btf(struct alv_launch *launch, const char *value)
{
	static char path[PATH_MAX];

	if (!strcmp(value, "none")) {
		launch->host.btf = NULL;
		return 0;
	}
	if (!realpath(value, path))
		return -errno;
	launch->host.btf = path;
	return 0;
}

static int set_memory_limit(struct alv_launch *launch, const char *value)
{
	return parse_number(value, UINT64_MAX, &launch->host.memory_limit);
}

static int find_cap(const char *name, size_t size, u64 *ret_cap)
{
	static const struct {
		const char *name;
		u64 cap;
	} caps[] = {
		{ "bpf", ALV_CAP_BPF },
		{ "perfmon", ALV_CAP_PERFMON },
		{ "net_admin", ALV_CAP_NET_ADMIN },
		{ "sys_admin", ALV_CAP_SYS_ADMIN },
		{ "all", ALV_CAP_ALL },
		{ "none", 0 },
	};

	for (size_t i = 0; i < ALV_COUNT(caps); i++) {
		if (strlen(caps[i].name) != size || strncasecmp(caps[i].name, name, size))
			continue;
		*ret_cap = caps[i].cap;
		return 0;
	}
	return -EINVAL;
}

static int set_caps(struct alv_launch *launch, const char *value)
{
	launch->host.flags |= ALV_HOST_CAPS;
	launch->host.caps = 0;
	for (;;) {
		size_t size;
		u64 cap;

		if (!strncasecmp(value, "cap_", 4))
			value += 4;
		size = strcspn(value, ",");
		if (find_cap(value, size, &cap))
			return -EINVAL;
		launch->host.caps |= cap;
		if (!value[size])
			return 0;
		value += size + 1;
	}
}

static int set_unprivileged(struct alv_launch *launch, const char *value)
{
	launch->host.flags |= ALV_HOST_UNPRIVILEGED;
	return launch->host.flags & ALV_HOST_CAPS ? 0 : set_caps(launch, "none");
}

static int set_root(struct alv_launch *launch, const char *value)
{
	launch->root = true;
	return 0;
}

static int set_no_preload(struct alv_launch *launch, const char *value)
{
	launch->no_preload = true;
	return 0;
}

static int set_socket(struct alv_launch *launch, const char *value)
{
	launch->socket = value;
	return 0;
}

static int set_verbose(struct alv_launch *launch, const char *value)
{
	launch->verbose = true;
	return 0;
}

#define BOTH (ALV_OPTION_RUN | ALV_OPTION_SERVE)

static const struct option options[] = {
	{ "transport", "auto|notify|trap", ALV_OPTION_RUN, set_transport,
	  "how calls are intercepted" },
	{ "view", "auto|mounts|paths", ALV_OPTION_RUN, set_view,
	  "how the host's files appear to the command" },
	{ "fdinfo", "auto|shim|always|never", ALV_OPTION_RUN, set_fdinfo,
	  "how /proc/PID/fdinfo is answered" },
	{ "no-preload", NULL, ALV_OPTION_RUN, set_no_preload,
	  "preload no library into the command" },
	{ "host", "SOCKET", ALV_OPTION_RUN, set_socket,
	  "use the host that serves there instead of a fresh one" },
	{ "root", NULL, ALV_OPTION_RUN, set_root, "let the command see itself as uid 0" },
	{ "cpus", "N", BOTH, set_cpus,
	  "how many CPUs the host has; this machine's number" },
	{ "kernel", "VERSION", BOTH, set_kernel,
	  "the version of Linux to answer as; 6.18" },
	{ "btf", "FILE", BOTH, set_btf, "the kernel's BTF, or none; this machine's" },
	{ "memory-limit", "BYTES", BOTH, set_memory_limit,
	  "what all maps together may take; no limit" },
	{ "caps", "LIST", BOTH, set_caps,
	  "of bpf,perfmon,net_admin,sys_admin, or none; all" },
	{ "unprivileged", NULL, BOTH, set_unprivileged,
	  "allow bpf(2) to clients without capabilities, as they are then" },
	{ "verbose", NULL, BOTH, set_verbose, "say what is chosen and done" },
};

static void show_help(enum alv_option_of verb, const char *usage)
{
	char left[48];

	printf("usage: alveary %s\n\nDefaults stand first, or behind a semicolon.\n\n",
	       usage);
	for (size_t i = 0; i < ALV_COUNT(options); i++) {
		if (!(options[i].verbs & verb))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
			 options[i].value ? " " : "",
			 options[i].value ? options[i].value : "");
		printf("  %-32s %s\n", left, options[i].help);
	}
}

static const struct option *find_option(enum alv_option_of verb, const char *name,
					size_t size)
{
	for (size_t i = 0; i < ALV_COUNT(options); i++)
		if (options[i].verbs & verb && strlen(options[i].name) == size &&
		    !strncmp(options[i].name, name, size))
			return &options[i];
	return NULL;
}

/* --name, --name VALUE or --name=VALUE at argv[*at]; moves *at behind it. */
static int parse_one(enum alv_option_of verb, char **argv, int argc, int *at,
		     struct alv_launch *launch)
{
	const char *name = argv[*at] + 2, *value = NULL;
	size_t size = strcspn(name, "=");
	const struct option *option = find_option(verb, name, size);
	int err;

	if (!option) {
		fprintf(stderr, "alveary: no option '%s'\n", argv[*at]);
		return -EINVAL;
	}
	(*at)++;
	if (name[size])
		value = name + size + 1;
	else if (option->value && *at < argc)
		value = argv[(*at)++];
	if (!value != !option->value) {
		fprintf(stderr, "alveary: --%s takes %s value\n", option->name,
			option->value ? "a" : "no");
		return -EINVAL;
	}
	err = option->set(launch, value);
	if (err)
		fprintf(stderr, "alveary: --%s %s: %s\n", option->name, value,
			strerror(-err));
	return err;
}

int alv_options_parse(enum alv_option_of verb, const char *usage, int argc, char **argv,
		      struct alv_launch *launch, int *ret_rest)
{
	int at = 1;

	memset(launch, 0, sizeof(*launch));
	launch->host.size = sizeof(launch->host);
	if (!access(MACHINE_BTF, R_OK))
		launch->host.btf = MACHINE_BTF;
	while (at < argc && !strncmp(argv[at], "--", 2)) {
		if (!argv[at][2]) {
			at++;
			break;
		}
		if (!strcmp(argv[at], "--help")) {
			show_help(verb, usage);
			return 0;
		}
		if (parse_one(verb, argv, argc, &at, launch))
			return 2;
	}
	*ret_rest = at;
	return -1;
}

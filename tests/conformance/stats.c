/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ENABLE_STATS, and the commands on maps of a kind's last edge: freezing, and
 * descriptors that run out.
 */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static union attr attr;

static void statistics(void)
{
	static const u32 types[] = { 0, 1, 2, 0x7fffffff, UINT32_MAX };
	unsigned int i;
	int fd;

	client_case("kinds of statistics");
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		memset(&attr, 0, ATTR_SIZE);
		attr.stats.type = types[i];
		fd = call(BPF_ENABLE_STATS, &attr);
		if (fd < 0)
			continue;
		transcript_line("close-on-exec %s",
				fcntl(fd, F_GETFD) & FD_CLOEXEC ? "yes" : "no");
		client_info(fd);
		client_lookup(fd, &types[0], 0);
	}
	memset(&attr, 0, ATTR_SIZE);
	call(BPF_ENABLE_STATS, &attr);
	call(BPF_ENABLE_STATS, &attr);
}

/* What is created is gone again when there is no descriptor left for it. */
static void no_descriptor_left(void)
{
	static const int commands[] = {BPF_MAP_CREATE,	     BPF_OBJ_GET,
				       BPF_BTF_LOAD,	     BPF_MAP_GET_FD_BY_ID,
				       BPF_BTF_GET_FD_BY_ID, BPF_ENABLE_STATS,
				       BPF_PROG_LOAD,	     BPF_PROG_GET_FD_BY_ID};
	struct rlimit limit, none;
	unsigned int i, k;
	int map;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		client_case("%s: no descriptor left", call_name(commands[i]));
		map = commands[i] == BPF_BTF_GET_FD_BY_ID
			      ? sample_btf_load()
			      : sample_map(client_type("ARRAY"));
		sample_attr(commands[i], client_type("ARRAY"), map, &attr);
		none = limit;
		none.rlim_cur = 3;
		setrlimit(RLIMIT_NOFILE, &none);
		for (k = 0; k < 3; k++)
			call(commands[i], &attr);
		setrlimit(RLIMIT_NOFILE, &limit);
		call(commands[i], &attr);
	}
	unlink(sample_path());
}

int main(void)
{
	client_start();
	statistics();
	no_descriptor_left();
	return 0;
}

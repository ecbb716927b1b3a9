/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/mappings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of /proc/PID/maps: start-end perms offset major:minor inode path */
static bool line_of_mapping(const char *line, u64 inode, char perms[5])
{
	unsigned long long found;

	return sscanf(line, "%*x-%*x %4s %*x %*x:%*x %llu", perms, &found) == 2 &&
	       found == inode && perms[3] == 's';
}

static FILE *open_list(int pid, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

/* How many are writable now; of all, which are added to *all. */
static int count_now(int pid, u64 inode, int *all)
{
	FILE *maps = open_list(pid, "maps");
	char *line = NULL, perms[5];
	size_t capacity = 0;
	int count = 0;

	if (!maps)
		return -errno;
	while (getline(&line, &capacity, maps) > 0) {
		if (!line_of_mapping(line, inode, perms))
			continue;
		++*all;
		count += perms[1] == 'w';
	}
	free(line);
	fclose(maps);
	return count;
}

/* The longer list has flags, too, of which "mw" says: may be made writable. */
static int count_ever(int pid, u64 inode)
{
	FILE *smaps = open_list(pid, "smaps");
	char *line = NULL, perms[5];
	bool wanted = false;
	size_t capacity = 0;
	int count = 0;

	if (!smaps)
		return -errno;
	while (getline(&line, &capacity, smaps) > 0) {
		if (!strncmp(line, "VmFlags:", 8)) {
			count += wanted && strstr(line, " mw");
			wanted = false;
		} else if (line_of_mapping(line, inode, perms)) {
			wanted = true;
		}
	}
	free(line);
	fclose(smaps);
	return count;
}

int alv_mappings_count_writable(int pid, u64 inode, bool ever)
{
	int all = 0, count = count_now(pid, inode, &all);

	/* It costs a walk over the process's pages. */
	return ever && count >= 0 && all > count ? count_ever(pid, inode) : count;
}

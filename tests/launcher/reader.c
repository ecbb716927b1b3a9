/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes an array and looks for it in fdinfo. Built in the ways that programs are
 * built, because how opens of fdinfo reach the launcher depends on that.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tells(FILE *file)
{
	char line[256];
	int found = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		found = found || !strcmp(line, "map_type:\t2\n");
	fclose(file);
	return found;
}

int main(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1,
	};
	char *path = malloc(64); /* so that a sanitizer has something to do */
	int fd = (int)syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)), at, found;

	if (fd < 0 || !path)
		return 2;
	snprintf(path, 64, "/proc/self/fdinfo/%d", fd);
	found = tells(fopen(path, "r")) && tells(fopen(path, "re"));
	at = open(path, O_RDONLY | O_CLOEXEC);
	found = found && at >= 0 && tells(fdopen(at, "r"));
	at = openat(AT_FDCWD, path, O_RDONLY);
	found = found && at >= 0 && tells(fdopen(at, "r"));
	free(path);
	return found ? 0 : 1;
}

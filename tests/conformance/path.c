/* SPDX-License-Identifier: BSD-2-Clause */
#include "path.h"

#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAMES_MAX 64

const char *path_below(const char *name)
{
	static char paths[4][5000];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", client_bpffs(), name);
	return path;
}

static void told(const char *what, const char *name, int result)
{
	int err = result < 0 ? errno : 0;

	transcript_line("%s %.80s -> %s", what, name, transcript_errno(err));
}

static void told_of_two(const char *what, const char *from, const char *to, int result)
{
	int err = result < 0 ? errno : 0;

	transcript_line("%s %s %s -> %s", what, from, to, transcript_errno(err));
}

void path_unlink(const char *name)
{
	told("unlink", name, unlink(path_below(name)));
}

void path_mkdir(const char *name)
{
	told("mkdir", name, mkdir(path_below(name), 0700));
}

void path_rmdir(const char *name)
{
	told("rmdir", name, rmdir(path_below(name)));
}

void path_rename(const char *from, const char *to)
{
	told_of_two("rename", from, to, rename(path_below(from), path_below(to)));
}

void path_link(const char *from, const char *to)
{
	told_of_two("link", from, to, link(path_below(from), path_below(to)));
}

void path_symlink(const char *target, const char *name)
{
	told_of_two("symlink", target, name, symlink(target, path_below(name)));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names with a dot are left aside: a client makes none. */
void path_list(const char *name)
{
	DIR *dir = opendir(path_below(name));
	char *names[NAMES_MAX];
	struct dirent *entry;
	unsigned int count = 0, i;

	if (!dir) {
		told("readdir", name, -1);
		return;
	}
	while ((entry = readdir(dir)) && count < NAMES_MAX)
		if (!strchr(entry->d_name, '.'))
			names[count++] = strdup(entry->d_name);
	closedir(dir);
	qsort(names, count, sizeof(names[0]), compare_names);
	transcript_add("readdir %s ->", *name ? name : ".");
	for (i = 0; i < count; i++) {
		transcript_add(" %s", names[i]);
		free(names[i]);
	}
	transcript_end();
}

static const char *file_type(mode_t mode)
{
	return S_ISREG(mode)   ? "file"
	       : S_ISDIR(mode) ? "directory"
	       : S_ISLNK(mode) ? "link"
			       : "other";
}

void path_stat(const char *name)
{
	struct stat st;

	if (lstat(path_below(name), &st)) {
		told("stat", name, -1);
		return;
	}
	transcript_line("stat %s -> %s mode=%o size=%lld", *name ? name : ".",
			file_type(st.st_mode), *name ? st.st_mode & 07777 : 0,
			S_ISREG(st.st_mode) ? (long long)st.st_size : 0);
}

void path_open(const char *name, int flags)
{
	int fd = open(path_below(name), flags | O_CLOEXEC, 0600);

	transcript_add("(flags %x) ", flags);
	told("open", name, fd);
	if (fd >= 0)
		close(fd);
}

void path_mknod(const char *name, mode_t mode)
{
	told("mknod", name, mknod(path_below(name), mode, 0));
}

void path_chmod(const char *name, mode_t mode)
{
	told("chmod", name, chmod(path_below(name), mode));
}

void path_statfs(const char *name)
{
	struct statfs fs;

	if (statfs(path_below(name), &fs)) {
		told("statfs", name, -1);
		return;
	}
	transcript_line("statfs %s -> type=%lx", *name ? name : ".", (long)fs.f_type);
}

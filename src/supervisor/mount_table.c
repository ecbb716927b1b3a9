/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/mount_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/proc_file.h"
#include "supervisor/request.h"
#include "supervisor/server.h"

/* One of the two forms of the table. */
struct form {
	const char *name;
	const char *mount_point; /* sscanf() format that finds it in a line */
	void (*print)(FILE *out, const struct alv_host *host, int id, int parent);
};

static void print_mount(FILE *out, const struct alv_host *host, int id, int parent)
{
	fprintf(out, "bpf %s bpf rw,relatime 0 0\n", ALV_BPFFS_PATH);
}

static void print_mountinfo(FILE *out, const struct alv_host *host, int id, int parent)
{
	u64 device = alv_bpffs_device(host->bpffs);

	fprintf(out, "%d %d %u:%u / %s rw,relatime - bpf bpf rw\n", id, parent, major(device),
		minor(device), ALV_BPFFS_PATH);
}

static const struct form forms[] = {
	{ "mounts", "%*s %255s", print_mount },
	{ "mountinfo", "%*s %*s %*s %*s %255s", print_mountinfo },
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < ALV_COUNT(forms); i++)
		if (!strcmp(forms[i].name, name))
			return &forms[i];
	return NULL;
}

bool alv_mount_table_is_place(const struct alv_place *place)
{
	return find_form(place->name) && alv_proc_is_place(place);
}

/* Is `path` below the mount point, or the same? */
static bool covers(const char *mount_point, const char *path)
{
	size_t len = strlen(mount_point);

	return !strcmp(mount_point, "/") ||
	       (!strncmp(mount_point, path, len) && (!path[len] || path[len] == '/'));
}

/*
 * Copy the table with one line for the bpf filesystem, ours: what else is mounted
 * there is covered by it. Where there is none it gets one, if `add`, with an id that
 * no mount has and the nearest mount above for a parent.
 */
static void print_table(FILE *out, const struct form *form, const struct alv_host *host,
			char *text, bool add)
{
	int last = 0, nearest = 0, ours = 0, parent = 0, id, above;
	char mount_point[256], *rest = text, *line;
	bool found = false;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || sscanf(line, form->mount_point, mount_point) != 1)
			continue;
		id = above = 0;
		(void)sscanf(line, "%d %d", &id, &above); /* numbers in one form only */
		last = id > last ? id : last;
		if (!strcmp(mount_point, ALV_BPFFS_PATH)) {
			ours = id;
			parent = found ? parent : above;
			found = true;
			continue;
		}
		fprintf(out, "%s\n", line);
		if (covers(mount_point, ALV_BPFFS_PATH))
			nearest = id;
	}
	if (found)
		form->print(out, host, ours, parent);
	else if (add)
		form->print(out, host, last + 1, nearest);
}

/* In another root there is no bpf filesystem of ours, or it is somewhere else. */
static bool has_our_root(int tid)
{
	struct stat ours, theirs;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", tid);
	return !stat("/", &ours) && !stat(path, &theirs) && ours.st_ino == theirs.st_ino &&
	       ours.st_dev == theirs.st_dev;
}

int alv_mount_table_open(struct alv_task *task, const struct alv_place *place)
{
	const struct alv_server *server = alv_request_of(task)->server;
	ALV_AUTO(mem) char *text = NULL;
	struct alv_proc_answer answer;
	int err;

	if (!has_our_root(task->tid))
		return -ENOENT;
	err = alv_proc_read_place(task, place, &text);
	if (!err)
		err = alv_proc_answer_init(&answer);
	if (err)
		return err;
	print_table(answer.out, find_form(place->name), server->host, text,
		    server->view == ALV_VIEW_PATHS);
	return alv_proc_answer_finish(&answer, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mprotect(2) that makes memory executable: what is mapped of a map never becomes so.
 * Files of memory could; the filter lets all other changes of protection pass.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "base/atomic.h"
#include "base/region.h"
#include "object/host.h"
#include "supervisor/call.h"
#include "supervisor/server.h"

/* Is this line of /proc/PID/maps a map's, with memory in [start, end)? */
static bool is_of_map(struct alv_host *host, const char *line, u64 start, u64 end)
{
	unsigned long long from, to, inode;
	unsigned int major, minor;
	struct alv_object *obj;
	struct alv_file file;

	if (sscanf(line, "%llx-%llx %*s %*x %x:%x %llu", &from, &to, &major, &minor, &inode) != 5 ||
	    to <= start || from >= end || !inode)
		return false;
	file = (struct alv_file){ .device = makedev(major, minor), .inode = inode };
	if (alv_identity_find(host, &file, &obj, NULL))
		return false;
	alv_object_put(obj);
	return true;
}

static bool covers_map(struct alv_request *req)
{
	u64 start = req->args[0];
	u64 end = start + alv_round_up(req->args[1], alv_page_size());
	char path[32], *line = NULL;
	size_t capacity = 0;
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", req->task.tid);
	maps = fopen(path, "re");
	if (!maps)
		return false; /* closed to us: nothing of its was ever served */
	while (!found && getline(&line, &capacity, maps) > 0)
		found = is_of_map(req->task.host, line, start, end);
	free(line);
	fclose(maps);
	return found;
}

void alv_call_mprotect(struct alv_request *req)
{
	if (alv_load_acquire(&req->server->mapped) && covers_map(req))
		alv_request_reply(req, -EACCES);
	else
		alv_request_proceed(req);
}

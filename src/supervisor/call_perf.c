/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_event_open(2) of the one kind of event that programs write to, and ioctl(2) on
 * what it returned. All other events are the machine's.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/region.h"
#include "object/perf_event.h"
#include "supervisor/call.h"

#define FLAGS                                                                                      \
	((u64)(PERF_FLAG_FD_NO_GROUP | PERF_FLAG_FD_OUTPUT | PERF_FLAG_PID_CGROUP |                \
	       PERF_FLAG_FD_CLOEXEC))
#define ATTR_SIZE 136 /* of struct perf_event_attr in Linux 6.18 */

/* Its arguments. */
enum {
	ARG_ATTR,
	ARG_PID,
	ARG_CPU,
	ARG_GROUP,
	ARG_FLAGS,
};

static int refuse_size(struct alv_task *task, alv_uaddr attr)
{
	const u32 size = ATTR_SIZE;
	int err = alv_copy_out(task, alv_uaddr_add(attr, offsetof(struct perf_event_attr, size)),
			       &size, sizeof(size));

	return err ? err : -E2BIG;
}

/* The caller's attributes, as far as this program knows them; the rest is zero. */
static int copy_attr(struct alv_task *task, alv_uaddr from, struct perf_event_attr *attr)
{
	u32 size, known = sizeof(*attr);
	int zero, err;

	err = alv_copy_in(task, &size, alv_uaddr_add(from, offsetof(struct perf_event_attr, size)),
			  sizeof(size));
	if (err)
		return err;
	if (!size)
		size = PERF_ATTR_SIZE_VER0;
	if (size < PERF_ATTR_SIZE_VER0 || size > alv_page_size())
		return refuse_size(task, from);
	if (size < known)
		known = size;
	memset(attr, 0, sizeof(*attr));
	err = alv_copy_in(task, attr, from, known);
	if (err)
		return err;
	zero = alv_copy_is_zero(task, alv_uaddr_add(from, known), size - known);
	if (zero < 0)
		return zero;
	return zero ? 0 : refuse_size(task, from);
}

/* Which thread is meant; 0: all. */
static int find_thread(const struct alv_request *req, int *ret_tid)
{
	int pid = (int)req->args[ARG_PID];
	char path[32];

	*ret_tid = pid ? pid : req->task.tid;
	snprintf(path, sizeof(path), "/proc/%d", *ret_tid);
	if (pid == -1)
		*ret_tid = 0;
	else if (pid < 0 || access(path, F_OK))
		return -ESRCH;
	return 0;
}

/* Groups share one read of their counts, of which such an event has none. */
static int check_group(struct alv_request *req)
{
	int group = (int)req->args[ARG_GROUP];
	struct alv_object *leader;

	if (group == -1)
		return 0;
	if (alv_task_object(&req->task, group, ALV_KIND_PERF_EVENT, &leader, NULL))
		return -EBADF;
	alv_object_put(leader);
	return -EOPNOTSUPP;
}

static int define(struct alv_request *req, struct alv_perf_def *def)
{
	int err = alv_perf_check(&def->attr);

	if (err)
		return err;
	if (req->args[ARG_FLAGS] & PERF_FLAG_PID_CGROUP)
		return -EINVAL;
	err = check_group(req);
	if (!err)
		err = find_thread(req, &def->tid);
	def->cpu = (int)req->args[ARG_CPU];
	return err;
}

static int open_event(struct alv_request *req, const struct alv_perf_def *def)
{
	struct alv_perf_event *event;
	int fd, err;

	err = alv_perf_event_new(req->task.host, def, &event);
	if (err)
		return err;
	err = alv_identity_open(&event->obj, ALV_MAY_BOTH, &fd);
	alv_object_put(&event->obj);
	return err ? err :
		     alv_request_reply_fd(req, fd, req->args[ARG_FLAGS] & PERF_FLAG_FD_CLOEXEC);
}

void alv_call_perf_event_open(struct alv_request *req)
{
	struct alv_perf_def def;
	int err = -EINVAL;

	if (req->args[ARG_FLAGS] & ~FLAGS) {
		alv_request_reply(req, err);
		return;
	}
	err = copy_attr(&req->task, alv_uaddr_at(req->args[ARG_ATTR]), &def.attr);
	if (!err && !alv_perf_is_output(&def.attr)) {
		alv_request_proceed(req);
		return;
	}
	if (!err)
		err = define(req, &def);
	if (!err)
		err = open_event(req, &def);
	if (err)
		alv_request_reply(req, err);
}

void alv_call_perf_ioctl(struct alv_request *req)
{
	struct alv_object *obj;
	int err;

	if (alv_task_object(&req->task, (int)req->args[0], ALV_KIND_PERF_EVENT, &obj, NULL)) {
		alv_request_proceed(req);
		return;
	}
	err = alv_perf_event_ioctl(alv_perf_event_of(obj), &req->task, (u32)req->args[1],
				   req->args[2]);
	alv_object_put(obj);
	alv_request_reply(req, err);
}

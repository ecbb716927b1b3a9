/* SPDX-License-Identifier: BSD-2-Clause */
/* ioctl(2) on perf events. */
#include <errno.h>

#include "object/perf_event.h"

static bool is_sampling(const struct alv_perf_event *event)
{
	return event->def.attr.sample_period;
}

/* Periods mean nothing to an event that counts nothing, but they are checked. */
static int set_period(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	u64 period;
	int err = alv_copy_in(task, &period, alv_uaddr_at(arg), sizeof(period));

	if (err)
		return err;
	if (!is_sampling(event) || !period ||
	    !alv_perf_is_period(&event->def.attr, period))
		return -EINVAL;
	return 0;
}

static int tell_id(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	return alv_copy_out(task, alv_uaddr_at(arg), &event->id, sizeof(event->id));
}

static int do_enable(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	alv_perf_event_enable(event, true);
	return 0;
}

static int do_disable(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	alv_perf_event_enable(event, false);
	return 0;
}

/* So many more overflows; there are none. */
static int do_refresh(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	if (event->def.attr.inherit || !is_sampling(event))
		return -EINVAL;
	alv_perf_event_enable(event, true);
	return 0;
}

static int do_reset(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	alv_perf_event_tell_times(event);
	return 0;
}

static int do_pause(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	if (!event->ring.base || !event->ring.size)
		return -EINVAL;
	event->ring.paused = arg;
	return 0;
}

static int refuse(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	return -EINVAL;
}

/* No program looks at the overflows of an event that has none. */
static int set_program(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	struct alv_object *prog;
	int err = alv_task_object(task, (int)arg, ALV_KIND_PROG, &prog, NULL);

	if (!err)
		alv_object_put(prog);
	return err ? err : -EINVAL;
}

static int set_output(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	struct alv_object *other;

	if (arg == UINT64_MAX)
		return task->ops->maps_writable(task, &event->obj) ? -EINVAL : 0;
	if (alv_task_object(task, (int)arg, ALV_KIND_PERF_EVENT, &other, NULL))
		return -EBADF;
	alv_object_put(other);
	return -EOPNOTSUPP;
}

static int modify(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	return -EOPNOTSUPP;
}

static const struct request {
	u32 number;
	bool locked; /* it does not touch the caller */
	int (*serve)(struct alv_perf_event *event, struct alv_task *task, u64 arg);
} requests[] = {
	{ PERF_EVENT_IOC_ENABLE, true, do_enable },
	{ PERF_EVENT_IOC_DISABLE, true, do_disable },
	{ PERF_EVENT_IOC_REFRESH, true, do_refresh },
	{ PERF_EVENT_IOC_RESET, true, do_reset },
	{ PERF_EVENT_IOC_PERIOD, false, set_period },
	{ PERF_EVENT_IOC_SET_OUTPUT, false, set_output },
	{ PERF_EVENT_IOC_SET_FILTER, false, refuse },
	{ PERF_EVENT_IOC_ID, false, tell_id },
	{ PERF_EVENT_IOC_SET_BPF, false, set_program },
	{ PERF_EVENT_IOC_PAUSE_OUTPUT, true, do_pause },
	{ PERF_EVENT_IOC_QUERY_BPF, false, refuse },
	{ PERF_EVENT_IOC_MODIFY_ATTRIBUTES, false, modify },
};

int alv_perf_event_ioctl(struct alv_perf_event *event, struct alv_task *task, u32 request,
			 u64 arg)
{
	const struct request *found = NULL;
	int err;

	for (size_t i = 0; i < ALV_COUNT(requests); i++)
		if (requests[i].number == request)
			found = &requests[i];
	if (!found)
		return -ENOTTY;
	if (found->locked)
		pthread_mutex_lock(&event->lock);
	err = found->serve(event, task, arg);
	if (found->locked)
		pthread_mutex_unlock(&event->lock);
	return err;
}

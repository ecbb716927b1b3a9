/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/perf_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/region.h"
#include "object/host.h"

/* Of Linux 6.18. */
#define SAMPLE_TYPES (1ull << 25)
#define READ_FORMATS (1ull << 5)
#define MAX_FREQ     100000

/* What records can have (perf_record.c). */
#define SAMPLE_SERVED                                                                  \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |                 \
	 PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | \
	 PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW)

/* Making one. */

bool alv_perf_is_output(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE &&
	       attr->config == PERF_COUNT_SW_BPF_OUTPUT;
}

/* Those that the kernel lets an event choose. */
static bool is_clock(s32 id)
{
	return id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_RAW ||
	       id == CLOCK_REALTIME || id == CLOCK_BOOTTIME || id == CLOCK_TAI;
}

bool alv_perf_is_period(const struct perf_event_attr *attr, u64 value)
{
	return attr->freq ? value <= MAX_FREQ : !(value >> 63);
}

int alv_perf_check(const struct alv_perf_def *def)
{
	const struct perf_event_attr *attr = &def->attr;

	if (attr->__reserved_2 || attr->sample_type >= SAMPLE_TYPES ||
	    attr->read_format >= READ_FORMATS)
		return -EINVAL;
	if (!attr->exclude_kernel && !def->perfmon)
		return -EACCES;
	if (!alv_perf_is_period(attr, attr->sample_period))
		return -EINVAL;
	if (attr->use_clockid && !is_clock(attr->clockid))
		return -EINVAL;
	if (attr->sample_type & ~(u64)SAMPLE_SERVED || attr->read_format)
		return -EOPNOTSUPP;
	return 0;
}

static void drop_ring(struct alv_perf_event *event)
{
	alv_perf_ring_fini(&event->ring);
	alv_host_uncharge(event->obj.host, event->charged);
	event->charged = 0;
}

/* No descriptor and no mapping is left: nobody reads the ring any more. */
static void event_unused(struct alv_object *obj)
{
	struct alv_perf_event *event = alv_perf_event_of(obj);

	pthread_mutex_lock(&event->lock);
	drop_ring(event);
	pthread_mutex_unlock(&event->lock);
}

static void event_free(struct alv_object *obj)
{
	struct alv_perf_event *event = alv_perf_event_of(obj);

	drop_ring(event);
	alv_readiness_fini(&event->ready);
	pthread_mutex_destroy(&event->lock);
	free(event);
}

static const struct alv_object_ops event_ops = {
	.kind = ALV_KIND_PERF_EVENT,
	.name = "perf_event",
	.grows = true,
	.unused = event_unused,
	.free = event_free,
};

int alv_perf_event_new(struct alv_host *host, const struct alv_perf_def *def,
		       struct alv_perf_event **ret_event)
{
	struct alv_perf_event *event;
	int err;

	if (def->cpu < (def->tid ? -1 : 0) ||
	    (def->cpu >= 0 && (u32)def->cpu >= host->cpus))
		return -EINVAL;
	if (!def->tid && !def->perfmon)
		return -EACCES;
	event = calloc(1, sizeof(*event));
	if (!event)
		return -ENOMEM;
	err = alv_object_init(&event->obj, host, &event_ops, 0);
	if (err) {
		free(event);
		return err;
	}
	pthread_mutex_init(&event->lock, NULL);
	event->def = *def;
	event->id = alv_add_relaxed(&host->perf_events, 1);
	event->enabled = !def->attr.disabled;
	event->since = alv_clock_ns(CLOCK_MONOTONIC);
	*ret_event = event;
	return 0;
}

/* Time. Under the lock. */

static struct alv_perf_times times_of(const struct alv_perf_event *event)
{
	u64 ns = event->before;

	if (event->enabled)
		ns += alv_clock_ns(CLOCK_MONOTONIC) - event->since;
	return (struct alv_perf_times){ ns, ns };
}

void alv_perf_event_tell_times(struct alv_perf_event *event)
{
	const struct alv_perf_times times = times_of(event);

	if (event->ring.base)
		alv_perf_ring_tell_times(&event->ring, &times);
}

void alv_perf_event_enable(struct alv_perf_event *event, bool on)
{
	if (event->enabled == on)
		return;
	event->before = times_of(event).enabled;
	event->since = alv_clock_ns(CLOCK_MONOTONIC);
	event->enabled = on;
	alv_perf_event_tell_times(event);
}

/* Mapping. */

static bool is_ring_size(u64 pages)
{
	return pages && !((pages - 1) & (pages - 2));
}

/* Under the lock: the ring of the requested size. */
static int make_ring(struct alv_perf_event *event, const struct alv_perf_mmap *request)
{
	const struct perf_event_attr *attr = &event->def.attr;
	const struct alv_perf_ring_def def = {
		.size = request->size - alv_page_size(),
		.watermark = attr->watermark ? attr->wakeup_watermark : 0,
		.overwrite = !request->write,
		.backward = attr->write_backward,
	};
	int err;

	drop_ring(event);
	err = alv_host_charge(event->obj.host, request->size);
	if (err)
		return err;
	event->charged = request->size;
	err = alv_perf_ring_init(&event->ring, event->obj.identity.memfd, &def);
	if (err) {
		drop_ring(event);
		return err;
	}
	event->obj.identity.host_mappings = 1;
	alv_perf_event_tell_times(event);
	return 0;
}

int alv_perf_event_mmap(struct alv_perf_event *event, struct alv_task *task,
			const struct alv_perf_mmap *request)
{
	int err = 0, mapped = 0;
	u64 older;

	/* Other offsets are of a second area, which this event has none of. */
	if (!request->shared || request->offset ||
	    !is_ring_size(request->size / alv_page_size()))
		return -EINVAL;
	if (event->def.cpu < 0 && event->def.attr.inherit)
		return -EINVAL;
	pthread_mutex_lock(&event->lock);
	older = event->ring.base ? event->ring.size + alv_page_size() : 0;
	pthread_mutex_unlock(&event->lock);
	if (older)
		mapped = task->ops->maps_writable(task, &event->obj);
	if (mapped)
		return mapped < 0 ? mapped : older == request->size ? 0 : -EINVAL;
	pthread_mutex_lock(&event->lock);
	/* Two threads' first mappings: the second one finds the first one's ring. */
	if (older || !event->ring.base)
		err = make_ring(event, request);
	else if (event->ring.size + alv_page_size() != request->size)
		err = -EINVAL;
	pthread_mutex_unlock(&event->lock);
	return err;
}

int alv_perf_event_poll(struct alv_perf_event *event, struct alv_poll *ret_poll)
{
	return alv_readiness_poll(&event->ready, ALV_READINESS_READ, ret_poll);
}

bool alv_perf_event_is_there(const struct alv_perf_event *event,
			     const struct alv_perf_place *place)
{
	const struct alv_perf_def *def = &event->def;

	return (def->cpu < 0 || (u32)def->cpu == place->cpu) &&
	       (!def->tid || (u32)def->tid == place->tid);
}

int alv_perf_event_read(struct alv_perf_event *event, const struct alv_perf_place *place,
			struct alv_perf_times *ret_times)
{
	if (!alv_perf_event_is_there(event, place))
		return -EINVAL;
	pthread_mutex_lock(&event->lock);
	*ret_times = times_of(event);
	pthread_mutex_unlock(&event->lock);
	return 0;
}

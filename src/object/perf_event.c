/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/perf_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/atomic.h"
#include "base/region.h"
#include "object/host.h"

/* Of Linux 6.18. */
#define SAMPLE_TYPES (1ull << 25)
#define READ_FORMATS (1ull << 5)
#define MAX_FREQ     100000
#define PERIOD_LIMIT (1ull << 63)

#define SAMPLE_IDS                                                                       \
	(PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID |       \
	 PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER)
#define SAMPLE_SERVED (SAMPLE_IDS | PERF_SAMPLE_ADDR | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW)

#define MAX_FIELDS 10 /* of 8 bytes, in a sample or behind another record */

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

/* Making one. */

bool alv_perf_is_output(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE && attr->config == PERF_COUNT_SW_BPF_OUTPUT;
}

/* Those that the kernel lets an event choose. */
static bool is_clock(s32 id)
{
	return id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_RAW || id == CLOCK_REALTIME ||
	       id == CLOCK_BOOTTIME || id == CLOCK_TAI;
}

int alv_perf_check(const struct perf_event_attr *attr)
{
	if (attr->__reserved_2 || attr->sample_type >= SAMPLE_TYPES ||
	    attr->read_format >= READ_FORMATS)
		return -EINVAL;
	if (attr->freq ? attr->sample_freq > MAX_FREQ : attr->sample_period >= PERIOD_LIMIT)
		return -EINVAL;
	if (attr->use_clockid && !is_clock(attr->clockid))
		return -EINVAL;
	return attr->sample_type & ~(u64)SAMPLE_SERVED || attr->read_format ? -EOPNOTSUPP : 0;
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

	if (def->cpu < (def->tid ? -1 : 0) || (def->cpu >= 0 && (u32)def->cpu >= host->cpus))
		return -EINVAL;
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
	event->since = clock_ns(CLOCK_MONOTONIC);
	*ret_event = event;
	return 0;
}

/* Time. Under the lock. */

static struct alv_perf_times times_of(const struct alv_perf_event *event)
{
	u64 ns = event->before;

	if (event->enabled)
		ns += clock_ns(CLOCK_MONOTONIC) - event->since;
	return (struct alv_perf_times){ ns, ns };
}

static void tell_times(struct alv_perf_event *event)
{
	const struct alv_perf_times times = times_of(event);

	if (event->ring.base)
		alv_perf_ring_tell_times(&event->ring, &times);
}

static void enable(struct alv_perf_event *event, bool on)
{
	if (event->enabled == on)
		return;
	event->before = times_of(event).enabled;
	event->since = clock_ns(CLOCK_MONOTONIC);
	event->enabled = on;
	tell_times(event);
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
	tell_times(event);
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

/* ioctl(2) */

static bool is_sampling(const struct alv_perf_event *event)
{
	return event->def.attr.sample_period;
}

/* Periods mean nothing to an event that counts nothing, but they are checked. */
static int set_period(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	const struct perf_event_attr *attr = &event->def.attr;
	u64 period;
	int err = alv_copy_in(task, &period, alv_uaddr_at(arg), sizeof(period));

	if (err)
		return err;
	if (!is_sampling(event) || !period ||
	    (attr->freq ? period > MAX_FREQ : period >= PERIOD_LIMIT))
		return -EINVAL;
	return 0;
}

static int tell_id(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	return alv_copy_out(task, alv_uaddr_at(arg), &event->id, sizeof(event->id));
}

static int do_enable(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	enable(event, true);
	return 0;
}

static int do_disable(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	enable(event, false);
	return 0;
}

/* So many more overflows; there are none. */
static int do_refresh(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	if (event->def.attr.inherit || !is_sampling(event))
		return -EINVAL;
	enable(event, true);
	return 0;
}

static int do_reset(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	tell_times(event);
	return 0;
}

static int do_pause(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	if (!event->ring.base || !event->ring.size)
		return -EINVAL;
	event->ring.paused = arg;
	return 0;
}

static int do_nothing(struct alv_perf_event *event, struct alv_task *task, u64 arg)
{
	return -EINVAL;
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
	{ PERF_EVENT_IOC_SET_FILTER, false, do_nothing },
	{ PERF_EVENT_IOC_ID, false, tell_id },
	{ PERF_EVENT_IOC_SET_BPF, false, do_nothing },
	{ PERF_EVENT_IOC_PAUSE_OUTPUT, true, do_pause },
	{ PERF_EVENT_IOC_QUERY_BPF, false, do_nothing },
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

/* Records. */

/* What a record says of its circumstances. */
struct fields {
	u64 values[MAX_FIELDS];
	u32 count;
};

/* Records that are written together are of one time. */
struct moment {
	struct alv_perf_place place;
	u64 time;
};

static struct moment moment_of(const struct alv_perf_event *event,
			       const struct alv_perf_place *place)
{
	const struct perf_event_attr *attr = &event->def.attr;
	struct moment now = { .place = *place };

	if (attr->sample_type & PERF_SAMPLE_TIME)
		now.time = clock_ns(attr->use_clockid ? attr->clockid : CLOCK_MONOTONIC);
	return now;
}

static u64 field(const struct alv_perf_event *event, const struct moment *now, u64 type)
{
	switch (type) {
	case PERF_SAMPLE_TID:
		return now->place.tgid | (u64)now->place.tid << 32;
	case PERF_SAMPLE_TIME:
		return now->time;
	case PERF_SAMPLE_CPU:
		return now->place.cpu;
	case PERF_SAMPLE_ADDR:
	case PERF_SAMPLE_PERIOD:
		return 0;
	}
	return event->id; /* under each of its names */
}

/* In the order in which a sample has them, and other records. */
static const u64 sample_fields[] = {
	PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_TID,       PERF_SAMPLE_TIME,
	PERF_SAMPLE_ADDR,	PERF_SAMPLE_ID,	       PERF_SAMPLE_STREAM_ID,
	PERF_SAMPLE_CPU,	PERF_SAMPLE_PERIOD,
};
static const u64 other_fields[] = {
	PERF_SAMPLE_TID,       PERF_SAMPLE_TIME, PERF_SAMPLE_ID,
	PERF_SAMPLE_STREAM_ID, PERF_SAMPLE_CPU,	 PERF_SAMPLE_IDENTIFIER,
};

static void collect(const struct alv_perf_event *event, const struct moment *now,
		    const u64 *types, size_t n_types, struct fields *fields)
{
	for (size_t i = 0; i < n_types; i++)
		if (event->def.attr.sample_type & types[i])
			fields->values[fields->count++] = field(event, now, types[i]);
}

/* A record that begins so; its size wraps, as there are 16 bits for it. */
static void finish(struct alv_perf_record *record, struct perf_event_header *header)
{
	u64 size = 0;

	for (u32 i = 0; i < record->n_parts; i++)
		size += record->parts[i].iov_len;
	header->size = record->size = (u16)size;
}

struct lost {
	struct perf_event_header header;
	u64 id;
	u64 count;
	struct fields fields;
};

static void lost_record(struct alv_perf_event *event, const struct moment *now, struct lost *lost,
			struct alv_perf_record *record)
{
	*lost = (struct lost){
		.header = { .type = PERF_RECORD_LOST },
		.id = event->id,
		.count = event->ring.lost,
	};
	if (event->def.attr.sample_id_all)
		collect(event, now, other_fields, ALV_COUNT(other_fields), &lost->fields);
	alv_perf_record_add(record, lost, offsetof(struct lost, fields));
	alv_perf_record_add(record, lost->fields.values, lost->fields.count * sizeof(u64));
	finish(record, &lost->header);
}

struct sample {
	struct perf_event_header header;
	struct fields fields;
	u32 raw_size;
};

static void sample_record(struct alv_perf_event *event, const struct moment *now,
			  const struct iovec *pieces, u32 n_pieces, struct sample *sample,
			  struct alv_perf_record *record)
{
	u64 raw = sizeof(sample->raw_size), padded;

	*sample = (struct sample){
		.header = { .type = PERF_RECORD_SAMPLE, .misc = PERF_RECORD_MISC_KERNEL },
	};
	collect(event, now, sample_fields, ALV_COUNT(sample_fields), &sample->fields);
	alv_perf_record_add(record, &sample->header, sizeof(sample->header));
	alv_perf_record_add(record, sample->fields.values, sample->fields.count * sizeof(u64));
	if (event->def.attr.sample_type & PERF_SAMPLE_RAW) {
		alv_perf_record_add(record, &sample->raw_size, sizeof(sample->raw_size));
		for (u32 i = 0; i < n_pieces; i++) {
			alv_perf_record_add(record, pieces[i].iov_base, pieces[i].iov_len);
			raw += pieces[i].iov_len;
		}
		/* The padding counts, and has what lay there before. */
		padded = alv_round_up(raw, sizeof(u64));
		alv_perf_record_add(record, NULL, padded - raw);
		sample->raw_size = (u32)(padded - sizeof(sample->raw_size));
	}
	finish(record, &sample->header);
}

static bool is_there(const struct alv_perf_event *event, const struct alv_perf_place *place)
{
	const struct alv_perf_def *def = &event->def;

	return (def->cpu < 0 || (u32)def->cpu == place->cpu) &&
	       (!def->tid || (u32)def->tid == place->tid);
}

int alv_perf_event_output(struct alv_perf_event *event, const struct alv_perf_place *place,
			  const struct iovec *pieces, u32 n_pieces)
{
	struct alv_perf_record record = { 0 }, lost_one = { 0 };
	const struct perf_event_attr *attr = &event->def.attr;
	struct sample sample;
	struct moment now;
	struct lost lost;
	bool wake = false;
	int err = -EOPNOTSUPP;

	pthread_mutex_lock(&event->lock);
	if (event->enabled && is_there(event, place)) {
		now = moment_of(event, place);
		sample_record(event, &now, pieces, n_pieces, &sample, &record);
		lost_record(event, &now, &lost, &lost_one);
		err = alv_perf_ring_write(&event->ring, &record, &lost_one,
					  attr->watermark ? 0 : attr->wakeup_events, &wake);
	}
	pthread_mutex_unlock(&event->lock);
	if (wake)
		alv_readiness_raise(&event->ready);
	return err;
}

int alv_perf_event_read(struct alv_perf_event *event, const struct alv_perf_place *place,
			struct alv_perf_times *ret_times)
{
	if (!is_there(event, place))
		return -EINVAL;
	pthread_mutex_lock(&event->lock);
	*ret_times = times_of(event);
	pthread_mutex_unlock(&event->lock);
	return 0;
}

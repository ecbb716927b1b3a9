/* SPDX-License-Identifier: BSD-2-Clause */
/* The records that programs have written into a perf event's ring. */
#include <errno.h>
#include <stddef.h>

#include "base/clock.h"
#include "object/perf_event.h"

#define MAX_FIELDS 10 /* of 8 bytes, in a sample or behind another record */

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
		now.time =
			alv_clock_ns(attr->use_clockid ? attr->clockid : CLOCK_MONOTONIC);
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
	PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_TID,    PERF_SAMPLE_TIME,
	PERF_SAMPLE_ADDR,	PERF_SAMPLE_ID,	    PERF_SAMPLE_STREAM_ID,
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

static void lost_record(struct alv_perf_event *event, const struct moment *now,
			struct lost *lost, struct alv_perf_record *record)
{
	*lost = (struct lost){
		.header = { .type = PERF_RECORD_LOST },
		.id = event->id,
		.count = event->ring.lost,
	};
	if (event->def.attr.sample_id_all)
		collect(event, now, other_fields, ALV_COUNT(other_fields), &lost->fields);
	alv_perf_record_add(record, lost, offsetof(struct lost, fields));
	alv_perf_record_add(record, lost->fields.values,
			    lost->fields.count * sizeof(u64));
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
	alv_perf_record_add(record, sample->fields.values,
			    sample->fields.count * sizeof(u64));
	if (event->def.attr.sample_type & PERF_SAMPLE_RAW) {
		alv_perf_record_add(record, &sample->raw_size, sizeof(sample->raw_size));
		for (u32 i = 0; i < n_pieces; i++) {
			alv_perf_record_add(record, pieces[i].iov_base,
					    pieces[i].iov_len);
			raw += pieces[i].iov_len;
		}
		/* The padding counts, and has what lay there before. */
		padded = alv_round_up(raw, sizeof(u64));
		alv_perf_record_add(record, NULL, padded - raw);
		sample->raw_size = (u32)(padded - sizeof(sample->raw_size));
	}
	finish(record, &sample->header);
}

int alv_perf_event_output(struct alv_perf_event *event,
			  const struct alv_perf_place *place, const struct iovec *pieces,
			  u32 n_pieces)
{
	struct alv_perf_record record = { 0 }, lost_one = { 0 };
	const struct perf_event_attr *attr = &event->def.attr;
	struct sample sample;
	struct moment now;
	struct lost lost;
	bool wake = false;
	int err = -EOPNOTSUPP;

	pthread_mutex_lock(&event->lock);
	if (event->enabled && alv_perf_event_is_there(event, place)) {
		now = moment_of(event, place);
		sample_record(event, &now, pieces, n_pieces, &sample, &record);
		lost_record(event, &now, &lost, &lost_one);
		err = alv_perf_ring_write(&event->ring, &record, &lost_one,
					  attr->watermark ? 0 : attr->wakeup_events,
					  &wake);
	}
	pthread_mutex_unlock(&event->lock);
	if (wake)
		alv_readiness_raise(&event->ready);
	return err;
}

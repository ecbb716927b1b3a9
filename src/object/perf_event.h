/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A perf event of the emulated kernel: PERF_COUNT_SW_BPF_OUTPUT, which counts nothing
 * and only has programs write into its ring. Descriptors of the others are the
 * machine's own.
 */
#ifndef ALV_OBJECT_PERF_EVENT_H
#define ALV_OBJECT_PERF_EVENT_H

#include <pthread.h>

#include "object/object.h"
#include "object/perf_ring.h"
#include "object/readiness.h"
#include "object/task.h"

/* What perf_event_open(2) asked for. */
struct alv_perf_def {
	struct perf_event_attr attr;
	int tid; /* only while this thread runs; 0: whoever does */
	int cpu; /* only there; -1: anywhere */
};

struct alv_perf_event {
	struct alv_object obj;
	struct alv_perf_def def;
	u64 id; /* as records name it; programs' maps have no ids of events */
	struct alv_readiness ready;
	pthread_mutex_t lock; /* a leaf: guards what follows */
	struct alv_perf_ring ring;
	u64 charged; /* for it */
	bool enabled;
	u64 since; /* enabled so long (ns) */
	u64 before; /* ns enabled before that */
};

/* Where a program runs, and as whom. */
struct alv_perf_place {
	u32 cpu;
	u32 tid;
	u32 tgid;
};

/* Is it of the kind that is served here? */
bool alv_perf_is_output(const struct perf_event_attr *attr);
/*
 * Refuse attributes as the kernel does. -EINVAL; -EOPNOTSUPP: they want in their
 * records what is not there.
 */
int alv_perf_check(const struct perf_event_attr *attr);
/* -EINVAL: there is no such CPU. */
int alv_perf_event_new(struct alv_host *host, const struct alv_perf_def *def,
		       struct alv_perf_event **ret_event);

static inline struct alv_perf_event *alv_perf_event_of(struct alv_object *obj)
{
	return alv_container(obj, struct alv_perf_event, obj);
}

/*
 * mmap(2) of the ring: 0 when the pages are there to be mapped. With `task` it is
 * asked whether anybody has an older ring mapped.
 */
struct alv_perf_mmap {
	u64 offset;
	u64 size; /* a multiple of the page size */
	bool shared;
	bool write;
};

int alv_perf_event_mmap(struct alv_perf_event *event, struct alv_task *task,
			const struct alv_perf_mmap *request);

/* PERF_EVENT_IOC_*; `arg` is a number or an address of the caller's. */
int alv_perf_event_ioctl(struct alv_perf_event *event, struct alv_task *task, u32 request,
			 u64 arg);
int alv_perf_event_poll(struct alv_perf_event *event, struct alv_poll *ret_poll);

/*
 * A sample of several pieces. -EOPNOTSUPP: not there and then; -ENOSPC: no ring, or no
 * room in it.
 */
int alv_perf_event_output(struct alv_perf_event *event, const struct alv_perf_place *place,
			  const struct iovec *pieces, u32 n_pieces);
/* How long it was enabled; it has no count. -EINVAL: not there and then. */
int alv_perf_event_read(struct alv_perf_event *event, const struct alv_perf_place *place,
			struct alv_perf_times *ret_times);

#endif

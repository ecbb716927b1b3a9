/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2) of the descriptors of maps and perf events: what the kernel would refuse is refused here,
 * the rest is mapped by the kernel from the identity memfd, whose size and seals
 * hold whatever the client does between the two.
 *
 * Two things need more than the call as it stands, so an epilogue makes it: what is
 * mapped without PROT_WRITE never becomes writable (it is mapped from a read-only
 * descriptor), and a ring buffer's second copy is the first one, mapped twice.
 */
#include <errno.h>
#include <linux/audit.h>

/* First: the table of map types uses the name MAP_TYPE, too. */
#include "map/map.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomic.h"
#include "object/host.h"
#include "object/perf_event.h"
#include "supervisor/call.h"
#include "supervisor/epilogue.h"
#include "supervisor/server.h"
#include "supervisor/tracer.h"

/* MAP_TYPE of <sys/mman.h>, which includes MAP_SHARED_VALIDATE. */
#define MMAP_KIND       0x0f
#define I386_PAGE_SHIFT 12 /* mmap2() counts pages of this size on every machine */
#define I386_MMAP2      192

/* Its arguments. */
enum {
	ARG_ADDRESS,
	ARG_SIZE,
	ARG_PROT,
	ARG_FLAGS,
	ARG_FD,
	ARG_OFFSET,
};

static u64 offset_unit(const struct alv_request *req)
{
	return req->arch == AUDIT_ARCH_I386 ? 1 << I386_PAGE_SHIFT : 1;
}

/* -errno; 1: the kernel will refuse it by itself; 0: it may be mapped. */
static int mmap_judge(const struct alv_request *req, struct alv_map *map, unsigned int access,
		      struct alv_map_mmap *want)
{
	u64 prot = req->args[ARG_PROT];
	bool shared = (req->args[ARG_FLAGS] & MMAP_KIND) != MAP_PRIVATE;

	*want = (struct alv_map_mmap){
		.offset = req->args[ARG_OFFSET] * offset_unit(req),
		.size = alv_round_up(req->args[ARG_SIZE], alv_page_size()),
		.write = prot & PROT_WRITE,
	};
	/* The checks that every file gets come first, and are the kernel's own. */
	if (!(access & ALV_MAY_READ) || (shared && want->write && !(access & ALV_MAY_WRITE)))
		return 1;
	if (!want->size || want->offset % alv_page_size())
		return 1;
	if (prot & PROT_EXEC)
		return -EPERM; /* nothing on the descriptors' file system can be executed */
	if (!map->ops->mmap || map->record)
		return -524; /* ENOTSUPP, which no header for programs has */
	/* What could never be written through the descriptor counts as private. */
	if (!shared || !(access & ALV_MAY_WRITE))
		return -EINVAL;
	if (want->write && alv_load_acquire(&map->frozen))
		return -EPERM;
	if (want->write && map->flags & BPF_F_RDONLY_PROG)
		return -EACCES; /* programs count on it not to change once it is frozen */
	return map->ops->mmap(map, want);
}

static void epilogue_init(struct alv_epilogue *epilogue, const struct alv_request *req)
{
	struct alv_epilogue_step *step = &epilogue->steps[0];

	*epilogue = (struct alv_epilogue){ .n_steps = 1, .own = (int)req->args[ARG_FD] };
	step->nr = req->arch == AUDIT_ARCH_I386 ? I386_MMAP2 : SYS_mmap;
	step->fd = ARG_FD;
	step->base = ALV_EPILOGUE_NONE;
	for (size_t i = 0; i < ALV_COUNT(step->args); i++)
		step->args[i] = req->args[i];
}

/* False: what is mapped has no part of a repetition. */
static bool split(struct alv_epilogue *epilogue, const struct alv_request *req,
		  const struct alv_map *map, const struct alv_map_mmap *want)
{
	struct alv_epilogue_step *step = &epilogue->steps[0];
	u64 distance = 0, skip, start = 0;

	if (map->ops->repeat)
		start = map->ops->repeat(map, &distance);
	if (!start || want->offset + want->size <= start)
		return false;
	distance /= offset_unit(req);
	if (want->offset >= start) {
		step->args[ARG_OFFSET] -= distance;
		return true;
	}
	skip = start - want->offset;
	epilogue->steps[1] = *step;
	epilogue->n_steps = 2;
	step++;
	step->base = ARG_ADDRESS;
	step->args[ARG_ADDRESS] = skip;
	step->args[ARG_SIZE] -= skip;
	step->args[ARG_FLAGS] &= ~(u64)MAP_FIXED_NOREPLACE;
	step->args[ARG_FLAGS] |= MAP_FIXED;
	step->args[ARG_OFFSET] += skip / offset_unit(req) - distance;
	return true;
}

/* False: nothing was done, and the call as it stands is the next best. */
static bool mmap_by_epilogue(struct alv_request *req, struct alv_map *map,
			     const struct alv_map_mmap *want)
{
	struct alv_epilogue epilogue;
	bool repeated;
	int fd = -1, err = -EMFILE;

	epilogue_init(&epilogue, req);
	repeated = split(&epilogue, req, map, want);
	if (want->write && !repeated)
		return false;
	if (!want->write && alv_identity_open_reader(&map->obj, &fd))
		return false;
	if (alv_epilogue_arrange(req, &epilogue)) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (repeated && map->ops->join)
		map->ops->join(map);
	if (fd >= 0)
		err = alv_request_reply_fd(req, fd, true);
	/* It has none to spare, or needs none: the one that it came with must do. */
	if (err && err != -ESRCH) {
		if (!want->write)
			alv_store_release(&map->obj.identity.plain, true);
		alv_request_reply(req, err);
	}
	return true;
}

static void mmap_plainly(struct alv_request *req, struct alv_map *map,
			 const struct alv_map_mmap *want)
{
	if (!want->write)
		alv_store_release(&map->obj.identity.plain, true);
	alv_request_proceed(req);
}

static void mmap_map(struct alv_request *req, struct alv_map *map, unsigned int access)
{
	struct alv_map_mmap want;
	int err;

	err = mmap_judge(req, map, access, &want);
	if (!err)
		alv_store_release(&req->server->mapped, true);
	if (err < 0)
		alv_request_reply(req, err);
	else if (err)
		alv_request_proceed(req);
	else if (!mmap_by_epilogue(req, map, &want))
		mmap_plainly(req, map, &want);
}

/* Everything about its pages is checked before, and mprotect(2) may change them. */
static void mmap_event(struct alv_request *req, struct alv_perf_event *event)
{
	const struct alv_perf_mmap want = {
		.offset = req->args[ARG_OFFSET] * offset_unit(req),
		.size = alv_round_up(req->args[ARG_SIZE], alv_page_size()),
		.shared = (req->args[ARG_FLAGS] & MMAP_KIND) != MAP_PRIVATE,
		.write = req->args[ARG_PROT] & PROT_WRITE,
	};
	int err = req->args[ARG_PROT] & PROT_EXEC ? -EPERM : 0;

	if (!err && want.size)
		err = alv_perf_event_mmap(event, &req->task, &want);
	if (err)
		alv_request_reply(req, err);
	else
		alv_request_proceed(req);
}

static bool is_ours(const struct alv_request *req)
{
	struct alv_tracer *tracer;

	return !alv_tracer_get(&tracer) &&
	       alv_tracee_is_injected(alv_tracer_tracees(tracer), req->task.tid);
}

void alv_call_mmap(struct alv_request *req)
{
	struct alv_object *obj;
	unsigned int access;

	if (alv_task_object(&req->task, (int)req->args[ARG_FD], ALV_N_KINDS, &obj, &access)) {
		alv_request_proceed(req);
		return;
	}
	if (is_ours(req))
		alv_request_proceed(req);
	else if (obj->ops->kind == ALV_KIND_MAP)
		mmap_map(req, alv_map_of(obj), access);
	else if (obj->ops->kind == ALV_KIND_PERF_EVENT)
		mmap_event(req, alv_perf_event_of(obj));
	else
		alv_request_proceed(req);
	alv_object_put(obj);
}

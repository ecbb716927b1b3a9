/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2) of a map's descriptor: what the kernel would refuse is refused here,
 * the rest is mapped by the kernel from the identity memfd, whose size and seals
 * hold whatever the client does between the two.
 */
#include <errno.h>
#include <linux/audit.h>

/* First: the table of map types uses the name MAP_TYPE, too. */
#include "map/map.h"

#include <sys/mman.h>

#include "object/host.h"
#include "supervisor/call.h"

/* MAP_TYPE of <sys/mman.h>, which includes MAP_SHARED_VALIDATE. */
#define MMAP_KIND       0x0f
#define I386_PAGE_SHIFT 12 /* mmap2() counts pages of this size on every machine */

static int mmap_judge(struct alv_request *req, struct alv_map *map, unsigned int access)
{
	u64 prot = req->args[2];
	bool shared = (req->args[3] & MMAP_KIND) != MAP_PRIVATE;
	struct alv_map_mmap want = {
		.offset = req->args[5],
		.size = alv_round_up(req->args[1], alv_page_size()),
		.write = prot & PROT_WRITE,
	};

	if (req->arch == AUDIT_ARCH_I386)
		want.offset <<= I386_PAGE_SHIFT;
	/* The checks that every file gets come first, and are the kernel's own. */
	if (!(access & ALV_MAY_READ) || (shared && want.write && !(access & ALV_MAY_WRITE)))
		return 0;
	if (!want.size || want.offset % alv_page_size())
		return 0;
	if (prot & PROT_EXEC)
		return -EPERM; /* nothing on the descriptors' file system can be executed */
	if (!map->ops->mmap || map->record)
		return -524; /* ENOTSUPP, which no header for programs has */
	/* What could never be written through the descriptor counts as private. */
	if (!shared || !(access & ALV_MAY_WRITE))
		return -EINVAL;
	if (want.write && alv_load_acquire(&map->frozen))
		return -EPERM;
	if (want.write && map->flags & BPF_F_RDONLY_PROG)
		return -EACCES; /* programs count on it not to change once it is frozen */
	return map->ops->mmap(map, &want);
}

void alv_call_mmap(struct alv_request *req)
{
	struct alv_object *obj;
	struct alv_map *map;
	unsigned int access;
	int err;

	err = alv_task_object(&req->task, (int)req->args[4], ALV_KIND_MAP, &obj, &access);
	if (err) {
		alv_request_proceed(req);
		return;
	}
	map = alv_map_of(obj);
	err = mmap_judge(req, map, access);
	alv_map_put(map);
	if (err)
		alv_request_reply(req, err);
	else
		alv_request_proceed(req);
}

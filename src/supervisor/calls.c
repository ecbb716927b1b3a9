/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "supervisor/call.h"

#define MAP_KIND (MAP_TYPE | MAP_ANONYMOUS)

/* A call whose first argument is a descriptor, rare enough to look at each. */
#define DESCRIPTOR_ROW(name, nr, nr_i386)                                                          \
	{                                                                                          \
		name, nr, nr_i386, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 0, {}              \
	}

const struct alv_call_row alv_call_rows[] = {
	{ "bpf", __NR_bpf, 357, ALV_WHEN_ALWAYS, true, alv_call_bpf, 0, {} },
	/* Mappings of files; i386's pages instead of bytes concern the handler. */
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 1,
	  { { 3, MAP_KIND, MAP_SHARED } } },
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 1,
	  { { 3, MAP_KIND, MAP_SHARED_VALIDATE } } },
	/* The dynamic loader's own mappings are many, and never of maps. */
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 2,
	  { { 3, MAP_KIND | MAP_DENYWRITE, MAP_PRIVATE }, { 2, PROT_EXEC, 0 } } },
	DESCRIPTOR_ROW("fallocate", __NR_fallocate, 324),
	DESCRIPTOR_ROW("fchmod", __NR_fchmod, 94),
	DESCRIPTOR_ROW("fchown", __NR_fchown, 207),
	DESCRIPTOR_ROW("fchown16", -1, 95),
	DESCRIPTOR_ROW("flock", __NR_flock, 143),
	DESCRIPTOR_ROW("ftruncate", __NR_ftruncate, 93),
	DESCRIPTOR_ROW("ftruncate64", -1, 194),
	{ "fcntl", __NR_fcntl, 55, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT32_MAX, F_ADD_SEALS } } },
	{ "fcntl", __NR_fcntl, 221, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT32_MAX, F_GET_SEALS } } },
	/* Without a path it is futimens(3). */
	{ "utimensat", __NR_utimensat, 320, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT64_MAX, 0 } } },
};

const size_t alv_n_call_rows = ALV_COUNT(alv_call_rows);

bool alv_call_wanted(const struct alv_call_row *row, enum alv_view view)
{
	return row->when == ALV_WHEN_ALWAYS ||
	       (row->when == ALV_WHEN_MOUNTS && view == ALV_VIEW_MOUNTS) ||
	       (row->when == ALV_WHEN_PATHS && view == ALV_VIEW_PATHS);
}

void alv_calls_serve(struct alv_request *req)
{
	for (size_t i = 0; i < alv_n_call_rows; i++) {
		const struct alv_call_row *row = &alv_call_rows[i];

		if ((req->arch == AUDIT_ARCH_I386 ? row->nr_i386 : row->nr) != req->nr)
			continue;
		row->serve(req);
		return;
	}
	alv_request_reply(req, -ENOSYS);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads of a caller's memory that do not wait: /proc/PID/pagemap says which pages are
 * there. A page that goes between the look and the copy is faulted in again; a caller
 * whose faults block, and who takes pages away just then, can delay the reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/region.h"
#include "object/task.h"

#define PRESENT      ((u64)1 << 63)
#define ENTRIES      64 /* looked at with one call */
#define PATH_SIZE    32

/* Are pages first ... last all resident? */
static bool are_resident(int pagemap, u64 first, u64 last)
{
	u64 entries[ENTRIES];

	while (first <= last) {
		u64 n = last - first + 1 < ENTRIES ? last - first + 1 : ENTRIES;
		off_t at = (off_t)(first * sizeof(u64));

		if (pread(pagemap, entries, n * sizeof(u64), at) != (ssize_t)(n * sizeof(u64)))
			return false;
		for (u64 i = 0; i < n; i++)
			if (!(entries[i] & PRESENT))
				return false;
		first += n;
	}
	return true;
}

static int check_resident(struct alv_task *task, alv_uaddr src, size_t size)
{
	u64 page = alv_page_size(), last = src.addr + size - 1;
	ALV_AUTO(fd) int pagemap = -1;
	char path[PATH_SIZE];

	if (last < src.addr || last > INT64_MAX)
		return -EFAULT;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", task->tid ? task->tid : getpid());
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0 || !are_resident(pagemap, src.addr / page, last / page))
		return -EFAULT;
	return 0;
}

int alv_task_peek(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	int err = size ? check_resident(task, src, size) : 0;

	return err ? err : alv_copy_in(task, dst, src, size);
}

int alv_task_peek_string(struct alv_task *task, char *dst, alv_uaddr src, size_t size)
{
	int err = size ? check_resident(task, src, size) : 0;

	return err ? err : alv_copy_string(task, dst, src, size);
}

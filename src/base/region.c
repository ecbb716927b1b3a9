/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/region.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

size_t alv_page_size(void)
{
	static size_t page;
	size_t seen = __atomic_load_n(&page, __ATOMIC_RELAXED);

	if (!seen) {
		seen = (size_t)sysconf(_SC_PAGESIZE);
		__atomic_store_n(&page, seen, __ATOMIC_RELAXED);
	}
	return seen;
}

static int region_map(struct alv_region *region, u64 size, int prot, int flags, int fd)
{
	u64 page = alv_page_size();
	void *base;

	if (size > (u64)PTRDIFF_MAX - page)
		return -E2BIG;
	size = alv_round_up(size ? size : 1, page);
	base = mmap(NULL, size, prot, flags, fd, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	region->base = base;
	region->size = size;
	return 0;
}

int alv_region_init(struct alv_region *region, u64 size)
{
	return region_map(region, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

int alv_region_init_fd(struct alv_region *region, int fd, u64 size)
{
	return region_map(region, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_NORESERVE, fd);
}

int alv_region_reserve(struct alv_region *region, u64 size)
{
	return region_map(region, size, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

void alv_region_want_huge_pages(struct alv_region *region)
{
	const size_t worthwhile = 4 << 20;

	/* Advice: a system without them answers an error and is no slower than before. */
	if (region->size >= worthwhile)
		(void)madvise(region->base, region->size, MADV_HUGEPAGE);
}

void alv_region_fini(struct alv_region *region)
{
	if (region->base)
		munmap(region->base, region->size);
	region->base = NULL;
	region->size = 0;
}

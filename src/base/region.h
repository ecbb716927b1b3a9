/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flat, sparse, page-aligned piece of address space: the storage of a map.
 * Pages cost memory when they are first written; an untouched page reads zero.
 */
#ifndef ALV_BASE_REGION_H
#define ALV_BASE_REGION_H

#include "base/types.h"

struct alv_region {
	void *base;
	size_t size; /* bytes, a multiple of the page size */
};

/* Private zeroed memory of the host. -ENOMEM, -E2BIG when size overflows. */
int alv_region_init(struct alv_region *region, u64 size);
/* The pages of fd from its start, shared; fd stays the caller's. -ENOMEM. */
int alv_region_init_fd(struct alv_region *region, int fd, u64 size);
/* Reserve `size` bytes with no access, for mappings that are put together by hand. */
int alv_region_reserve(struct alv_region *region, u64 size);
/* It will be used all over, at random: save the processor page table walks. */
void alv_region_want_huge_pages(struct alv_region *region);
void alv_region_fini(struct alv_region *region);

/* The page size, read once. */
size_t alv_page_size(void);

#endif

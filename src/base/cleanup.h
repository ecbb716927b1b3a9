/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scoped cleanup: `ALV_AUTO(map) struct alv_map *map = NULL;` calls
 * alv_map_cleanup(&map) when the variable leaves its scope. A noun that wants
 * this defines alv_NOUN_cleanup() beside its put or free.
 */
#ifndef ALV_BASE_CLEANUP_H
#define ALV_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define ALV_AUTO(noun) __attribute__((cleanup(alv_##noun##_cleanup)))

/* ALV_AUTO(mem) void *p = NULL: memory of malloc(). */
static inline void alv_mem_cleanup(void *ptr)
{
	free(*(void **)ptr);
}

/* ALV_AUTO(fd) int fd = -1: a descriptor of this process. */
static inline void alv_fd_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Hand a scoped value over to somebody who outlives the scope. */
#define alv_steal_ptr(ptr)                                                                         \
	({                                                                                         \
		__typeof__(ptr) stolen_ = (ptr);                                                   \
		(ptr) = NULL;                                                                      \
		stolen_;                                                                           \
	})

static inline int alv_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#endif

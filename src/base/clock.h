/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ALV_BASE_CLOCK_H
#define ALV_BASE_CLOCK_H

#include <time.h>

#include "base/types.h"

#define ALV_NS_PER_SECOND 1000000000u

/* A clock's time in nanoseconds. */
static inline u64 alv_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (u64)now.tv_sec * ALV_NS_PER_SECOND + (u64)now.tv_nsec;
}

#endif

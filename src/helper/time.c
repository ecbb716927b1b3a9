/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks. */
#include <time.h>

#include "helper/call.h"

#define HZ 250
/* A kernel starts to count so that 32 bits overflow after five minutes. */
#define FIRST_JIFFY ((u64)(u32)(-300 * HZ))

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

u64 alv_help_ktime_get_ns(ALV_HELPER_PARAMS)
{
	return clock_ns(CLOCK_MONOTONIC);
}

u64 alv_help_ktime_get_boot_ns(ALV_HELPER_PARAMS)
{
	return clock_ns(CLOCK_BOOTTIME);
}

u64 alv_help_ktime_get_coarse_ns(ALV_HELPER_PARAMS)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

u64 alv_help_ktime_get_tai_ns(ALV_HELPER_PARAMS)
{
	return clock_ns(CLOCK_TAI);
}

u64 alv_help_jiffies64(ALV_HELPER_PARAMS)
{
	return FIRST_JIFFY + clock_ns(CLOCK_MONOTONIC_COARSE) / (1000000000u / HZ);
}

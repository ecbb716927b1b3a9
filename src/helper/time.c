/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks. */

#include "base/clock.h"
#include "helper/call.h"

#define HZ 250
/* A kernel starts to count so that 32 bits overflow after five minutes. */
#define FIRST_JIFFY ((u64)(u32)(-300 * HZ))

u64 alv_help_ktime_get_ns(ALV_HELPER_PARAMS)
{
	return alv_clock_ns(CLOCK_MONOTONIC);
}

u64 alv_help_ktime_get_boot_ns(ALV_HELPER_PARAMS)
{
	return alv_clock_ns(CLOCK_BOOTTIME);
}

u64 alv_help_ktime_get_coarse_ns(ALV_HELPER_PARAMS)
{
	return alv_clock_ns(CLOCK_MONOTONIC_COARSE);
}

u64 alv_help_ktime_get_tai_ns(ALV_HELPER_PARAMS)
{
	return alv_clock_ns(CLOCK_TAI);
}

u64 alv_help_jiffies64(ALV_HELPER_PARAMS)
{
	return FIRST_JIFFY + alv_clock_ns(CLOCK_MONOTONIC_COARSE) / (ALV_NS_PER_SECOND / HZ);
}

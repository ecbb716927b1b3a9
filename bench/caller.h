/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose bpf(2) a benchmark measures: plain, the kernel's or the launcher's around it;
 * built with EMBEDDED, that of a host in its own process.
 */
#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef EMBEDDED
#include <alveary/alveary.h>

static struct alv_host *host;

static long bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	int result = alv_bpf(host, cmd, attr, size);

	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

static int bench_begin(void)
{
	struct alv_host_config config = { .size = sizeof(config) };

	return alv_host_new(&config, &host);
}
#else
static long bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

static int bench_begin(void)
{
	return 0;
}
#endif

#endif

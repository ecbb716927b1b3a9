/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compare our view of programs with this machine's kernel. Preloaded into any
 * program that calls bpf(2) through syscall(3):
 *
 *	ISA_OBSERVED=FILE LD_PRELOAD=libisa_observe.so ./test_verifier
 *
 * Each PROG_LOAD is made once more before it, with a log of our own. What the kernel
 * says must be what src/isa says. Differences and a count go to FILE.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compare.h"

#define LOG_SIZE  (4u << 20)
#define LOG_LEVEL (2u | 8u) /* everything, from the start */
#define EXPORT    __attribute__((visibility("default")))

EXPORT long syscall(long number, ...);

static void observe(const union bpf_attr *attr, size_t size)
{
	long (*next)(long number, ...) = dlsym(RTLD_NEXT, "syscall");
	union bpf_attr own = { 0 };
	u32 n = attr->insn_cnt;
	char *log;
	long fd;

	if (!n || n > 1000000)
		return;
	if (size > sizeof(own))
		size = sizeof(own);
	memcpy(&own, attr, size);
	log = calloc(1, LOG_SIZE);
	if (!log)
		abort();
	own.log_level = LOG_LEVEL;
	own.log_buf = (unsigned long)log;
	own.log_size = LOG_SIZE;
	fd = next(SYS_bpf, BPF_PROG_LOAD, &own, size);
	if (log[0])
		isa_compare((const void *)(unsigned long)attr->insns, n, log,
			    fd < 0 && errno == ENOSPC);
	if (fd >= 0)
		close(fd);
	free(log);
}

EXPORT long syscall(long number, ...)
{
	long (*next)(long number, ...) = dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list args;

	va_start(args, number);
	for (u32 i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_bpf && a[0] == BPF_PROG_LOAD)
		observe((const void *)a[1], a[2]);
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

__attribute__((destructor)) static void summarise(void)
{
	if (isa_counts.programs)
		isa_say("%llu programs, %llu texts, %llu live sets, %llu errors, "
			"%llu differences\n",
			(unsigned long long)isa_counts.programs,
			(unsigned long long)isa_counts.texts,
			(unsigned long long)isa_counts.live,
			(unsigned long long)isa_counts.errors,
			(unsigned long long)isa_counts.differences);
}

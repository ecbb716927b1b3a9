/* SPDX-License-Identifier: BSD-2-Clause */
#include "failing_alloc.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

static __thread unsigned int left; /* allocations until the one that fails, it included */
static __thread bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);

void fail_nth_alloc(unsigned int n)
{
	left = n;
	failed = false;
}

bool alloc_has_failed(void)
{
	return failed;
}

static bool fails_now(void)
{
	if (!left || --left)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails_now() ? NULL : __real_realloc(ptr, size);
}

void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	return fails_now() ? MAP_FAILED
			   : __real_mmap(addr, size, prot, flags, fd, offset);
}

void with_each_alloc_failing(void (*scenario)(void))
{
	unsigned int n = 0;

	do {
		fail_nth_alloc(++n);
		scenario();
	} while (alloc_has_failed());
	fail_nth_alloc(0);
}

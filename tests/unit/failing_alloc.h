/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations of the code under test that fail on purpose: malloc, calloc, realloc
 * and mmap are wrapped (meson gives the linker --wrap for this file's users).
 */
#ifndef ALV_TESTS_FAILING_ALLOC_H
#define ALV_TESTS_FAILING_ALLOC_H

#include <stdbool.h>

/* Let the n-th allocation of this thread from now on fail, n from 1; 0: none. */
void fail_nth_alloc(unsigned int n);
/* Did it? Then there may be more allocations to fail. */
bool alloc_has_failed(void);

/*
 * Run a scenario with its first allocation failing, then its second, and so on,
 * until it makes no more. It must cope: fail cleanly, or succeed, and leave nothing.
 */
void with_each_alloc_failing(void (*scenario)(void));

#endif

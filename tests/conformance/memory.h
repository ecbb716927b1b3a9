/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's memory: addresses that a system call must refuse, and pages at
 * whose end an argument can be put.
 */
#ifndef CONFORM_MEMORY_H
#define CONFORM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define PTR(p) ((uint64_t)(uintptr_t)(p))

enum bad_address {
	BAD_NULL,
	BAD_LOW, /* below what may be mapped */
	BAD_UNMAPPED,
	BAD_READONLY, /* a page of zeros: good to read */
	BAD_STRADDLE, /* one good byte before the end of the last good page */
	BAD_KERNEL,
	BAD_NONCANONICAL,
	BAD_TOP, /* wraps around */
	BAD_COUNT,
};

void memory_init(void);

uint64_t memory_bad(enum bad_address which);

/* size bytes that end where the last good page ends. */
void *memory_edge(size_t size);

/* The name of one of these addresses; NULL for ordinary memory. */
const char *memory_name(uint64_t address);

/* May size bytes be read at address? */
int memory_readable(uint64_t address, size_t size);

#endif

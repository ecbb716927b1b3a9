/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE	   4096
#define EDGE_PAGES 16

/* EDGE_PAGES good pages, then two that are never mapped; and a read-only one. */
static char *edge;
static char *readonly;

static const char *const names[BAD_COUNT] = {
	"NULL",	    "low",    "unmapped",     "readonly",
	"straddle", "kernel", "noncanonical", "top",
};

static char *reserve(size_t size, int protection)
{
	char *base = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		abort();
	return base;
}

void memory_init(void)
{
	edge = reserve((EDGE_PAGES + 2) * PAGE, PROT_READ | PROT_WRITE);
	if (mprotect(edge + EDGE_PAGES * PAGE, 2 * PAGE, PROT_NONE))
		abort();
	readonly = reserve(PAGE, PROT_READ);
}

uint64_t memory_bad(enum bad_address which)
{
	switch (which) {
	case BAD_LOW:
		return 1;
	case BAD_UNMAPPED:
		return PTR(edge + (EDGE_PAGES + 1) * PAGE);
	case BAD_READONLY:
		return PTR(readonly);
	case BAD_STRADDLE:
		edge[EDGE_PAGES * PAGE - 1] = 'x';
		return PTR(edge + EDGE_PAGES * PAGE - 1);
	case BAD_KERNEL:
		return 0xffff888000000000;
	case BAD_NONCANONICAL:
		return 0x0000800000000000;
	case BAD_TOP:
		return UINT64_MAX;
	default:
		return 0;
	}
}

void *memory_edge(size_t size)
{
	if (size > EDGE_PAGES * PAGE)
		abort();
	return edge + EDGE_PAGES * PAGE - size;
}

const char *memory_name(uint64_t address)
{
	unsigned int i;

	for (i = 0; i < BAD_COUNT; i++)
		if (memory_bad(i) == address)
			return names[i];
	return NULL;
}

/* Ordinary addresses come from this program's own objects: they are good. */
int memory_readable(uint64_t address, size_t size)
{
	if (address >= PTR(edge) && address < PTR(edge + (EDGE_PAGES + 2) * PAGE))
		return address + size <= PTR(edge + EDGE_PAGES * PAGE);
	if (address == PTR(readonly))
		return size <= PAGE;
	return !memory_name(address);
}

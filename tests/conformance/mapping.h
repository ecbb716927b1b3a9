/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2) and mprotect(2) of maps, in the transcript.
 */
#ifndef CONFORM_MAPPING_H
#define CONFORM_MAPPING_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

/* NULL when it is refused; a good one is not unmapped. */
void *mapping_new(int fd, size_t size, int protection, int flags, off_t offset);

/* ... and unmapped at once. */
void mapping_try(int fd, size_t size, int protection, int flags, off_t offset);

int mapping_protect(void *address, size_t size, int protection);
void mapping_free(void *address, size_t size);

/* What an access does: "ok", or the signal that it gives. */
const char *mapping_read(const void *address);
const char *mapping_write(void *address);

#endif

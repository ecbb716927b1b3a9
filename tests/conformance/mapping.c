/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapping.h"

#include "descriptor.h"
#include "transcript.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static sigjmp_buf back;

static const char *protection_name(int protection)
{
	static char text[8];

	snprintf(text, sizeof(text), "%s%s%s%s", protection & PROT_READ ? "r" : "",
		 protection & PROT_WRITE ? "w" : "", protection & PROT_EXEC ? "x" : "",
		 protection ? "" : "none");
	return text;
}

void *mapping_new(int fd, size_t size, int protection, int flags, off_t offset)
{
	const struct descriptor *d = descriptor_find(fd);
	void *address = mmap(NULL, size, protection, flags, fd, offset);
	int err = address == MAP_FAILED ? errno : 0;

	transcript_line("mmap %s%s size=%zu %s %s offset=%lld -> %s", d ? "" : "- ",
			descriptor_name(fd), size, protection_name(protection),
			(flags & MAP_TYPE) == MAP_PRIVATE ? "private" : "shared",
			(long long)offset, transcript_errno(err));
	return err ? NULL : address;
}

void mapping_try(int fd, size_t size, int protection, int flags, off_t offset)
{
	void *address = mapping_new(fd, size, protection, flags, offset);

	if (address)
		mapping_free(address, size);
}

int mapping_protect(void *address, size_t size, int protection)
{
	int err = mprotect(address, size, protection) ? errno : 0;

	transcript_line("mprotect %s -> %s", protection_name(protection),
			transcript_errno(err));
	return err;
}

void mapping_free(void *address, size_t size)
{
	if (munmap(address, size))
		abort();
}

static void on_fault(int number)
{
	siglongjmp(back, number);
}

static const char *touch(volatile char *address, int write)
{
	struct sigaction fault = { .sa_handler = on_fault }, old[2];
	int number;

	sigaction(SIGSEGV, &fault, &old[0]);
	sigaction(SIGBUS, &fault, &old[1]);
	number = sigsetjmp(back, 1);
	if (!number) {
		if (write)
			*address = *address;
		else
			(void)*address;
	}
	sigaction(SIGSEGV, &old[0], NULL);
	sigaction(SIGBUS, &old[1], NULL);
	if (!number)
		return "ok";
	return number == SIGBUS ? "SIGBUS" : "SIGSEGV";
}

const char *mapping_read(const void *address)
{
	return touch((char *)(uintptr_t)address, 0);
}

const char *mapping_write(void *address)
{
	return touch(address, 1);
}

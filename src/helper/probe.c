/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads of memory that may not be there: the emulated kernel's, or the current task's.
 * What can't be read leaves zeroes.
 */
#include <errno.h>
#include <string.h>

#include "base/region.h"
#include "helper/call.h"

static int read_user(struct alv_run *run, void *dst, u64 address, u64 size)
{
	return run->task ? alv_task_peek(run->task, dst, alv_uaddr_at(address), size) : -EFAULT;
}

/*
 * No further than the string's end, since behind it may lie what this process must not
 * look at; no NUL is no fault, there may be one in the next piece.
 */
static int read_user_string(struct alv_run *run, void *dst, u64 address, u64 size)
{
	int err = run->task ? alv_task_peek_string(run->task, dst, alv_uaddr_at(address), size) :
			      -EFAULT;

	return err == -ENAMETOOLONG ? 0 : err;
}

typedef int read_fn(struct alv_run *run, void *dst, u64 address, u64 size);

/* The kernel's half of the addresses; other ones it does not even try. */
#define KERNEL_START 0xffff800000000000

static int read_kernel(struct alv_run *run, void *dst, u64 address, u64 size)
{
	int err = alv_run_probe(run, dst, address, size);

	return err && address < KERNEL_START ? -ERANGE : err;
}

static u64 probe(struct alv_run *run, read_fn *read, u64 dst, u64 size, u64 address)
{
	int err = size ? read(run, alv_helper_ptr(dst), address, size) : 0;

	if (err)
		memset(alv_helper_ptr(dst), 0, size);
	return alv_helper_errno(err);
}

/*
 * A string, piece by piece: none reaches over the end of a page, so that what lies
 * behind its end need not be there. Its length with the NUL, which it always gets.
 */
static s64 read_string(struct alv_run *run, read_fn *read, char *dst, u64 size, u64 address)
{
	u64 page = alv_page_size();

	for (u64 at = 0; at < size;) {
		u64 piece = page - (address + at) % page;
		char *nul;
		int err;

		if (piece > size - at)
			piece = size - at;
		if (read(run, dst + at, address + at, piece)) {
			/* Of a window that ends in a page, byte by byte. */
			piece = 1;
			err = read(run, dst + at, address + at, piece);
			if (err)
				return err;
		}
		nul = memchr(dst + at, 0, piece);
		if (nul)
			return nul - dst + 1;
		at += piece;
	}
	dst[size - 1] = 0;
	return (s64)size;
}

static u64 probe_string(struct alv_run *run, read_fn *read, u64 dst, u64 size, u64 address)
{
	s64 length;

	if (!size)
		return 0;
	length = read_string(run, read, alv_helper_ptr(dst), size, address);
	if (length < 0)
		memset(alv_helper_ptr(dst), 0, size);
	return (u64)length;
}

u64 alv_help_probe_read(ALV_HELPER_PARAMS)
{
	u64 result = probe(run, read_kernel, r1, (u32)r2, r3);

	/* It does not say which memory is meant. */
	return result ? probe(run, read_user, r1, (u32)r2, r3) : 0;
}

u64 alv_help_probe_read_kernel(ALV_HELPER_PARAMS)
{
	return probe(run, read_kernel, r1, (u32)r2, r3);
}

u64 alv_help_probe_read_user(ALV_HELPER_PARAMS)
{
	return probe(run, read_user, r1, (u32)r2, r3);
}

u64 alv_help_probe_read_str(ALV_HELPER_PARAMS)
{
	s64 result = (s64)probe_string(run, read_kernel, r1, (u32)r2, r3);

	if (result >= 0)
		return (u64)result;
	return probe_string(run, read_user_string, r1, (u32)r2, r3);
}

u64 alv_help_probe_read_kernel_str(ALV_HELPER_PARAMS)
{
	return probe_string(run, read_kernel, r1, (u32)r2, r3);
}

u64 alv_help_probe_read_user_str(ALV_HELPER_PARAMS)
{
	return probe_string(run, read_user_string, r1, (u32)r2, r3);
}

/* What is not there is not waited for, even where the program might sleep. */
u64 alv_help_copy_from_user(ALV_HELPER_PARAMS)
{
	return probe(run, read_user, r1, (u32)r2, r3);
}

/* There are no task structures: of no task nothing can be read. */
u64 alv_help_copy_from_user_task(ALV_HELPER_PARAMS)
{
	if (r5)
		return alv_helper_errno(-EINVAL);
	memset(alv_helper_ptr(r1), 0, (u32)r2);
	return alv_helper_errno((u32)r2 ? -EFAULT : 0);
}

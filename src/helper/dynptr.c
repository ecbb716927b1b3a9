/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynptrs: memory with bounds that are checked when programs run. A program has 16
 * opaque bytes on its stack for one, whose meaning is below; without memory all fail.
 */
#include <errno.h>
#include <string.h>

#include "helper/call.h"
#include "map/ringbuf.h"

#define SIZE_MAX_BYTES ((1u << 24) - 1)

struct dynptr {
	void *data; /* NULL: none */
	u32 size;
	bool read_only;
};

_Static_assert(sizeof(struct dynptr) == sizeof(struct bpf_dynptr), "programs have as much");

u64 alv_help_dynptr_from_mem(ALV_HELPER_PARAMS)
{
	struct dynptr *ptr = alv_helper_ptr(r4);
	u32 size = (u32)r2;

	memset(ptr, 0, sizeof(*ptr));
	if (size > SIZE_MAX_BYTES)
		return alv_helper_errno(-E2BIG);
	if (r3)
		return alv_helper_errno(-EINVAL);
	*ptr = (struct dynptr){ .data = alv_helper_ptr(r1), .size = size };
	return 0;
}

/* Are there `size` bytes at `offset`? */
static int check_range(const struct dynptr *ptr, u32 offset, u32 size)
{
	return size > ptr->size || offset > ptr->size - size ? -E2BIG : 0;
}

u64 alv_help_dynptr_read(ALV_HELPER_PARAMS)
{
	const struct dynptr *ptr = alv_helper_ptr(r3);
	u32 size = (u32)r2, offset = (u32)r4;
	int err;

	if (!ptr->data || r5)
		return alv_helper_errno(-EINVAL);
	err = check_range(ptr, offset, size);
	if (!err)
		memmove(alv_helper_ptr(r1), (const u8 *)ptr->data + offset, size);
	return alv_helper_errno(err);
}

u64 alv_help_dynptr_write(ALV_HELPER_PARAMS)
{
	const struct dynptr *ptr = alv_helper_ptr(r1);
	u32 offset = (u32)r2, size = (u32)r4;
	int err;

	if (!ptr->data || ptr->read_only)
		return alv_helper_errno(-EINVAL);
	err = check_range(ptr, offset, size);
	if (err)
		return alv_helper_errno(err);
	if (r5)
		return alv_helper_errno(-EINVAL);
	memmove((u8 *)ptr->data + offset, alv_helper_ptr(r3), size);
	return 0;
}

u64 alv_help_dynptr_data(ALV_HELPER_PARAMS)
{
	const struct dynptr *ptr = alv_helper_ptr(r1);
	u32 offset = (u32)r2, size = (u32)r3;

	if (!ptr->data || ptr->read_only || check_range(ptr, offset, size))
		return 0;
	return (u64)(uintptr_t)((u8 *)ptr->data + offset);
}

/* Flags are looked at first; whatever fails, there is a dynptr to be given back. */
u64 alv_help_ringbuf_reserve_dynptr(ALV_HELPER_PARAMS)
{
	struct dynptr *ptr = alv_helper_ptr(r4);
	u32 size = (u32)r2;
	void *sample;

	memset(ptr, 0, sizeof(*ptr));
	if (r3)
		return alv_helper_errno(-EINVAL);
	if (size > SIZE_MAX_BYTES)
		return alv_helper_errno(-E2BIG);
	sample = alv_helper_ptr(alv_help_ringbuf_reserve(run, r1, size, 0, 0, 0));
	if (!sample)
		return alv_helper_errno(-EINVAL);
	*ptr = (struct dynptr){ .data = sample, .size = size };
	return 0;
}

static u64 give_back(struct alv_run *run, struct dynptr *ptr, alv_helper_fn *commit, u64 flags)
{
	if (ptr->data)
		commit(run, (u64)(uintptr_t)ptr->data, flags, 0, 0, 0);
	memset(ptr, 0, sizeof(*ptr));
	return 0;
}

u64 alv_help_ringbuf_submit_dynptr(ALV_HELPER_PARAMS)
{
	return give_back(run, alv_helper_ptr(r1), alv_help_ringbuf_submit, r2);
}

u64 alv_help_ringbuf_discard_dynptr(ALV_HELPER_PARAMS)
{
	return give_back(run, alv_helper_ptr(r1), alv_help_ringbuf_discard, r2);
}

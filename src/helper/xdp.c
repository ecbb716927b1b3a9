/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on packets of XDP programs (struct alv_xdp). */
#include "helper/xdp.h"

#include <errno.h>
#include <string.h>

#include "helper/call.h"
#include "helper/skb.h"

#define META_ALIGN 4

u64 alv_help_xdp_adjust_head(ALV_HELPER_PARAMS)
{
	struct alv_xdp *xdp = alv_helper_ptr(r1);
	u32 meta = alv_xdp_meta(xdp);
	s64 offset = (s32)r2;
	s64 room = xdp->data - (xdp->start + ALV_XDP_FRAME + meta);

	if (-offset > room || offset > xdp->data_end - ALV_ETH_HLEN - xdp->data)
		return alv_helper_errno(-EINVAL);
	if (meta)
		memmove(xdp->data_meta + offset, xdp->data_meta, meta);
	xdp->data_meta += offset;
	xdp->data += offset;
	return 0;
}

u64 alv_help_xdp_adjust_meta(ALV_HELPER_PARAMS)
{
	struct alv_xdp *xdp = alv_helper_ptr(r1);
	s64 offset = (s32)r2, size;

	if (xdp->data_meta > xdp->data)
		return alv_helper_errno(-ENOTSUPP);
	if (-offset > xdp->data_meta - (xdp->start + ALV_XDP_FRAME) ||
	    offset > xdp->data - xdp->data_meta)
		return alv_helper_errno(-EINVAL);
	size = xdp->data - (xdp->data_meta + offset);
	if (size % META_ALIGN || size > ALV_XDP_META_MAX)
		return alv_helper_errno(-EACCES);
	xdp->data_meta += offset;
	return 0;
}

static u64 packet_size(const struct alv_xdp *xdp)
{
	return (u64)(xdp->data_end - xdp->data) + xdp->rest_size;
}

/* A packet of several pieces grows and shrinks at the end of the last one. */
static int adjust_rest(struct alv_xdp *xdp, s64 offset)
{
	if (offset > xdp->rest_room - (s64)xdp->rest_size ||
	    -offset > (s64)packet_size(xdp) - ALV_ETH_HLEN)
		return -EINVAL;
	if (offset > 0)
		memset(xdp->rest + xdp->rest_size, 0, (u64)offset);
	if (-offset > xdp->rest_size) {
		xdp->data_end += offset + xdp->rest_size;
		xdp->rest_size = 0;
	} else {
		xdp->rest_size = (u32)(xdp->rest_size + offset);
	}
	return 0;
}

u64 alv_help_xdp_adjust_tail(ALV_HELPER_PARAMS)
{
	struct alv_xdp *xdp = alv_helper_ptr(r1);
	s64 offset = (s32)r2;

	if (xdp->rest_size)
		return alv_helper_errno(adjust_rest(xdp, offset));
	if (offset > xdp->limit - xdp->data_end ||
	    -offset > xdp->data_end - xdp->data - ALV_ETH_HLEN)
		return alv_helper_errno(-EINVAL);
	if (offset > 0)
		memset(xdp->data_end, 0, (u64)offset);
	xdp->data_end += offset;
	return 0;
}

u64 alv_help_xdp_get_buff_len(ALV_HELPER_PARAMS)
{
	return packet_size(alv_helper_ptr(r1));
}

/* Copy between `buf` and the packet, which may lie in two pieces. */
static int copy(struct alv_xdp *xdp, u32 offset, u8 *buf, u32 size, bool store)
{
	u64 linear = (u64)(xdp->data_end - xdp->data);
	u32 first;

	if (offset > 0xffff || size > 0xffff)
		return -EFAULT;
	if ((u64)offset + size > packet_size(xdp))
		return -EINVAL;
	for (; size; offset += first, buf += first, size -= first) {
		bool in_rest = offset >= linear;
		u8 *at = in_rest ? xdp->rest + (offset - linear) : xdp->data + offset;

		first = in_rest || size < linear - offset ? size : (u32)(linear - offset);
		memcpy(store ? at : buf, store ? buf : at, first);
	}
	return 0;
}

u64 alv_help_xdp_load_bytes(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(
		copy(alv_helper_ptr(r1), (u32)r2, alv_helper_ptr(r3), (u32)r4, false));
}

u64 alv_help_xdp_store_bytes(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(
		copy(alv_helper_ptr(r1), (u32)r2, alv_helper_ptr(r3), (u32)r4, true));
}

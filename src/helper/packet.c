/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on packets of the network stack (struct alv_skb). */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>

#include "helper/call.h"
#include "helper/checksum.h"
#include "helper/skb.h"

#define STORE_FLAGS ((u64)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
#define L4_FLAGS                                                                                   \
	((u64)(BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR |                      \
	       BPF_F_HDR_FIELD_MASK))
#define PACKET_MAX     16064 /* what the kernel gives a packet in one piece */
#define CSUM_MANGLED_0 0xffff

/* `size` bytes at `offset` of the packet; NULL: they are not all there. */
static u8 *bytes_at(const struct alv_skb *skb, u64 offset, u64 size)
{
	if (offset > INT_MAX || offset > skb->md.len || size > skb->md.len - offset)
		return NULL;
	return skb->data + offset;
}

static u64 copy_or_clear(void *to, const u8 *from, u32 size)
{
	if (from)
		memcpy(to, from, size);
	else
		memset(to, 0, size);
	return from ? 0 : alv_helper_errno(-EFAULT);
}

u64 alv_help_skb_load_bytes(ALV_HELPER_PARAMS)
{
	return copy_or_clear(alv_helper_ptr(r3), bytes_at(alv_helper_ptr(r1), (u32)r2, (u32)r4),
			     (u32)r4);
}

u64 alv_help_skb_load_bytes_relative(ALV_HELPER_PARAMS)
{
	const struct alv_skb *skb = alv_helper_ptr(r1);
	const u8 *end = skb->data + skb->md.len;
	const u8 *from = r5 == BPF_HDR_START_MAC ? skb->mac :
			 r5 == BPF_HDR_START_NET ? skb->network :
						   NULL;

	if (from && ((u32)r2 > 0xffff || (u64)(end - from) < (u64)(u32)r2 + (u32)r4))
		from = NULL;
	return copy_or_clear(alv_helper_ptr(r3), from ? from + (u32)r2 : NULL, (u32)r4);
}

/* Of bytes at an offset: at an odd one they are the other halves of their words. */
static u32 sum_at(const u8 *bytes, u32 offset, u32 size)
{
	u32 sum = alv_csum_partial(bytes, size, 0);

	return offset & 1 ? sum >> 8 | sum << 24 : sum;
}

u64 alv_help_skb_store_bytes(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u8 *to = bytes_at(skb, (u32)r2, (u32)r4);
	bool sums = r5 & BPF_F_RECOMPUTE_CSUM && skb->csum_complete;

	if (r5 & ~STORE_FLAGS)
		return alv_helper_errno(-EINVAL);
	if (!to)
		return alv_helper_errno(-EFAULT);
	if (sums)
		skb->csum = alv_csum_add(skb->csum, ~sum_at(to, (u32)r2, (u32)r4));
	memcpy(to, alv_helper_ptr(r3), (u32)r4);
	if (sums)
		skb->csum = alv_csum_add(skb->csum, sum_at(to, (u32)r2, (u32)r4));
	if (r5 & BPF_F_INVALIDATE_HASH) {
		skb->md.hash = 0;
		skb->hashed = false;
	}
	alv_skb_refresh(skb);
	return 0;
}

/* The checksum after a field of `size` bytes changed; size 0: by a difference. */
static int replace(u16 *sum, u64 from, u64 to, u32 size)
{
	u32 value = (u16)~*sum;

	switch (size) {
	case 0:
		if (from)
			return -EINVAL;
		break;
	case 2:
		value = alv_csum_sub(value, (u16)from);
		to = (u16)to;
		break;
	case 4:
		value = alv_csum_sub(value, (u32)from);
		break;
	default:
		return -EINVAL;
	}
	*sum = (u16)~alv_csum_fold(alv_csum_add(value, (u32)to));
	return 0;
}

u64 alv_help_l3_csum_replace(ALV_HELPER_PARAMS)
{
	u8 *at = bytes_at(alv_helper_ptr(r1), (u32)r2, 2);
	u16 sum;
	int err;

	if (r5 & ~(u64)BPF_F_HDR_FIELD_MASK)
		return alv_helper_errno(-EINVAL);
	if ((u32)r2 > 0xffff || r2 & 1 || !at)
		return alv_helper_errno(-EFAULT);
	memcpy(&sum, at, sizeof(sum));
	err = replace(&sum, r3, r4, r5 & BPF_F_HDR_FIELD_MASK);
	if (!err)
		memcpy(at, &sum, sizeof(sum));
	return alv_helper_errno(err);
}

/*
 * A field of the pseudo header is outside of what the packet's sum is over, and the
 * checksum that makes up for it inside. Of IPv6 addresses a difference is none: they
 * are in the packet, too.
 */
static void replace_in_sum(struct alv_skb *skb, u64 from, u64 to, u64 flags)
{
	if (!skb->csum_complete || !(flags & BPF_F_PSEUDO_HDR))
		return;
	if (flags & BPF_F_HDR_FIELD_MASK)
		skb->csum = ~alv_csum_add(alv_csum_sub(~skb->csum, (u32)from), (u32)to);
	else if (!(flags & BPF_F_IPV6))
		skb->csum = ~alv_csum_sub((u32)to, skb->csum);
}

/* A UDP checksum of zero means that there is none. */
u64 alv_help_l4_csum_replace(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u8 *at = bytes_at(skb, (u32)r2, 2);
	bool zero_means_none = r5 & BPF_F_MARK_MANGLED_0;
	u64 allowed = L4_FLAGS;
	u16 sum;
	int err;

	if (alv_host_has(run->host, V6_16))
		allowed |= BPF_F_IPV6;
	if (r5 & ~allowed)
		return alv_helper_errno(-EINVAL);
	if ((u32)r2 > 0xffff || r2 & 1 || !at)
		return alv_helper_errno(-EFAULT);
	memcpy(&sum, at, sizeof(sum));
	if (zero_means_none && !(r5 & BPF_F_MARK_ENFORCE) && !sum)
		return 0;
	err = replace(&sum, r3, r4, r5 & BPF_F_HDR_FIELD_MASK);
	if (err)
		return alv_helper_errno(err);
	replace_in_sum(skb, r3, r4, r5);
	if (zero_means_none && !sum)
		sum = CSUM_MANGLED_0;
	memcpy(at, &sum, sizeof(sum));
	return 0;
}

u64 alv_help_csum_update(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	if (!skb->csum_complete)
		return alv_helper_errno(-ENOTSUPP);
	skb->csum = alv_csum_add(skb->csum, (u32)r2);
	return skb->csum;
}

/* All of a packet lies in one piece: there is only to see whether there is so much. */
u64 alv_help_skb_pull_data(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	alv_skb_refresh(skb);
	return alv_helper_errno((u32)r2 > skb->md.len ? -ENOMEM : 0);
}

u64 alv_help_skb_change_type(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	if (skb->md.pkt_type > PACKET_OTHERHOST || (u32)r2 > PACKET_OTHERHOST)
		return alv_helper_errno(-EINVAL);
	skb->md.pkt_type = (u32)r2;
	return 0;
}

u64 alv_help_skb_change_tail(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 size = (u32)r2, old = skb->md.len;

	if (r3 || size > PACKET_MAX || skb->data + size < skb->network)
		return alv_helper_errno(-EINVAL);
	if (size > old) {
		if (alv_skb_make_room(skb, 0, size - old))
			return alv_helper_errno(-ENOMEM);
		memset(skb->data + old, 0, size - old);
	}
	/* The kernel does not reckon with tails: it forgets that the sum was complete. */
	if (size != old)
		skb->csum_complete = false;
	skb->md.len = size;
	alv_skb_refresh(skb);
	return 0;
}

u64 alv_help_skb_change_head(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 more = (u32)r2;

	if (r3 || (u64)skb->md.len + more > PACKET_MAX)
		return alv_helper_errno(-EINVAL);
	if (alv_skb_make_room(skb, more, 0))
		return alv_helper_errno(-ENOMEM);
	alv_skb_push(skb, more);
	memset(skb->data, 0, more);
	skb->mac = skb->data;
	return 0;
}

/* LD_ABS and LD_IND: negative offsets count from the headers. NULL: not there. */
static const u8 *load_at(const struct alv_skb *skb, s32 offset, u32 size)
{
	const u8 *end = skb->data + skb->md.len, *from = skb->data;

	if (offset < 0) {
		if (offset >= SKF_NET_OFF) {
			from = skb->network;
			offset -= SKF_NET_OFF;
		} else if (offset >= SKF_LL_OFF && skb->mac) {
			from = skb->mac;
			offset -= SKF_LL_OFF;
		} else {
			return NULL;
		}
	}
	return (u64)(end - from) < (u64)offset + size ? NULL : from + offset;
}

u64 alv_help_skb_load_8(ALV_HELPER_PARAMS)
{
	const u8 *at = load_at(alv_helper_ptr(r1), (s32)r2, 1);

	return at ? *at : alv_helper_errno(-EFAULT);
}

u64 alv_help_skb_load_16(ALV_HELPER_PARAMS)
{
	const u8 *at = load_at(alv_helper_ptr(r1), (s32)r2, 2);

	return at ? (u64)at[0] << 8 | at[1] : alv_helper_errno(-EFAULT);
}

u64 alv_help_skb_load_32(ALV_HELPER_PARAMS)
{
	const u8 *at = load_at(alv_helper_ptr(r1), (s32)r2, 4);
	u32 value;

	if (!at)
		return alv_helper_errno(-EFAULT);
	memcpy(&value, at, sizeof(value));
	return ntohl(value);
}

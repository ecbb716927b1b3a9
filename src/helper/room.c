/* SPDX-License-Identifier: BSD-2-Clause */
/* Room between a packet's headers, as tunnels and translators of protocols need it. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdlib.h>

#include "helper/call.h"
#include "helper/skb.h"

#define DIFFERENCE_MAX 0xfff
#define PACKET_MAX     16064 /* what the kernel gives a packet in one piece */

#define DECAP_IPV4 ((u64)1 << 7)
#define DECAP_IPV6 ((u64)1 << 8)
#define ENCAP_IP   ((u64)(BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6))
#define ENCAP_L4   ((u64)(BPF_F_ADJ_ROOM_ENCAP_L4_GRE | BPF_F_ADJ_ROOM_ENCAP_L4_UDP))
#define DECAP_IP   (DECAP_IPV4 | DECAP_IPV6)
#define LINK_SHIFT BPF_ADJ_ROOM_ENCAP_L2_SHIFT
#define LINK_SIZE(flags) ((u32)((flags) >> LINK_SHIFT))
#define SHRINK_FLAGS                                                                     \
	((u64)(BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET) | DECAP_IP)
#define GROW_FLAGS                                                                       \
	(ENCAP_IP | ENCAP_L4 | ((u64)BPF_ADJ_ROOM_ENCAP_L2_MASK << LINK_SHIFT) |         \
	 BPF_F_ADJ_ROOM_ENCAP_L2_ETH)

/* Since when a kernel knows these. */
static const struct {
	enum alv_kernel since;
	u64 flags;
} known_flags[] = {
	{ V5_2, BPF_F_ADJ_ROOM_FIXED_GSO | GROW_FLAGS },
	{ V5_8, BPF_F_ADJ_ROOM_NO_CSUM_RESET },
	{ V6_3, DECAP_IP },
};

static u64 flags_of(const struct alv_host *host)
{
	u64 flags = 0;

	for (size_t i = 0; i < ALV_COUNT(known_flags); i++)
		if (alv_host_has(host, known_flags[i].since))
			flags |= known_flags[i].flags;
	if (!alv_host_has(host, V5_16))
		flags &= ~(u64)BPF_F_ADJ_ROOM_ENCAP_L2_ETH;
	return flags;
}

static bool is_ip4(const struct alv_skb *skb)
{
	return skb->md.protocol == htons(ETH_P_IP);
}

static bool is_ip6(const struct alv_skb *skb)
{
	return skb->md.protocol == htons(ETH_P_IPV6);
}

static u32 link_size(const struct alv_skb *skb)
{
	return skb->mac ? (u32)(skb->network - skb->mac) : 0;
}

static void set_protocol(struct alv_skb *skb, u64 flags, u64 ip4, u64 ip6)
{
	if (flags & ip6 && is_ip4(skb))
		skb->md.protocol = htons(ETH_P_IPV6);
	else if (flags & ip4 && is_ip6(skb))
		skb->md.protocol = htons(ETH_P_IP);
}

static int check_encap(const struct alv_skb *skb, u32 more, u64 flags)
{
	if ((flags & ENCAP_IP) == ENCAP_IP || (flags & ENCAP_L4) == ENCAP_L4)
		return -EINVAL;
	if (flags & BPF_F_ADJ_ROOM_ENCAP_L2_ETH && LINK_SIZE(flags) < ALV_ETH_HLEN)
		return -EINVAL;
	if (skb->encapsulated)
		return -EALREADY;
	return LINK_SIZE(flags) > more ? -EINVAL : 0;
}

/* Of segments to come (their protocol is not known here) no headers are changed. */
static int grow(struct alv_skb *skb, u32 offset, u32 more, u64 flags)
{
	bool encap = flags & ENCAP_IP;
	int err;

	if (skb->md.gso_size)
		return -ENOTSUPP;
	err = encap ? check_encap(skb, more, flags) : 0;
	if (!err)
		err = alv_skb_insert(skb, offset, more);
	if (err || !encap)
		return err;
	skb->encapsulated = true;
	set_protocol(skb, flags, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6);
	return 0;
}

static int shrink(struct alv_skb *skb, u32 offset, u32 less, u64 flags)
{
	int err;

	if (flags & ~SHRINK_FLAGS)
		return -EINVAL;
	if (skb->md.gso_size)
		return -ENOTSUPP;
	err = alv_skb_remove(skb, offset, less);
	if (!err)
		set_protocol(skb, flags, DECAP_IPV4, DECAP_IPV6);
	return err;
}

/* What must be left of the packet, from its network header on. */
static int least_size(const struct alv_skb *skb, u64 flags, u32 *ret_size)
{
	bool ip4 = flags & DECAP_IP ? flags & DECAP_IPV4 : is_ip4(skb);

	if ((flags & DECAP_IP) == DECAP_IP)
		return -EINVAL;
	*ret_size = ip4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	return 0;
}

static bool too_small(const struct alv_skb *skb, u32 less, u32 least)
{
	u32 size = (u32)(skb->data + skb->md.len - skb->network);

	return less >= size || size - less < least;
}

static int adjust(struct alv_skb *skb, s32 difference, u32 mode, u64 flags)
{
	u32 size = (u32)abs(difference), offset = link_size(skb), least;
	bool shrinks = difference < 0;
	int err;

	if (size > DIFFERENCE_MAX)
		return -EFAULT;
	if (!is_ip4(skb) && !is_ip6(skb))
		return -ENOTSUPP;
	if (mode == BPF_ADJ_ROOM_NET)
		offset += is_ip4(skb) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	else if (mode != BPF_ADJ_ROOM_MAC)
		return -ENOTSUPP;
	if (flags & DECAP_IP && !shrinks)
		return -EINVAL;
	err = least_size(skb, flags, &least);
	if (err)
		return err;
	if (shrinks ? too_small(skb, size, least) :
		      skb->md.len + size > PACKET_MAX && !skb->md.gso_size)
		return -ENOTSUPP;
	return shrinks ? shrink(skb, offset, size, flags) : grow(skb, offset, size, flags);
}

u64 alv_help_skb_adjust_room(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	int err;

	if (r4 & ~flags_of(run->host))
		return alv_helper_errno(-EINVAL);
	err = adjust(skb, (s32)r2, (u32)r3, r4);
	if (!err && !(r4 & BPF_F_ADJ_ROOM_NO_CSUM_RESET))
		skb->csum_unnecessary = false;
	return alv_helper_errno(err);
}

/* The headers themselves are the program's to write. */
u64 alv_help_skb_change_proto(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 more = sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	u32 to = (u16)r2;
	int err = -ENOTSUPP;

	if (r3)
		return alv_helper_errno(-EINVAL);
	if (!skb->md.gso_size && is_ip4(skb) && to == htons(ETH_P_IPV6))
		err = alv_skb_insert(skb, link_size(skb), more);
	else if (!skb->md.gso_size && is_ip6(skb) && to == htons(ETH_P_IP))
		err = alv_skb_remove(skb, link_size(skb), more);
	if (err)
		return alv_helper_errno(err);
	skb->md.protocol = to;
	skb->md.hash = 0;
	skb->hashed = false;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tags of virtual LANs. A packet's outermost tag lies beside it (vlan_tci and
 * vlan_proto), as devices hand it over; those within are in its link header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "helper/call.h"
#include "helper/checksum.h"
#include "helper/skb.h"

#define TAG_SIZE   4
#define TAG_OFFSET (2 * ETH_ALEN)

static bool is_vlan(u32 protocol)
{
	return protocol == htons(ETH_P_8021Q) || protocol == htons(ETH_P_8021AD);
}

static void set_tag(struct alv_skb *skb, u32 protocol, u32 tci)
{
	skb->md.vlan_present = protocol || tci;
	skb->md.vlan_proto = protocol;
	skb->md.vlan_tci = tci;
}

/* The tag beside the packet goes into it. */
static int put_tag_in(struct alv_skb *skb)
{
	const u16 tag[2] = { (u16)skb->md.vlan_proto, htons((u16)skb->md.vlan_tci) };
	int err = alv_skb_insert(skb, TAG_OFFSET, TAG_SIZE);

	if (err)
		return err;
	memcpy(skb->data + TAG_OFFSET, tag, sizeof(tag));
	if (skb->csum_complete)
		skb->csum = alv_csum_add(skb->csum, alv_csum_partial(tag, sizeof(tag), 0));
	skb->md.protocol = skb->md.vlan_proto;
	return 0;
}

/* The protocol behind a tag: a number, or the kind of an old frame without one. */
static u16 protocol_behind(const struct alv_skb *skb)
{
	const u8 *at = skb->data + TAG_OFFSET + TAG_SIZE;
	u16 word;

	memcpy(&word, at, sizeof(word));
	if (ntohs(word) >= ETH_P_802_3_MIN)
		return word;
	if (skb->md.len < ALV_ETH_HLEN + TAG_SIZE + sizeof(word))
		return htons(ETH_P_802_2);
	memcpy(&word, at + sizeof(word), sizeof(word));
	return htons(word == 0xffff ? ETH_P_802_3 : ETH_P_802_2);
}

/* The outermost tag in the packet, whose protocol says that there is one, goes. */
static int take_tag_out(struct alv_skb *skb, u16 *ret_tci)
{
	u16 tci, protocol;

	if (skb->md.len < ALV_ETH_HLEN + TAG_SIZE)
		return -ENOMEM;
	memcpy(&tci, skb->data + ALV_ETH_HLEN, sizeof(tci));
	protocol = protocol_behind(skb);
	alv_skb_remove(skb, TAG_OFFSET, TAG_SIZE);
	if (skb->network < skb->data + ALV_ETH_HLEN)
		skb->network = skb->data + ALV_ETH_HLEN;
	skb->md.protocol = protocol;
	*ret_tci = ntohs(tci);
	return 0;
}

u64 alv_help_skb_vlan_push(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 protocol = is_vlan((u16)r2) ? (u16)r2 : htons(ETH_P_8021Q);
	int err = skb->md.vlan_present ? put_tag_in(skb) : 0;

	if (!err)
		set_tag(skb, protocol, (u16)r3);
	return alv_helper_errno(err);
}

u64 alv_help_skb_vlan_pop(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 protocol;
	u16 tci;
	int err;

	if (skb->md.vlan_present) {
		set_tag(skb, 0, 0);
	} else if (is_vlan(skb->md.protocol)) {
		err = take_tag_out(skb, &tci);
		if (err)
			return alv_helper_errno(err);
	}
	/* The next one takes its place. */
	if (!is_vlan(skb->md.protocol))
		return 0;
	protocol = skb->md.protocol;
	err = take_tag_out(skb, &tci);
	if (!err)
		set_tag(skb, protocol, tci);
	return alv_helper_errno(err);
}

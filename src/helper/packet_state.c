/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet carries beside its bytes: hash, checksum state, time; and congestion. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <string.h>

#include "base/jhash.h"
#include "helper/call.h"
#include "helper/skb.h"

#define CSUM_LEVEL_MAX 3
#define ECN_MASK       3
#define ECN_CE         3

/* What a flow is known by; both directions give the same. */
struct flow {
	u8 ends[2][20]; /* address, port */
	u32 protocol;
};

static u32 flow_hash(struct flow *flow)
{
	u8 first[sizeof(flow->ends[0])];
	u32 hash;

	if (memcmp(flow->ends[0], flow->ends[1], sizeof(first)) > 0) {
		memcpy(first, flow->ends[1], sizeof(first));
		memcpy(flow->ends[1], flow->ends[0], sizeof(first));
		memcpy(flow->ends[0], first, sizeof(first));
	}
	hash = alv_jhash(flow, sizeof(*flow), 0);
	return hash ? hash : 1;
}

/* `size` bytes behind the link header; NULL: they are not all there. */
static u8 *network_at(const struct alv_skb *skb, u32 offset, u32 size)
{
	u64 left = (u64)(skb->data + skb->md.len - skb->network);

	return left < (u64)offset + size ? NULL : skb->network + offset;
}

static void find_ports(const struct alv_skb *skb, u32 offset, struct flow *flow)
{
	const u8 *ports = NULL;

	if (flow->protocol == IPPROTO_TCP || flow->protocol == IPPROTO_UDP)
		ports = network_at(skb, offset, 2 * sizeof(u16));
	for (int i = 0; ports && i < 2; i++)
		memcpy(&flow->ends[i][16], ports + i * sizeof(u16), sizeof(u16));
}

static u32 packet_hash(const struct alv_skb *skb)
{
	struct flow flow = { .protocol = skb->md.protocol };
	const struct iphdr *ip;
	const struct ipv6hdr *ip6;

	if (skb->md.protocol == htons(ETH_P_IP)) {
		ip = (const void *)network_at(skb, 0, sizeof(*ip));
		if (ip) {
			memcpy(flow.ends[0], &ip->saddr, sizeof(ip->saddr));
			memcpy(flow.ends[1], &ip->daddr, sizeof(ip->daddr));
			flow.protocol = ip->protocol;
			find_ports(skb, ip->ihl * sizeof(u32), &flow);
		}
	} else if (skb->md.protocol == htons(ETH_P_IPV6)) {
		ip6 = (const void *)network_at(skb, 0, sizeof(*ip6));
		if (ip6) {
			memcpy(flow.ends[0], &ip6->saddr, sizeof(ip6->saddr));
			memcpy(flow.ends[1], &ip6->daddr, sizeof(ip6->daddr));
			flow.protocol = ip6->nexthdr;
			find_ports(skb, sizeof(*ip6), &flow);
		}
	}
	return flow_hash(&flow);
}

static u64 set_hash(struct alv_skb *skb, bool hashed, u32 hash)
{
	skb->hashed = hashed;
	skb->md.hash = hash;
	return 0;
}

u64 alv_help_get_hash_recalc(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	if (!skb->hashed)
		set_hash(skb, true, packet_hash(skb));
	return skb->md.hash;
}

u64 alv_help_set_hash(ALV_HELPER_PARAMS)
{
	return set_hash(alv_helper_ptr(r1), true, (u32)r2);
}

u64 alv_help_set_hash_invalid(ALV_HELPER_PARAMS)
{
	return set_hash(alv_helper_ptr(r1), false, 0);
}

static void more_checked(struct alv_skb *skb)
{
	if (skb->csum_unnecessary && skb->csum_level < CSUM_LEVEL_MAX)
		skb->csum_level++;
	if (skb->csum_unnecessary || skb->csum_complete)
		return;
	skb->csum_unnecessary = true;
	skb->csum_level = 0;
}

static void less_checked(struct alv_skb *skb)
{
	if (skb->csum_unnecessary && skb->csum_level)
		skb->csum_level--;
	else
		skb->csum_unnecessary = false;
}

u64 alv_help_csum_level(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	switch (r2) {
	case BPF_CSUM_LEVEL_QUERY:
		return skb->csum_unnecessary ? skb->csum_level : alv_helper_errno(-EACCES);
	case BPF_CSUM_LEVEL_INC:
		more_checked(skb);
		return 0;
	case BPF_CSUM_LEVEL_DEC:
		less_checked(skb);
		return 0;
	case BPF_CSUM_LEVEL_RESET:
		skb->csum_unnecessary = false;
		return 0;
	}
	return alv_helper_errno(-EINVAL);
}

/* The checksum changes with the two lowest bits of its word. */
static u64 mark_ip4(struct iphdr *ip)
{
	u32 ecn = ip->tos & ECN_MASK, sum;

	if (!ecn || ecn == ECN_CE)
		return ecn == ECN_CE;
	sum = ip->check + htons((u16)(0xfffb + ecn + 1));
	ip->check = (u16)(sum + (sum >> 16));
	ip->tos |= ECN_CE;
	return 1;
}

static u64 mark_ip6(u8 *header)
{
	if (!(header[1] >> 4 & ECN_MASK))
		return 0;
	header[1] |= ECN_CE << 4;
	return 1;
}

/* What is behind the tags of virtual LANs that follow the link header; 0: it is cut. */
static u32 inner_protocol(const struct alv_skb *skb)
{
	u32 protocol = skb->md.protocol;
	u16 next;

	for (u32 at = ALV_ETH_HLEN + 2; protocol == htons(ETH_P_8021Q) || protocol == htons(ETH_P_8021AD);
	     at += 4) {
		if (at + sizeof(next) > skb->md.len)
			return 0;
		memcpy(&next, skb->data + at, sizeof(next));
		protocol = next;
	}
	return protocol;
}

/* The header is looked for behind the link header, tags or not. */
u64 alv_help_skb_ecn_set_ce(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);
	u32 protocol = inner_protocol(skb);
	u8 *header;

	if (protocol == htons(ETH_P_IP)) {
		header = network_at(skb, 0, sizeof(struct iphdr));
		return header ? mark_ip4((struct iphdr *)(void *)header) : 0;
	}
	if (protocol == htons(ETH_P_IPV6)) {
		header = network_at(skb, 0, sizeof(struct ipv6hdr));
		return header ? mark_ip6(header) : 0;
	}
	return 0;
}

/* Before 6.11 there was one clock, and without it no time. */
static bool may_have_time(const struct alv_host *host, u64 time, u32 clock)
{
	bool clocks = alv_host_has(host, V6_11);

	switch (clock) {
	case 0:
		return clocks || !time;
	case 1:
		return time;
	case 2:
		return clocks && time;
	}
	return false;
}

u64 alv_help_skb_set_tstamp(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	if (skb->md.protocol != htons(ETH_P_IP) && skb->md.protocol != htons(ETH_P_IPV6))
		return alv_helper_errno(-EOPNOTSUPP);
	if (!may_have_time(run->host, r2, (u32)r3))
		return alv_helper_errno(-EINVAL);
	skb->md.tstamp = r2;
	skb->md.tstamp_type = (u8)r3;
	return 0;
}

/* No packet comes out of IPsec. */
u64 alv_help_skb_get_xfrm_state(ALV_HELPER_PARAMS)
{
	memset(alv_helper_ptr(r3), 0, (u32)r4);
	return alv_helper_errno(-EINVAL);
}

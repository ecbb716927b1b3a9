/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An XDP program: it counts packets by protocol, tells of each TCP connection that is
 * opened, and drops those to ports that a map forbids.
 *
 *   clang -g -O2 -target bpf -c firewall.bpf.c
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "firewall.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32); /* an IP protocol */
	__type(value, struct counter);
} protocols SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u16); /* a port */
	__type(value, __u8);
} forbidden SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} attempts SEC(".maps");

static void count(__u32 protocol, __u64 bytes)
{
	struct counter *counter = bpf_map_lookup_elem(&protocols, &protocol);
	struct counter first = { .packets = 1, .bytes = bytes };

	if (!counter) {
		bpf_map_update_elem(&protocols, &protocol, &first, BPF_NOEXIST);
		return;
	}
	__sync_fetch_and_add(&counter->packets, 1);
	__sync_fetch_and_add(&counter->bytes, bytes);
}

static int judge(const struct tcphdr *tcp, const void *end, __u8 family)
{
	struct attempt *attempt;
	int dropped;
	__u16 port;

	if ((const void *)(tcp + 1) > end)
		return XDP_DROP;
	if (!tcp->syn || tcp->ack)
		return XDP_PASS;
	port = bpf_ntohs(tcp->dest);
	dropped = bpf_map_lookup_elem(&forbidden, &port) != 0;
	attempt = bpf_ringbuf_reserve(&attempts, sizeof(*attempt), 0);
	if (attempt) {
		attempt->port = port;
		attempt->family = family;
		attempt->dropped = dropped;
		bpf_ringbuf_submit(attempt, 0);
	}
	return dropped ? XDP_DROP : XDP_PASS;
}

static int ip(const struct iphdr *ip, const void *end, __u64 bytes)
{
	if ((const void *)(ip + 1) > end || ip->ihl < 5)
		return XDP_DROP;
	count(ip->protocol, bytes);
	if (ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	return judge((const void *)ip + ip->ihl * 4, end, 4);
}

static int ip6(const struct ipv6hdr *ip, const void *end, __u64 bytes)
{
	if ((const void *)(ip + 1) > end)
		return XDP_DROP;
	count(ip->nexthdr, bytes);
	if (ip->nexthdr != IPPROTO_TCP)
		return XDP_PASS;
	return judge((const void *)(ip + 1), end, 6);
}

SEC("xdp")
int firewall(struct xdp_md *xdp)
{
	const void *data = (const void *)(long)xdp->data;
	const void *end = (const void *)(long)xdp->data_end;
	const struct ethhdr *eth = data;

	if ((const void *)(eth + 1) > end)
		return XDP_DROP;
	switch (bpf_ntohs(eth->h_proto)) {
	case ETH_P_IP:
		return ip((const void *)(eth + 1), end, end - data);
	case ETH_P_IPV6:
		return ip6((const void *)(eth + 1), end, end - data);
	default:
		return XDP_PASS;
	}
}

char LICENSE[] SEC("license") = "BSD";

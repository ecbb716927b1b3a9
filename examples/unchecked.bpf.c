/* SPDX-License-Identifier: BSD-2-Clause */
/* A program with a mistake: it reads a packet further than it knows it to reach. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int unchecked(struct xdp_md *xdp)
{
	const void *data = (const void *)(long)xdp->data;
	const void *end = (const void *)(long)xdp->data_end;
	const struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((const void *)ip > end)
		return XDP_DROP;
	return ip->ttl > 1 ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "BSD";

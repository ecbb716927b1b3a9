/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of each type, which reads its context. */
#include "maps.h"

#include <linux/bpf_perf_event.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>

MAP(by_protocol, PERCPU_ARRAY, __u32, __u64, 256);

SEC("xdp")
int parser(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u64 *count;
	__u32 key;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key = ip->protocol;
	count = bpf_map_lookup_elem(&by_protocol, &key);
	if (count)
		*count += end - data;
	return ctx->ingress_ifindex && ip->ttl > 1 ? XDP_PASS : XDP_DROP;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return TC_ACT_SHOT;
	eth->h_source[0] ^= 2;
	skb->mark = skb->len + skb->ifindex + skb->vlan_present;
	skb->queue_mapping = skb->priority;
	skb->cb[1] = skb->hash;
	skb->tstamp = 17;
	skb->tc_classid = skb->gso_segs;
	return TC_ACT_OK;
}

SEC("socket")
int filter(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP) && skb->pkt_type < 4 && skb->ifindex < 100 ?
		       skb->len :
		       0;
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
	return skb->family + skb->remote_port + skb->local_ip6[3] > 22;
}

SEC("cgroup/sock_create")
int create(struct bpf_sock *sk)
{
	if (sk->type == 1)
		sk->mark = sk->family;
	return 1;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == bpf_htons(80) && ctx->protocol == 6)
		ctx->user_ip4 = bpf_htonl(0x7f000001);
	return 1;
}

SEC("sockops")
int connections(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		ops->reply = ops->snd_cwnd + ops->local_port;
	return 1;
}

SEC("kprobe/do_nothing")
int probe(__u64 *regs)
{
	return regs[14] == bpf_get_current_pid_tgid();
}

SEC("tracepoint/none/none")
int trace(__u64 *record)
{
	return record[1] > 5;
}

SEC("raw_tp/none")
int raw(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[0] + ctx->args[1];
}

SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	return ctx->sample_period > 100 && ctx->addr;
}

struct request {
	__u32 in;
	__u32 out;
};

SEC("syscall")
int request(struct request *ctx)
{
	ctx->out = ctx->in * 2;
	return ctx->in > 3 ? -1 : 0;
}

char _license[] SEC("license") = "GPL";

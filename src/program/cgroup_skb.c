/* SPDX-License-Identifier: BSD-2-Clause */
/* cgroup_skb: programs on packets that enter or leave a control group. */
#include "program/helper_set.h"
#include "program/skb.h"
#include "program/types.h"

static bool may_bpf(const struct alv_prog_traits *traits, bool write)
{
	return alv_may_bpf(&traits->authority);
}

static bool may_set_time(const struct alv_prog_traits *traits, bool write)
{
	return !write || alv_may_bpf(&traits->authority);
}

static const struct alv_ctx_field fields[] = {
	ALV_SKB_COMMON,
	ALV_SKB_U32(mark, ALV_CTX_RW),
	ALV_SKB_U32(queue_mapping, ALV_CTX_READ),
	ALV_SKB_U32(priority, ALV_CTX_RW),
	ALV_SKB_U32(tc_index, ALV_CTX_READ),
	ALV_SKB_PACKET(data, PACKET, .allowed = may_bpf),
	ALV_SKB_PACKET(data_end, PACKET_END, .allowed = may_bpf),
	ALV_SKB_U32(family, ALV_CTX_READ),
	ALV_SKB_ADDRESS(remote_ip4),
	ALV_SKB_ADDRESS(local_ip4),
	ALV_SKB_ADDRESS(remote_ip6),
	ALV_SKB_ADDRESS(local_ip6),
	ALV_SKB_U32(remote_port, ALV_CTX_READ),
	ALV_SKB_U32(local_port, ALV_CTX_READ),
	ALV_SKB_U64(tstamp, ALV_CTX_RW, .allowed = may_set_time),
	ALV_SKB_U64(hwtstamp, ALV_CTX_READ, .since = V5_16),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_sk_fullsock, ALV_FN_sk_storage_get, ALV_FN_sk_storage_delete,
	ALV_FN_skb_cgroup_id, ALV_FN_skb_ancestor_cgroup_id, ALV_FN_sk_cgroup_id,
	ALV_FN_sk_ancestor_cgroup_id, ALV_FN_sk_lookup_tcp, ALV_FN_sk_lookup_udp,
	ALV_FN_sk_release, ALV_FN_skc_lookup_tcp, ALV_FN_tcp_sock,
	ALV_FN_get_listener_sock, ALV_FN_skb_ecn_set_ce);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in_cgroup(traits, id);

	if (!found)
		found = alv_helper_in(&own, traits, id);
	return found ? found : alv_helper_in_sk_filter(traits, id);
}

/* Packets on their way out may be marked as having met congestion (2). */
static struct alv_ret_range returns(const struct alv_prog_traits *traits)
{
	bool leaves = traits->expected_attach_type == BPF_CGROUP_INET_EGRESS;

	return (struct alv_ret_range){ .min = 0, .max = leaves ? 3 : 1, .checked = true };
}

static bool takes_attach(enum alv_kernel kernel, u32 attach_type)
{
	return attach_type == BPF_CGROUP_INET_INGRESS ||
	       attach_type == BPF_CGROUP_INET_EGRESS;
}

const struct alv_prog_type alv_prog_type_cgroup_skb = {
	.name = "cgroup_skb",
	.type = BPF_PROG_TYPE_CGROUP_SKB,
	.since = V4_10,
	.loader = ALV_LOADER_ANYBODY,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct __sk_buff),
	.helper = helper,
	.returns = returns,
	.takes_attach = takes_attach,
	.reads_packet = true,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_cls and sched_act: classifiers and actions of traffic control, both alike. */
#include "program/helper_set.h"
#include "program/skb.h"
#include "program/types.h"

static const struct alv_ctx_field fields[] = {
	ALV_SKB_COMMON,
	ALV_SKB_U32(mark, ALV_CTX_RW),
	ALV_SKB_U32(queue_mapping, ALV_CTX_RW),
	ALV_SKB_U32(priority, ALV_CTX_RW),
	ALV_SKB_U32(tc_index, ALV_CTX_RW),
	ALV_SKB_U32(tc_classid, ALV_CTX_RW),
	ALV_SKB_PACKET(data, PACKET),
	ALV_SKB_PACKET(data_end, PACKET_END),
	ALV_SKB_PACKET(data_meta, PACKET_META),
	ALV_SKB_U64(tstamp, ALV_CTX_RW),
	ALV_SKB_U32(wire_len, ALV_CTX_READ),
	ALV_FIELD(struct __sk_buff, tstamp_type, sizeof(u8), ALV_CTX_EXACT, ALV_CTX_READ,
		  .since = V5_18),
	ALV_SKB_U64(hwtstamp, ALV_CTX_READ, .since = V5_16),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_skb_store_bytes, ALV_FN_skb_load_bytes, ALV_FN_skb_load_bytes_relative,
	ALV_FN_skb_pull_data, ALV_FN_csum_diff, ALV_FN_csum_update, ALV_FN_csum_level,
	ALV_FN_l3_csum_replace, ALV_FN_l4_csum_replace, ALV_FN_clone_redirect,
	ALV_FN_get_cgroup_classid, ALV_FN_skb_vlan_push, ALV_FN_skb_vlan_pop,
	ALV_FN_skb_change_proto, ALV_FN_skb_change_type, ALV_FN_skb_adjust_room,
	ALV_FN_skb_change_tail, ALV_FN_skb_change_head, ALV_FN_skb_get_tunnel_key,
	ALV_FN_skb_set_tunnel_key, ALV_FN_skb_get_tunnel_opt, ALV_FN_skb_set_tunnel_opt,
	ALV_FN_redirect, ALV_FN_redirect_neigh, ALV_FN_redirect_peer,
	ALV_FN_get_route_realm, ALV_FN_get_hash_recalc, ALV_FN_set_hash_invalid,
	ALV_FN_set_hash, ALV_FN_perf_event_output, ALV_FN_skb_under_cgroup,
	ALV_FN_get_socket_cookie, ALV_FN_get_netns_cookie, ALV_FN_get_socket_uid,
	ALV_FN_fib_lookup, ALV_FN_check_mtu, ALV_FN_sk_fullsock, ALV_FN_sk_storage_get,
	ALV_FN_sk_storage_delete, ALV_FN_skb_get_xfrm_state, ALV_FN_skb_cgroup_classid,
	ALV_FN_skb_cgroup_id, ALV_FN_skb_ancestor_cgroup_id, ALV_FN_sk_lookup_tcp,
	ALV_FN_sk_lookup_udp, ALV_FN_sk_release, ALV_FN_tcp_sock,
	ALV_FN_get_listener_sock, ALV_FN_skc_lookup_tcp, ALV_FN_tcp_check_syncookie,
	ALV_FN_skb_ecn_set_ce, ALV_FN_tcp_gen_syncookie, ALV_FN_sk_assign,
	ALV_FN_skb_set_tstamp, ALV_FN_tcp_raw_gen_syncookie_ipv4,
	ALV_FN_tcp_raw_gen_syncookie_ipv6, ALV_FN_tcp_raw_check_syncookie_ipv4,
	ALV_FN_tcp_raw_check_syncookie_ipv6);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in(&own, traits, id);

	return found ? found : alv_helper_in_net(traits, id);
}

#define SCHED(NAME, TYPE)                                                                \
	const struct alv_prog_type alv_prog_type_##NAME = {                              \
		.name = #NAME,                                                           \
		.type = (TYPE),                                                          \
		.since = V4_1,                                                           \
		.loader = ALV_LOADER_NET_ADMIN,                                          \
		.fields = fields,                                                        \
		.n_fields = ALV_COUNT(fields),                                           \
		.ctx_size = sizeof(struct __sk_buff),                                    \
		.helper = helper,                                                        \
		.reads_packet = true,                                                    \
		.writes_packet = true,                                                   \
	}

SCHED(sched_cls, BPF_PROG_TYPE_SCHED_CLS);
SCHED(sched_act, BPF_PROG_TYPE_SCHED_ACT);

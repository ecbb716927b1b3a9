/* SPDX-License-Identifier: BSD-2-Clause */
/* xdp: programs on packets as a device receives them. */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

/* The device that a packet leaves by is known where a devmap runs the program. */
static bool runs_in_devmap(const struct alv_prog_traits *traits, bool write)
{
	return traits->expected_attach_type == BPF_XDP_DEVMAP;
}

#define NUMBER(MEMBER, ...)                                                              \
	ALV_FIELD(struct xdp_md, MEMBER, sizeof(u32), ALV_CTX_EXACT, ALV_CTX_READ,       \
		  __VA_ARGS__)

static const struct alv_ctx_field fields[] = {
	ALV_POINTER(struct xdp_md, data, sizeof(u32), PACKET, 0),
	ALV_POINTER(struct xdp_md, data_end, sizeof(u32), PACKET_END, 0),
	ALV_POINTER(struct xdp_md, data_meta, sizeof(u32), PACKET_META, 0),
	NUMBER(ingress_ifindex),
	NUMBER(rx_queue_index),
	NUMBER(egress_ifindex, .since = V5_8, .allowed = runs_in_devmap),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_perf_event_output, ALV_FN_csum_diff, ALV_FN_xdp_adjust_head,
	ALV_FN_xdp_adjust_meta, ALV_FN_xdp_adjust_tail, ALV_FN_redirect,
	ALV_FN_redirect_map, ALV_FN_xdp_get_buff_len, ALV_FN_xdp_load_bytes,
	ALV_FN_xdp_store_bytes, ALV_FN_fib_lookup, ALV_FN_check_mtu, ALV_FN_sk_lookup_tcp,
	ALV_FN_sk_lookup_udp, ALV_FN_skc_lookup_tcp, ALV_FN_sk_release,
	ALV_FN_tcp_check_syncookie, ALV_FN_tcp_gen_syncookie,
	ALV_FN_tcp_raw_gen_syncookie_ipv4, ALV_FN_tcp_raw_gen_syncookie_ipv6,
	ALV_FN_tcp_raw_check_syncookie_ipv4, ALV_FN_tcp_raw_check_syncookie_ipv6);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in(&own, traits, id);

	return found ? found : alv_helper_in_net(traits, id);
}

const struct alv_prog_type alv_prog_type_xdp = {
	.name = "xdp",
	.type = BPF_PROG_TYPE_XDP,
	.since = V4_8,
	.loader = ALV_LOADER_NET_ADMIN,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct xdp_md),
	.helper = helper,
	.reads_packet = true,
	.writes_packet = true,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* sock_ops: programs on the life of TCP connections. */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

#define NUMBERS(NAME, FIRST, LAST)                                                       \
	ALV_BYTES(NAME, offsetof(struct bpf_sock_ops, FIRST),                            \
		  offsetof(struct bpf_sock_ops, LAST) + sizeof(u32) -                    \
			  offsetof(struct bpf_sock_ops, FIRST),                          \
		  sizeof(u32), ALV_CTX_EXACT, ALV_CTX_READ)
#define WIDE(MEMBER)                                                                     \
	ALV_FIELD(struct bpf_sock_ops, MEMBER, sizeof(u64), ALV_CTX_EXACT, ALV_CTX_READ)
#define POINTER(MEMBER, BASE, FLAGS, ...)                                                \
	ALV_POINTER(struct bpf_sock_ops, MEMBER, sizeof(u64), BASE, FLAGS, __VA_ARGS__)
#define U32(MEMBER, WIDTH, ACCESS, ...)                                                  \
	ALV_FIELD(struct bpf_sock_ops, MEMBER, sizeof(u32), WIDTH, ACCESS, __VA_ARGS__)

/* Behind skb_tcp_flags; the build machine's header may lack it. */
#define HWTSTAMP_OFFSET 216
#define CTX_SIZE        224

static const struct alv_ctx_field fields[] = {
	U32(op, ALV_CTX_EXACT, ALV_CTX_READ),
	U32(reply, ALV_CTX_EXACT, ALV_CTX_RW),
	NUMBERS("args", args[1], args[3]),
	NUMBERS("connection", family, sacked_out),
	U32(sk_txhash, ALV_CTX_EXACT, ALV_CTX_RW),
	WIDE(bytes_received),
	WIDE(bytes_acked),
	POINTER(sk, SOCKET, ALV_MAYBE_NULL),
	POINTER(skb_data, PACKET, 0, .since = V5_10),
	POINTER(skb_data_end, PACKET_END, 0, .since = V5_10),
	U32(skb_len, ALV_CTX_EXACT, ALV_CTX_READ, .since = V5_10),
	U32(skb_tcp_flags, ALV_CTX_START, ALV_CTX_READ, .since = V5_10),
	ALV_BYTES("skb_hwtstamp", HWTSTAMP_OFFSET, sizeof(u64), sizeof(u64),
		  ALV_CTX_EXACT, ALV_CTX_READ, .since = V6_2),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_setsockopt, ALV_FN_getsockopt, ALV_FN_sock_ops_cb_flags_set,
	ALV_FN_sock_map_update, ALV_FN_sock_hash_update, ALV_FN_get_socket_cookie,
	ALV_FN_perf_event_output, ALV_FN_sk_storage_get, ALV_FN_sk_storage_delete,
	ALV_FN_get_netns_cookie, ALV_FN_load_hdr_opt, ALV_FN_store_hdr_opt,
	ALV_FN_reserve_hdr_opt, ALV_FN_tcp_sock);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in_cgroup(traits, id);

	if (!found)
		found = alv_helper_in(&own, traits, id);
	return found ? found : alv_helper_in_net(traits, id);
}

static struct alv_ret_range returns(const struct alv_prog_traits *traits)
{
	return (struct alv_ret_range){ .min = 0, .max = 1, .checked = true };
}

const struct alv_prog_type alv_prog_type_sock_ops = {
	.name = "sock_ops",
	.type = BPF_PROG_TYPE_SOCK_OPS,
	.since = V4_13,
	.loader = ALV_LOADER_NET_ADMIN,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = CTX_SIZE,
	.helper = helper,
	.returns = returns,
};

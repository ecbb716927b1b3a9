/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/socket.h"

#define READ(MEMBER, WIDTH) ALV_SOCK(MEMBER, WIDTH, ALV_CTX_READ)
#define TCP(FIRST, LAST)                                                                 \
	ALV_BYTES(#FIRST, offsetof(struct bpf_tcp_sock, FIRST),                          \
		  offsetof(struct bpf_tcp_sock, LAST) + sizeof(u32) -                    \
			  offsetof(struct bpf_tcp_sock, FIRST),                          \
		  sizeof(u32), ALV_CTX_EXACT, ALV_CTX_READ)
#define TCP_WIDE(MEMBER)                                                                 \
	ALV_FIELD(struct bpf_tcp_sock, MEMBER, sizeof(u64), ALV_CTX_EXACT, ALV_CTX_READ)

static const struct alv_ctx_field socket[] = {
	READ(bound_dev_if, ALV_CTX_EXACT),
	READ(family, ALV_CTX_START),
	READ(type, ALV_CTX_START),
	READ(protocol, ALV_CTX_START),
	READ(mark, ALV_CTX_EXACT),
	READ(priority, ALV_CTX_EXACT),
	READ(src_ip4, ALV_CTX_NARROW),
	READ(src_ip6, ALV_CTX_NARROW),
	READ(src_port, ALV_CTX_START),
	ALV_SOCK_PEER,
};

/* What sockets have that are not yet, or no more, whole. */
static const struct alv_ctx_field common[] = {
	READ(bound_dev_if, ALV_CTX_EXACT),
	READ(family, ALV_CTX_START),
	READ(src_ip4, ALV_CTX_NARROW),
	READ(src_ip6, ALV_CTX_NARROW),
	READ(src_port, ALV_CTX_START),
	ALV_SOCK_PEER,
};

static const struct alv_ctx_field tcp[] = {
	TCP(snd_cwnd, sacked_out),
	TCP_WIDE(bytes_received),
	TCP_WIDE(bytes_acked),
	TCP(dsack_dups, icsk_retransmits),
};

static const struct alv_ctx_field xdp[] = {
	ALV_FIELD(struct bpf_xdp_sock, queue_id, sizeof(u32), ALV_CTX_EXACT,
		  ALV_CTX_READ),
};

static const struct alv_ctx_fields kinds[ALV_N_REG_BASES] = {
	[ALV_REG_SOCKET] = { socket, ALV_COUNT(socket), sizeof(struct bpf_sock) },
	[ALV_REG_SOCK_COMMON] = { common, ALV_COUNT(common), sizeof(struct bpf_sock) },
	[ALV_REG_TCP_SOCK] = { tcp, ALV_COUNT(tcp), sizeof(struct bpf_tcp_sock) },
	[ALV_REG_XDP_SOCK] = { xdp, ALV_COUNT(xdp), sizeof(struct bpf_xdp_sock) },
};

const struct alv_ctx_field *alv_socket_field(u8 base, enum alv_kernel kernel, s32 offset,
					     u8 size)
{
	return base < ALV_COUNT(kinds) ?
		       alv_field_for(&kinds[base], kernel, offset, size, false) : NULL;
}

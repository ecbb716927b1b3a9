/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets that programs look into through a pointer: struct bpf_sock and its like. */
#ifndef ALV_PROGRAM_SOCKET_H
#define ALV_PROGRAM_SOCKET_H

#include "abi/uapi.h"
#include "program/fields.h"

#define ALV_SOCK(MEMBER, WIDTH, ACCESS, ...)                                             \
	ALV_FIELD(struct bpf_sock, MEMBER, sizeof(u32), WIDTH, ACCESS, __VA_ARGS__)

/* What all may see. dst_port has 16 bits and had 32: loads of both sizes are taken. */
#define ALV_SOCK_PEER                                                                    \
	ALV_BYTES("dst_port", offsetof(struct bpf_sock, dst_port), sizeof(u32),          \
		  sizeof(u32), ALV_CTX_LOWER, ALV_CTX_READ),                             \
	ALV_SOCK(dst_ip4, ALV_CTX_NARROW, ALV_CTX_READ),                                 \
	ALV_SOCK(dst_ip6, ALV_CTX_NARROW, ALV_CTX_READ),                                 \
	ALV_SOCK(state, ALV_CTX_START, ALV_CTX_READ),                                    \
	ALV_SOCK(rx_queue_mapping, ALV_CTX_START, ALV_CTX_READ, .since = V5_8)

/*
 * The field of a SOCKET, SOCK_COMMON, TCP_SOCK or XDP_SOCK (`base`) that may be loaded
 * so; NULL: "invalid sock access". Nothing in them may be written.
 */
const struct alv_ctx_field *alv_socket_field(u8 base, enum alv_kernel kernel, s32 offset,
					     u8 size);

#endif

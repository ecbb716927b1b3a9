/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct __sk_buff, the context of programs about socket buffers. Types share most
 * fields and differ in which they may write or see at all, so each writes its own
 * list with these words.
 */
#ifndef ALV_PROGRAM_SKB_H
#define ALV_PROGRAM_SKB_H

#include "program/fields.h"

#define ALV_SKB_U32(MEMBER, ACCESS, ...)                                                 \
	ALV_FIELD(struct __sk_buff, MEMBER, sizeof(u32), ALV_CTX_NARROW, ACCESS,         \
		  __VA_ARGS__)
#define ALV_SKB_U64(MEMBER, ACCESS, ...)                                                 \
	ALV_FIELD(struct __sk_buff, MEMBER, sizeof(u64), ALV_CTX_EXACT, ACCESS,          \
		  __VA_ARGS__)
/* Addresses of the socket are loaded whole. */
#define ALV_SKB_ADDRESS(MEMBER)                                                          \
	ALV_FIELD(struct __sk_buff, MEMBER, sizeof(u32), ALV_CTX_EXACT, ALV_CTX_READ)
#define ALV_SKB_PACKET(MEMBER, BASE, ...)                                                \
	ALV_POINTER(struct __sk_buff, MEMBER, sizeof(u32), BASE, 0, __VA_ARGS__)

/* What all types let their programs do. */
#define ALV_SKB_COMMON                                                                   \
	ALV_SKB_U32(len, ALV_CTX_READ), ALV_SKB_U32(pkt_type, ALV_CTX_READ),             \
	ALV_SKB_U32(protocol, ALV_CTX_READ), ALV_SKB_U32(vlan_present, ALV_CTX_READ),    \
	ALV_SKB_U32(vlan_tci, ALV_CTX_READ), ALV_SKB_U32(vlan_proto, ALV_CTX_READ),      \
	ALV_SKB_U32(ingress_ifindex, ALV_CTX_READ), ALV_SKB_U32(ifindex, ALV_CTX_READ),  \
	ALV_FIELD(struct __sk_buff, cb, sizeof(u32), ALV_CTX_FREE, ALV_CTX_RW),          \
	ALV_SKB_U32(hash, ALV_CTX_READ), ALV_SKB_U32(napi_id, ALV_CTX_READ),             \
	ALV_SKB_U32(gso_segs, ALV_CTX_READ),                                             \
	ALV_SKB_U32(gso_size, ALV_CTX_READ, .since = V5_7),                              \
	ALV_POINTER(struct __sk_buff, sk, sizeof(u64), SOCK_COMMON, ALV_MAYBE_NULL)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet as programs of the __sk_buff family have it. `md` holds what they read and
 * write, kept true by the helpers that change the packet; only the pointers for which
 * it has 32 bits stand beside it. Accesses to __sk_buff are rewritten to ones to this.
 *
 * The packet: head <= data <= data + md.len <= end.
 */
#ifndef ALV_HELPER_SKB_H
#define ALV_HELPER_SKB_H

#include "abi/uapi.h"
#include "base/types.h"

#define ALV_ETH_HLEN 14

/* Where a packet is to be sent through a tunnel: as programs set it. */
struct alv_tunnel {
	bool set;
	bool ip6;
	u16 flags; /* TUNNEL_*, network order */
	struct bpf_tunnel_key key;
	u8 options[252];
	u8 options_size;
};

struct alv_skb {
	u8 *data;
	u8 *data_end;  /* as programs see it: NULL where they have no direct access */
	u8 *data_meta; /* the same */
	struct __sk_buff md;
	u8 *head;
	u8 *end;
	u8 *mac; /* start of the link header; NULL: none */
	u8 *network;
	/*
	 * Of the bytes from the network header on, while it is complete: helpers keep it
	 * true as far as the kernel's do, and a store of the program's alone does not.
	 */
	u32 csum;
	bool csum_complete;
	bool csum_unnecessary; /* checked, this many times and once more: */
	u8 csum_level;
	bool direct; /* programs have pointers to the packet */
	bool hashed; /* md.hash is true */
	bool encapsulated;
	struct bpf_sock sock; /* md.sk */
	u64 cookie; /* of md.sk; 0: nobody asked for it yet */
	struct alv_tunnel tunnel;
};

/* Memory for a packet of `size` bytes with room on both sides. -ENOMEM. */
int alv_skb_init(struct alv_skb *skb, u32 headroom, u32 size, u32 tailroom);
void alv_skb_fini(struct alv_skb *skb);

/* Take bytes off the front, or put some there: false when there is no room. */
void alv_skb_pull(struct alv_skb *skb, u32 bytes);
bool alv_skb_push(struct alv_skb *skb, u32 bytes);
/* Make room for that many bytes at the front and the back. -ENOMEM. */
int alv_skb_make_room(struct alv_skb *skb, u32 front, u32 back);
/*
 * Insert zeroes behind the first `offset` bytes, or take bytes out there; the headers
 * go along with the start of the packet. -ENOMEM: no room, or not so many bytes.
 */
int alv_skb_insert(struct alv_skb *skb, u32 offset, u32 bytes);
int alv_skb_remove(struct alv_skb *skb, u32 offset, u32 bytes);
/* After any change: what programs see of data and its end. */
void alv_skb_refresh(struct alv_skb *skb);

#endif

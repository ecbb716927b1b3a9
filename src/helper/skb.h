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

struct alv_skb {
	u8 *data;
	u8 *data_end;  /* as programs see it: NULL where they have no direct access */
	u8 *data_meta; /* the same */
	struct __sk_buff md;
	u8 *head;
	u8 *end;
	u8 *mac; /* start of the link header; NULL: none */
	u8 *network;
	u32 csum;
	bool csum_complete;
	bool direct; /* programs have pointers to the packet */
	struct bpf_sock sock; /* md.sk */
};

/* Memory for a packet of `size` bytes with room on both sides. -ENOMEM. */
int alv_skb_init(struct alv_skb *skb, u32 headroom, u32 size, u32 tailroom);
void alv_skb_fini(struct alv_skb *skb);

/* Take bytes off the front, or put some there: false when there is no room. */
void alv_skb_pull(struct alv_skb *skb, u32 bytes);
bool alv_skb_push(struct alv_skb *skb, u32 bytes);
/* Make room for that many bytes at the front and the back. -ENOMEM. */
int alv_skb_make_room(struct alv_skb *skb, u32 front, u32 back);
/* After any change: what programs see of data and its end. */
void alv_skb_refresh(struct alv_skb *skb);

#endif

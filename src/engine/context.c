/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/context.h"

#include "helper/skb.h"
#include "helper/xdp.h"

enum layout { PLAIN, SKB, XDP };

static const u8 layouts[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER] = SKB, [BPF_PROG_TYPE_SCHED_CLS] = SKB,
	[BPF_PROG_TYPE_SCHED_ACT] = SKB,     [BPF_PROG_TYPE_CGROUP_SKB] = SKB,
	[BPF_PROG_TYPE_LWT_IN] = SKB,        [BPF_PROG_TYPE_LWT_OUT] = SKB,
	[BPF_PROG_TYPE_LWT_XMIT] = SKB,      [BPF_PROG_TYPE_LWT_SEG6LOCAL] = SKB,
	[BPF_PROG_TYPE_SK_SKB] = SKB,        [BPF_PROG_TYPE_XDP] = XDP,
};

/* Fields that are elsewhere, or wider, in the host's context. */
static const struct place {
	u8 layout;
	u8 size; /* BPF_DW: code of the size there */
	s16 offset;
	s16 host_offset;
} places[] = {
#define POINTER(LAYOUT, type, field, host_type, member)                                            \
	{ LAYOUT, BPF_DW, offsetof(struct type, field), offsetof(struct host_type, member) }
	POINTER(SKB, __sk_buff, data, alv_skb, data),
	POINTER(SKB, __sk_buff, data_end, alv_skb, data_end),
	POINTER(SKB, __sk_buff, data_meta, alv_skb, data_meta),
	POINTER(XDP, xdp_md, data, alv_xdp, data),
	POINTER(XDP, xdp_md, data_end, alv_xdp, data_end),
	POINTER(XDP, xdp_md, data_meta, alv_xdp, data_meta),
};

/* Where the rest begins: it is in the UAPI's order. */
static s16 shift_of(u8 layout)
{
	switch (layout) {
	case SKB:
		return offsetof(struct alv_skb, md);
	case XDP:
		return offsetof(struct alv_xdp, ingress_ifindex) -
		       offsetof(struct xdp_md, ingress_ifindex);
	default:
		return 0;
	}
}

void alv_context_access(u32 prog_type, struct bpf_insn *insn)
{
	u8 layout = prog_type < ALV_COUNT(layouts) ? layouts[prog_type] : PLAIN;

	for (size_t i = 0; i < ALV_COUNT(places); i++) {
		if (places[i].layout != layout || places[i].offset != insn->off)
			continue;
		insn->off = places[i].host_offset;
		insn->code = BPF_CLASS(insn->code) | BPF_MODE(insn->code) | places[i].size;
		return;
	}
	insn->off = (s16)(insn->off + shift_of(layout));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet as XDP programs have it. What does not fit the first page lies in `rest`,
 * which programs reach by helpers only.
 *
 * The packet: start <= data_meta <= data <= data_end <= limit, then the rest.
 */
#ifndef ALV_HELPER_XDP_H
#define ALV_HELPER_XDP_H

#include "base/types.h"

#define ALV_XDP_HEADROOM 256
#define ALV_XDP_FRAME    40 /* struct xdp_frame, which the kernel keeps at the start */
#define ALV_XDP_META_MAX 255

struct alv_xdp {
	u8 *data;
	u8 *data_end;
	u8 *data_meta; /* above data: there can be none */
	u8 *start;
	u8 *limit;
	u8 *rest;
	u32 rest_size;
	u32 rest_room;
	u32 ingress_ifindex;
	u32 rx_queue_index;
	u32 egress_ifindex;
};

/* Bytes in front of the packet. */
static inline u32 alv_xdp_meta(const struct alv_xdp *xdp)
{
	return xdp->data_meta > xdp->data ? 0 : (u32)(xdp->data - xdp->data_meta);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* socket_filter: programs on a socket's incoming packets, which they truncate. */
#include "program/helper_set.h"
#include "program/skb.h"
#include "program/types.h"

static const struct alv_ctx_field fields[] = {
	ALV_SKB_COMMON,
	ALV_SKB_U32(mark, ALV_CTX_READ),
	ALV_SKB_U32(queue_mapping, ALV_CTX_READ),
	ALV_SKB_U32(priority, ALV_CTX_READ),
	ALV_SKB_U32(tc_index, ALV_CTX_READ),
};

const struct alv_prog_type alv_prog_type_socket_filter = {
	.name = "socket_filter",
	.type = BPF_PROG_TYPE_SOCKET_FILTER,
	.since = V3_19,
	.loader = ALV_LOADER_ANYBODY,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct __sk_buff),
	.helper = alv_helper_in_sk_filter,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Test runs of XDP programs. */
#include <errno.h>
#include <stdlib.h>

#include "helper/skb.h"
#include "program/test_run.h"
#include "helper/xdp.h"

#define LOOPBACK   1 /* the one network device, with one queue */
#define MAX_FRAGS  17
#define META_ALIGN 4

/* The caller's context makes sense. *ret_meta: bytes in front of the packet. */
static int check_ctx(const struct alv_test_run *test, const struct xdp_md *ctx, u32 *ret_meta)
{
	u32 meta = ctx->data;

	if (ctx->data_meta || ctx->data_end > test->attr->data_size_in ||
	    ctx->data > ctx->data_end)
		return -EINVAL;
	if (meta % META_ALIGN || meta > ALV_XDP_META_MAX || meta > ALV_XDP_HEADROOM - ALV_XDP_FRAME)
		return -EINVAL;
	*ret_meta = meta;
	return 0;
}

static int check_device(const struct xdp_md *ctx)
{
	if (ctx->egress_ifindex)
		return -EINVAL;
	if (!ctx->ingress_ifindex)
		return ctx->rx_queue_index ? -EINVAL : 0;
	if (ctx->ingress_ifindex != LOOPBACK)
		return -ENODEV;
	return ctx->rx_queue_index ? -EINVAL : 0;
}

static int copy_packet(struct alv_test_run *test, struct alv_xdp *xdp, u32 linear)
{
	alv_uaddr from = alv_uaddr_at(test->attr->data_in);
	int err;

	err = alv_copy_in(test->task, xdp->data_meta, from, linear);
	if (err || !xdp->rest_size)
		return err;
	return alv_copy_in(test->task, xdp->rest, alv_uaddr_add(from, linear), xdp->rest_size);
}

/* Lay the packet out: `linear` bytes in the page, from meta data on, and the rest. */
static int lay_out(struct alv_test_run *test, struct alv_xdp *xdp, u32 meta, u32 linear)
{
	u32 rest = test->attr->data_size_in - linear;
	u32 room;

	/* Before it is rounded up, which a size near 2^32 would not survive. */
	if (rest > MAX_FRAGS * ALV_TEST_PAGE)
		return -ENOMEM;
	room = (u32)alv_round_up(rest, ALV_TEST_PAGE);
	xdp->start = calloc(1, ALV_TEST_PAGE + room);
	if (!xdp->start)
		return -ENOMEM;
	xdp->limit = xdp->start + ALV_TEST_PAGE - ALV_TEST_TAILROOM;
	xdp->data_meta = xdp->start + ALV_XDP_HEADROOM - meta;
	xdp->data = xdp->data_meta + meta;
	xdp->data_end = xdp->data_meta + linear;
	xdp->rest = xdp->start + ALV_TEST_PAGE;
	xdp->rest_size = rest;
	xdp->rest_room = room;
	xdp->ingress_ifindex = LOOPBACK;
	return copy_packet(test, xdp, linear);
}

static int give_back(struct alv_test_run *test, struct alv_xdp *xdp, struct alv_buf *ctx,
		     struct alv_test_result *result)
{
	struct xdp_md *md = (struct xdp_md *)ctx->data;
	u8 *first = xdp->data - alv_xdp_meta(xdp);
	int err;

	if (md) {
		md->data = (u32)(xdp->data - first);
		md->data_end = (u32)(xdp->data_end - first);
	}
	result->data = first;
	result->linear = (u32)(xdp->data_end - first);
	result->rest = xdp->rest;
	result->size = result->linear + xdp->rest_size;
	err = alv_test_finish(test, result);
	return err ? err : alv_test_ctx_out(test, ctx);
}

static int run_packet(struct alv_test_run *test, struct alv_xdp *xdp, struct alv_buf *ctx)
{
	struct alv_test_result result = { 0 };
	struct alv_run run = { 0 };
	int err = ctx->data ? check_device((const struct xdp_md *)ctx->data) : 0;

	if (err)
		return err;
	alv_run_expose(&run, xdp->start, ALV_TEST_PAGE + xdp->rest_room);
	err = alv_test_repeat(test, &run, xdp, &result);
	return err ? err : give_back(test, xdp, ctx, &result);
}

int alv_xdp_test_run(struct alv_test_run *test)
{
	const struct alv_attr_test_run *attr = test->attr;
	ALV_AUTO(buf) struct alv_buf ctx = { 0 };
	struct alv_xdp xdp = { 0 };
	u32 meta = 0, linear = attr->data_size_in, room;
	int err;

	/* Live frames need devices: answered as before 5.18. */
	if (test->prog->expected_attach_type == BPF_XDP_DEVMAP ||
	    test->prog->expected_attach_type == BPF_XDP_CPUMAP || attr->flags || attr->batch_size)
		return -EINVAL;
	err = alv_test_ctx_in(test, sizeof(struct xdp_md), &ctx);
	if (!err && ctx.data) {
		err = check_ctx(test, (const struct xdp_md *)ctx.data, &meta);
		linear = ((const struct xdp_md *)ctx.data)->data_end;
	}
	if (err)
		return err;
	room = ALV_TEST_PAGE - (ALV_XDP_HEADROOM - meta) - ALV_TEST_TAILROOM;
	if (linear > room)
		linear = room;
	if (attr->data_size_in - meta < ALV_ETH_HLEN)
		return -EINVAL;
	err = lay_out(test, &xdp, meta, linear);
	if (!err)
		err = run_packet(test, &xdp, &ctx);
	free(xdp.start);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Test runs on packets as the network stack has them: struct __sk_buff. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/checksum.h"
#include "helper/skb.h"
#include "program/test_run.h"

#define HEADROOM     64
#define LOOPBACK     1 /* the one network device */
#define GSO_MAX_SIZE 65536
#define GSO_MAX_SEGS 65535
#define CHECKSUM_COMPLETE_FLAG (1u << 2) /* BPF_F_TEST_SKB_CHECKSUM_COMPLETE */

static bool is_tc(const struct alv_program *prog)
{
	return prog->type == BPF_PROG_TYPE_SCHED_CLS || prog->type == BPF_PROG_TYPE_SCHED_ACT;
}

static bool is_lwt(const struct alv_program *prog)
{
	return prog->type == BPF_PROG_TYPE_LWT_IN || prog->type == BPF_PROG_TYPE_LWT_OUT ||
	       prog->type == BPF_PROG_TYPE_LWT_XMIT;
}

static u16 load16(const u8 *at)
{
	u16 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* As eth_type_trans() has it: a number, or the kind of an old frame without one. */
static u16 frame_protocol(const u8 *frame, u32 size)
{
	u16 type = load16(frame + 12);

	if (ntohs(type) >= ETH_P_802_3_MIN)
		return type;
	if (size >= ALV_ETH_HLEN + 2 && load16(frame + ALV_ETH_HLEN) == 0xffff)
		return htons(ETH_P_802_3);
	return htons(ETH_P_802_2);
}

/* Whom the frame is for; the loopback device's address is all zeroes. */
static u8 frame_packet_type(const u8 *frame)
{
	static const u8 none[ETH_ALEN], all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };

	if (!memcmp(frame, none, ETH_ALEN))
		return PACKET_HOST;
	if (!memcmp(frame, all, ETH_ALEN))
		return PACKET_BROADCAST;
	return frame[0] & 1 ? PACKET_MULTICAST : PACKET_OTHERHOST;
}

/* The socket gets the packet's addresses. -EINVAL: it is too short for its protocol. */
static int set_addresses(struct alv_skb *skb)
{
	if (skb->md.protocol == htons(ETH_P_IP)) {
		struct iphdr ip;

		if (skb->md.len < sizeof(ip))
			return -EINVAL;
		memcpy(&ip, skb->data, sizeof(ip));
		skb->md.family = AF_INET;
		skb->md.local_ip4 = ip.saddr;
		skb->md.remote_ip4 = ip.daddr;
	} else if (skb->md.protocol == htons(ETH_P_IPV6)) {
		struct ip6_hdr ip;

		if (skb->md.len < sizeof(ip))
			return -EINVAL;
		memcpy(&ip, skb->data, sizeof(ip));
		skb->md.family = AF_INET6;
		memcpy(skb->md.local_ip6, &ip.ip6_src, sizeof(ip.ip6_src));
		memcpy(skb->md.remote_ip6, &ip.ip6_dst, sizeof(ip.ip6_dst));
	}
	skb->sock.family = skb->md.family;
	skb->sock.src_ip4 = skb->md.local_ip4;
	skb->sock.dst_ip4 = skb->md.remote_ip4;
	memcpy(skb->sock.src_ip6, skb->md.local_ip6, sizeof(skb->sock.src_ip6));
	memcpy(skb->sock.dst_ip6, skb->md.remote_ip6, sizeof(skb->sock.dst_ip6));
	return 0;
}

/* Fields that a caller may set, in order; the bytes between them must be zero. */
#define FIELD(name)                                                                                \
	{                                                                                          \
		offsetof(struct __sk_buff, name), sizeof(((struct __sk_buff *)0)->name)            \
	}
static const struct settable {
	u32 offset;
	u32 size;
} settable[] = {
	FIELD(mark),  FIELD(priority), FIELD(ingress_ifindex), FIELD(ifindex),
	FIELD(cb),    FIELD(tstamp),   FIELD(wire_len),        FIELD(gso_segs),
	FIELD(gso_size), FIELD(hwtstamp),
};

static bool is_zero(const struct __sk_buff *md, u32 from, u32 to)
{
	const u8 *bytes = (const u8 *)md;

	for (u32 i = from; i < to; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool only_settable(const struct __sk_buff *md)
{
	u32 at = 0;

	for (size_t i = 0; i < ALV_COUNT(settable); i++) {
		if (!is_zero(md, at, settable[i].offset))
			return false;
		at = settable[i].offset + settable[i].size;
	}
	return is_zero(md, at, sizeof(*md));
}

static int take_ctx(struct alv_skb *skb, const struct __sk_buff *ctx)
{
	if (!ctx)
		return 0;
	if (!only_settable(ctx))
		return -EINVAL;
	skb->md.mark = ctx->mark;
	skb->md.priority = ctx->priority;
	skb->md.ingress_ifindex = ctx->ingress_ifindex;
	skb->md.tstamp = ctx->tstamp;
	memcpy(skb->md.cb, ctx->cb, sizeof(skb->md.cb));
	skb->md.wire_len = skb->md.len;
	if (ctx->wire_len) {
		if (ctx->wire_len < skb->md.len || ctx->wire_len > GSO_MAX_SIZE)
			return -EINVAL;
		skb->md.wire_len = ctx->wire_len;
	}
	if (ctx->gso_segs > GSO_MAX_SEGS)
		return -EINVAL;
	skb->md.gso_segs = ctx->gso_segs;
	skb->md.gso_size = ctx->gso_size & 0xffff;
	skb->md.hwtstamp = ctx->hwtstamp;
	return 0;
}

static void give_ctx(const struct alv_skb *skb, struct __sk_buff *ctx)
{
	if (!ctx)
		return;
	ctx->mark = skb->md.mark;
	ctx->priority = skb->md.priority;
	ctx->ingress_ifindex = skb->md.ingress_ifindex;
	ctx->ifindex = skb->md.ifindex;
	ctx->tstamp = skb->md.tstamp;
	memcpy(ctx->cb, skb->md.cb, sizeof(ctx->cb));
	ctx->wire_len = skb->md.wire_len;
	ctx->gso_segs = skb->md.gso_segs;
	ctx->hwtstamp = skb->md.hwtstamp;
}

/* Of all from the network header on, as a device sums it. */
static u32 whole_sum(const struct alv_skb *skb)
{
	const u8 *end = skb->data + skb->md.len;

	return alv_csum_partial(skb->network, (u32)(end - skb->network), 0);
}

/* The packet as it comes from the device. -ENODEV, -EINVAL. */
static int receive(struct alv_test_run *test, struct alv_skb *skb, const struct __sk_buff *ctx)
{
	int err;

	if (ctx && ctx->ifindex > LOOPBACK)
		return -ENODEV;
	skb->md.ifindex = LOOPBACK;
	skb->md.protocol = frame_protocol(skb->data, skb->md.len);
	skb->md.pkt_type = frame_packet_type(skb->data);
	skb->mac = skb->data;
	alv_skb_pull(skb, ALV_ETH_HLEN);
	skb->network = skb->data;
	err = set_addresses(skb);
	if (err)
		return err;
	if (is_tc(test->prog))
		alv_skb_push(skb, ALV_ETH_HLEN);
	skb->direct = is_tc(test->prog) || is_lwt(test->prog);
	alv_skb_refresh(skb);
	err = take_ctx(skb, ctx);
	if (!err && test->attr->flags & CHECKSUM_COMPLETE_FLAG) {
		skb->csum = whole_sum(skb);
		skb->csum_complete = true;
	}
	return err;
}

/*
 * The packet with a link header again, which is zero where the program had none.
 * -EBADMSG: the sum that came with it is no longer that of what is in it.
 */
static int give_back(struct alv_test_run *test, struct alv_skb *skb, struct alv_buf *ctx,
		     struct alv_test_result *result)
{
	int err;

	if (!is_tc(test->prog)) {
		err = alv_skb_make_room(skb, ALV_ETH_HLEN, 0);
		if (err)
			return err;
		alv_skb_push(skb, ALV_ETH_HLEN);
		memset(skb->data, 0, ALV_ETH_HLEN);
	}
	if (test->attr->flags & CHECKSUM_COMPLETE_FLAG &&
	    alv_csum_fold(skb->csum) != alv_csum_fold(whole_sum(skb)))
		return -EBADMSG;
	give_ctx(skb, (struct __sk_buff *)ctx->data);
	result->data = skb->data;
	result->linear = result->size = skb->md.len;
	err = alv_test_finish(test, result);
	return err ? err : alv_test_ctx_out(test, ctx);
}

static int run_packet(struct alv_test_run *test, struct alv_skb *skb, struct alv_buf *ctx)
{
	struct alv_test_result result = { 0 };
	struct alv_run run = { 0 };
	int err;

	err = receive(test, skb, (const struct __sk_buff *)ctx->data);
	if (err)
		return err;
	err = alv_test_repeat(test, &run, skb, &result);
	return err ? err : give_back(test, skb, ctx, &result);
}

int alv_skb_test_run(struct alv_test_run *test)
{
	const struct alv_attr_test_run *attr = test->attr;
	ALV_AUTO(buf) struct alv_buf ctx = { 0 };
	struct alv_skb skb;
	int err;

	if (attr->flags & ~CHECKSUM_COMPLETE_FLAG || attr->cpu || attr->batch_size)
		return -EINVAL;
	if (attr->data_size_in < ALV_ETH_HLEN ||
	    attr->data_size_in > ALV_TEST_PAGE - HEADROOM - ALV_TEST_TAILROOM)
		return -EINVAL;
	err = alv_skb_init(&skb, HEADROOM, attr->data_size_in, ALV_TEST_TAILROOM);
	if (err)
		return err;
	err = alv_copy_in(test->task, skb.data, alv_uaddr_at(attr->data_in), attr->data_size_in);
	if (!err)
		err = alv_test_ctx_in(test, sizeof(struct __sk_buff), &ctx);
	if (!err)
		err = run_packet(test, &skb, &ctx);
	alv_skb_fini(&skb);
	return err;
}

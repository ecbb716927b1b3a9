/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network's devices: as in a network namespace that nobody has set up there is one,
 * the loopback device, which is down, forwards nothing and has no routes. Where packets
 * are to go shows in what the program returns.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/call.h"
#include "helper/skb.h"
#include "helper/xdp.h"

#define LOOPBACK 1
#define MTU      65536u

/* What comes of a packet that such a device gets to receive, and to send. */
#define DROPPED   1
#define CONGESTED 2

static bool has_device(u32 ifindex)
{
	return ifindex == LOOPBACK;
}

u64 alv_help_redirect(ALV_HELPER_PARAMS)
{
	return r2 & ~(u64)BPF_F_INGRESS ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

u64 alv_help_xdp_redirect(ALV_HELPER_PARAMS)
{
	return r2 ? XDP_ABORTED : XDP_REDIRECT;
}

u64 alv_help_redirect_peer(ALV_HELPER_PARAMS)
{
	return r2 ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

u64 alv_help_redirect_neigh(ALV_HELPER_PARAMS)
{
	bool short_one = (u32)r3 && (u32)r3 < sizeof(struct bpf_redir_neigh);

	return short_one || r4 ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

u64 alv_help_clone_redirect(ALV_HELPER_PARAMS)
{
	if (r3 & ~(u64)BPF_F_INGRESS || !has_device((u32)r2))
		return alv_helper_errno(-EINVAL);
	alv_skb_refresh(alv_helper_ptr(r1));
	return r3 & BPF_F_INGRESS ? DROPPED : CONGESTED;
}

/* Since when a kernel knows these. */
static const struct {
	enum alv_kernel since;
	u32 flags;
} fib_flags[] = {
	{ V4_18, BPF_FIB_LOOKUP_DIRECT | BPF_FIB_LOOKUP_OUTPUT },
	{ V6_3, 1 << 2 }, /* BPF_FIB_LOOKUP_SKIP_NEIGH */
	{ V6_5, 1 << 3 }, /* BPF_FIB_LOOKUP_TBID */
	{ V6_7, 1 << 4 }, /* BPF_FIB_LOOKUP_SRC */
	{ V6_10, 1 << 5 }, /* BPF_FIB_LOOKUP_MARK */
};

u64 alv_help_fib_lookup(ALV_HELPER_PARAMS)
{
	const struct bpf_fib_lookup *params = alv_helper_ptr(r2);
	u32 known = 0;

	for (size_t i = 0; i < ALV_COUNT(fib_flags); i++)
		if (alv_host_has(run->host, fib_flags[i].since))
			known |= fib_flags[i].flags;
	if ((u32)r3 < sizeof(*params) || (u32)r4 & ~known)
		return alv_helper_errno(-EINVAL);
	if (params->family != AF_INET && params->family != AF_INET6)
		return alv_helper_errno(-EAFNOSUPPORT);
	if (!has_device(params->ifindex))
		return alv_helper_errno(-ENODEV);
	return BPF_FIB_LKUP_RET_FWD_DISABLED;
}

/* Does a packet fit? *mtu, if not 0, is the size behind the link header instead. */
static u64 check_mtu(u32 ifindex, u32 *mtu, s64 size, s32 difference, bool segments)
{
	if (ifindex && !has_device(ifindex))
		return alv_helper_errno(-ENODEV);
	if (*mtu)
		size = (s64)*mtu + ALV_ETH_HLEN;
	size = (s32)(size + difference);
	*mtu = MTU;
	return size <= (s64)MTU + ALV_ETH_HLEN || segments ? BPF_MTU_CHK_RET_SUCCESS :
							     BPF_MTU_CHK_RET_FRAG_NEEDED;
}

u64 alv_help_check_mtu(ALV_HELPER_PARAMS)
{
	const struct alv_skb *skb = alv_helper_ptr(r1);
	u32 *mtu = alv_helper_ptr(r3);

	if (r5 & ~(u64)BPF_MTU_CHK_SEGS || (r5 && ((s32)r4 || *mtu)))
		return alv_helper_errno(-EINVAL);
	return check_mtu((u32)r2, mtu, skb->md.len, (s32)r4, skb->md.gso_size);
}

u64 alv_help_xdp_check_mtu(ALV_HELPER_PARAMS)
{
	const struct alv_xdp *xdp = alv_helper_ptr(r1);

	if (r5)
		return alv_helper_errno(-EINVAL);
	return check_mtu((u32)r2, alv_helper_ptr(r3), xdp->data_end - xdp->data, (s32)r4, false);
}

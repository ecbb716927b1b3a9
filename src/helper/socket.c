/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: packets of test runs have one, which is of no protocol, and there are no
 * others that could be looked up.
 */
#include <errno.h>

#include "base/atomic.h"
#include "helper/call.h"
#include "helper/skb.h"

#define NETNS_COOKIE 1

u64 alv_help_get_netns_cookie(ALV_HELPER_PARAMS)
{
	return NETNS_COOKIE;
}

/* Numbers of this host's sockets, given when first asked for. */
u64 alv_help_get_socket_cookie(ALV_HELPER_PARAMS)
{
	struct alv_skb *skb = alv_helper_ptr(r1);

	if (!skb->cookie)
		skb->cookie = alv_add_relaxed(&run->host->socket_cookies, 1);
	return skb->cookie;
}

/* Any socket that a program has got is a full one. */
u64 alv_help_sk_fullsock(ALV_HELPER_PARAMS)
{
	return r1;
}

/* Test runs are not at a device's entrance, where a packet may get another socket. */
u64 alv_help_sk_assign(ALV_HELPER_PARAMS)
{
	return alv_helper_errno(!r2 || r3 ? -EINVAL : -EOPNOTSUPP);
}

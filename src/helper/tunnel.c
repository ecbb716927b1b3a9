/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels of packets: what a program sets is what a tunnel device would send by, and
 * what it then gets. No packet here comes out of a tunnel by itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "helper/call.h"
#include "helper/skb.h"

/* Of struct bpf_tunnel_key, as it was before it grew. */
#define SIZE_LABEL   offsetof(struct bpf_tunnel_key, local_ipv4)
#define SIZE_EXT     offsetof(struct bpf_tunnel_key, tunnel_label)
#define SIZE_TTL     offsetof(struct bpf_tunnel_key, tunnel_ext)
#define SIZE_IP4     offsetof(struct bpf_tunnel_key, remote_ipv6[1])
#define KEY_FLAGS_IN ((u64)(BPF_F_TUNINFO_IPV6 | TUNINFO_FLAGS))
#define SET_FLAGS                                                                        \
	((u64)(BPF_F_TUNINFO_IPV6 | BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT |           \
	       BPF_F_SEQ_NUMBER | NO_TUNNEL_KEY))
/* Newer than the header of a build machine may be. */
#define TUNINFO_FLAGS (1u << 4)
#define NO_TUNNEL_KEY (1u << 4)
#define LABEL_MASK    0xfffff

/* TUNNEL_* of <linux/if_tunnel.h>. */
#define HAS_CSUM   0x01
#define HAS_KEY    0x04
#define HAS_SEQ    0x08
#define NOT_SPLIT  0x0100
#define NOT_CACHED 0x2000

static const struct flag {
	u64 given;
	u16 flag;
	bool takes_away;
} set_flags[] = {
	{ BPF_F_ZERO_CSUM_TX, HAS_CSUM, true },
	{ BPF_F_DONT_FRAGMENT, NOT_SPLIT, false },
	{ BPF_F_SEQ_NUMBER, HAS_SEQ, false },
	{ NO_TUNNEL_KEY, HAS_KEY, true },
};

static u16 flags_of(u64 given)
{
	u16 flags = HAS_KEY | HAS_CSUM | NOT_CACHED;

	for (size_t i = 0; i < ALV_COUNT(set_flags); i++) {
		if (!(given & set_flags[i].given))
			continue;
		if (set_flags[i].takes_away)
			flags &= (u16)~set_flags[i].flag;
		else
			flags |= set_flags[i].flag;
	}
	return htons(flags);
}

static bool known_size(u32 size)
{
	return size == sizeof(struct bpf_tunnel_key) || size == SIZE_LABEL || size == SIZE_EXT ||
	       size == SIZE_TTL || size == SIZE_IP4;
}

u64 alv_help_skb_set_tunnel_key(ALV_HELPER_PARAMS)
{
	struct alv_tunnel *tunnel = &((struct alv_skb *)alv_helper_ptr(r1))->tunnel;
	struct bpf_tunnel_key key = { 0 };
	bool ip6 = r4 & BPF_F_TUNINFO_IPV6;
	u32 size = (u32)r3;

	if (r4 & ~SET_FLAGS || !known_size(size))
		return alv_helper_errno(-EINVAL);
	memcpy(&key, alv_helper_ptr(r2), size);
	if ((!ip6 && key.tunnel_label) || key.tunnel_ext)
		return alv_helper_errno(-EINVAL);
	*tunnel = (struct alv_tunnel){ .set = true, .ip6 = ip6, .flags = flags_of(r4), .key = key };
	return 0;
}

/* The way back: who sends is the other end. */
static void turn_round(const struct alv_tunnel *tunnel, struct bpf_tunnel_key *ret_key)
{
	const struct bpf_tunnel_key *key = &tunnel->key;

	*ret_key = (struct bpf_tunnel_key){ .tunnel_id = key->tunnel_id,
					    .tunnel_tos = key->tunnel_tos,
					    .tunnel_ttl = key->tunnel_ttl };
	if (tunnel->ip6) {
		memcpy(ret_key->remote_ipv6, key->local_ipv6, sizeof(key->local_ipv6));
		memcpy(ret_key->local_ipv6, key->remote_ipv6, sizeof(key->remote_ipv6));
		ret_key->tunnel_label = key->tunnel_label & LABEL_MASK;
	} else {
		ret_key->remote_ipv4 = key->local_ipv4;
		ret_key->local_ipv4 = key->remote_ipv4;
	}
}

static int get_key(const struct alv_tunnel *tunnel, u32 size, u64 flags, void *to)
{
	struct bpf_tunnel_key key;

	if (flags & ~KEY_FLAGS_IN || !tunnel->set)
		return -EINVAL;
	if (tunnel->ip6 != !!(flags & BPF_F_TUNINFO_IPV6))
		return -EPROTO;
	if (!known_size(size) || (size == SIZE_IP4 && tunnel->ip6))
		return -EINVAL;
	turn_round(tunnel, &key);
	if (flags & TUNINFO_FLAGS)
		memcpy(&key.tunnel_ext, &tunnel->flags, sizeof(tunnel->flags));
	memcpy(to, &key, size);
	return 0;
}

u64 alv_help_skb_get_tunnel_key(ALV_HELPER_PARAMS)
{
	const struct alv_skb *skb = alv_helper_ptr(r1);
	int err = get_key(&skb->tunnel, (u32)r3, r4, alv_helper_ptr(r2));

	if (err)
		memset(alv_helper_ptr(r2), 0, (u32)r3);
	return alv_helper_errno(err);
}

u64 alv_help_skb_set_tunnel_opt(ALV_HELPER_PARAMS)
{
	struct alv_tunnel *tunnel = &((struct alv_skb *)alv_helper_ptr(r1))->tunnel;
	u32 size = (u32)r3;

	if (!tunnel->set || size % sizeof(u32))
		return alv_helper_errno(-EINVAL);
	if (size > sizeof(tunnel->options))
		return alv_helper_errno(-ENOMEM);
	memcpy(tunnel->options, alv_helper_ptr(r2), size);
	tunnel->options_size = (u8)size;
	return 0;
}

u64 alv_help_skb_get_tunnel_opt(ALV_HELPER_PARAMS)
{
	const struct alv_tunnel *tunnel = &((struct alv_skb *)alv_helper_ptr(r1))->tunnel;
	u8 *to = alv_helper_ptr(r2);

	memset(to, 0, (u32)r3);
	if (!tunnel->options_size)
		return alv_helper_errno(-ENOENT);
	if ((u32)r3 < tunnel->options_size)
		return alv_helper_errno(-ENOMEM);
	memcpy(to, tunnel->options, tunnel->options_size);
	return tunnel->options_size;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* cgroup_sock_addr: programs on the addresses that system calls give to sockets. */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

/* The hooks: what address each is about, and what its programs may return. */
enum {
	V4 = 1 << 0,
	V6 = 1 << 1,
	UNIX = 1 << 2,
	SENDS = 1 << 3,    /* has the message's source, too */
	CONNECTS = 1 << 4, /* may bind */
};

static const struct hook {
	u32 attach_type;
	enum alv_kernel since;
	u32 kind;
	s32 min;
	s32 max;
} hooks[] = {
	{ BPF_CGROUP_INET4_BIND, V4_17, V4, 0, 3 },
	{ BPF_CGROUP_INET6_BIND, V4_17, V6, 0, 3 },
	{ BPF_CGROUP_INET4_CONNECT, V4_17, V4 | CONNECTS, 0, 1 },
	{ BPF_CGROUP_INET6_CONNECT, V4_17, V6 | CONNECTS, 0, 1 },
	{ ALV_BPF_CGROUP_UNIX_CONNECT, V6_7, UNIX, 0, 1 },
	{ BPF_CGROUP_UDP4_SENDMSG, V4_18, V4 | SENDS, 0, 1 },
	{ BPF_CGROUP_UDP6_SENDMSG, V4_18, V6 | SENDS, 0, 1 },
	{ ALV_BPF_CGROUP_UNIX_SENDMSG, V6_7, UNIX, 0, 1 },
	{ BPF_CGROUP_UDP4_RECVMSG, V5_2, V4, 1, 1 },
	{ BPF_CGROUP_UDP6_RECVMSG, V5_2, V6, 1, 1 },
	{ ALV_BPF_CGROUP_UNIX_RECVMSG, V6_7, UNIX, 1, 1 },
	{ BPF_CGROUP_INET4_GETPEERNAME, V5_8, V4, 1, 1 },
	{ BPF_CGROUP_INET6_GETPEERNAME, V5_8, V6, 1, 1 },
	{ ALV_BPF_CGROUP_UNIX_GETPEERNAME, V6_7, UNIX, 1, 1 },
	{ BPF_CGROUP_INET4_GETSOCKNAME, V5_8, V4, 1, 1 },
	{ BPF_CGROUP_INET6_GETSOCKNAME, V5_8, V6, 1, 1 },
	{ ALV_BPF_CGROUP_UNIX_GETSOCKNAME, V6_7, UNIX, 1, 1 },
};

static const struct hook *hook_of(u32 attach_type)
{
	for (size_t i = 0; i < ALV_COUNT(hooks); i++) {
		if (hooks[i].attach_type == attach_type)
			return &hooks[i];
	}
	return NULL;
}

static bool is(const struct alv_prog_traits *traits, u32 kind)
{
	const struct hook *hook = hook_of(traits->expected_attach_type);

	return hook && (hook->kind & kind) == kind;
}

static bool has_ip4(const struct alv_prog_traits *traits, bool write)
{
	return is(traits, V4);
}

static bool has_ip6(const struct alv_prog_traits *traits, bool write)
{
	return is(traits, V6);
}

static bool has_source4(const struct alv_prog_traits *traits, bool write)
{
	return is(traits, V4 | SENDS);
}

static bool has_source6(const struct alv_prog_traits *traits, bool write)
{
	return is(traits, V6 | SENDS);
}

#define ADDR(MEMBER, WIDTH, ACCESS, ...)                                                 \
	ALV_FIELD(struct bpf_sock_addr, MEMBER, sizeof(u32), WIDTH, ACCESS, __VA_ARGS__)

static const struct alv_ctx_field fields[] = {
	ADDR(user_family, ALV_CTX_EXACT, ALV_CTX_READ),
	ADDR(user_ip4, ALV_CTX_NARROW, ALV_CTX_RW, .allowed = has_ip4),
	ADDR(user_ip6, ALV_CTX_WIDE, ALV_CTX_RW, .allowed = has_ip6),
	ADDR(user_port, ALV_CTX_NARROW, ALV_CTX_RW),
	ADDR(family, ALV_CTX_EXACT, ALV_CTX_READ),
	ADDR(type, ALV_CTX_EXACT, ALV_CTX_READ),
	ADDR(protocol, ALV_CTX_EXACT, ALV_CTX_READ),
	ADDR(msg_src_ip4, ALV_CTX_NARROW, ALV_CTX_RW, .allowed = has_source4),
	ADDR(msg_src_ip6, ALV_CTX_WIDE, ALV_CTX_RW, .allowed = has_source6),
	ALV_POINTER(struct bpf_sock_addr, sk, sizeof(u64), SOCKET, 0),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_get_socket_cookie, ALV_FN_get_netns_cookie, ALV_FN_perf_event_output,
	ALV_FN_sk_release, ALV_FN_sk_storage_get, ALV_FN_sk_storage_delete,
	ALV_FN_setsockopt, ALV_FN_getsockopt);

static const struct alv_helper *variant(u32 id)
{
	switch (id) {
	case ALV_FN_sk_lookup_tcp:
		return alv_helper_variant(ALV_VARIANT_addr_lookup_tcp);
	case ALV_FN_sk_lookup_udp:
		return alv_helper_variant(ALV_VARIANT_addr_lookup_udp);
	case ALV_FN_skc_lookup_tcp:
		return alv_helper_variant(ALV_VARIANT_addr_skc_lookup_tcp);
	}
	return NULL;
}

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in_cgroup(traits, id);

	if (!found && id == ALV_FN_bind && is(traits, CONNECTS))
		found = alv_helper_by_id(id);
	if (!found)
		found = variant(id);
	if (!found)
		found = alv_helper_in(&own, traits, id);
	return found ? found : alv_helper_in_net(traits, id);
}

static struct alv_ret_range returns(const struct alv_prog_traits *traits)
{
	const struct hook *hook = hook_of(traits->expected_attach_type);

	return (struct alv_ret_range){
		.min = hook->min, .max = hook->max, .checked = true
	};
}

static bool takes_attach(enum alv_kernel kernel, u32 attach_type)
{
	const struct hook *hook = hook_of(attach_type);

	return hook && hook->since <= kernel;
}

const struct alv_prog_type alv_prog_type_cgroup_sock_addr = {
	.name = "cgroup_sock_addr",
	.type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	.since = V4_17,
	.loader = ALV_LOADER_NET_ADMIN,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct bpf_sock_addr),
	.helper = helper,
	.returns = returns,
	.takes_attach = takes_attach,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* cgroup_sock: programs on sockets as they are made, bound and released. */
#include "program/helper_set.h"
#include "program/socket.h"
#include "program/types.h"

static bool makes_or_releases(const struct alv_prog_traits *traits, bool write)
{
	return traits->expected_attach_type == BPF_CGROUP_INET_SOCK_CREATE ||
	       traits->expected_attach_type == BPF_CGROUP_INET_SOCK_RELEASE;
}

static bool binds4(const struct alv_prog_traits *traits, bool write)
{
	return traits->expected_attach_type == BPF_CGROUP_INET4_POST_BIND;
}

static bool binds6(const struct alv_prog_traits *traits, bool write)
{
	return traits->expected_attach_type == BPF_CGROUP_INET6_POST_BIND;
}

static bool binds(const struct alv_prog_traits *traits, bool write)
{
	return binds4(traits, write) || binds6(traits, write);
}

static const struct alv_ctx_field fields[] = {
	ALV_SOCK(bound_dev_if, ALV_CTX_EXACT, ALV_CTX_RW, .allowed = makes_or_releases),
	ALV_SOCK(family, ALV_CTX_START, ALV_CTX_READ),
	ALV_SOCK(type, ALV_CTX_START, ALV_CTX_READ),
	ALV_SOCK(protocol, ALV_CTX_START, ALV_CTX_READ),
	ALV_SOCK(mark, ALV_CTX_EXACT, ALV_CTX_RW, .allowed = makes_or_releases),
	ALV_SOCK(priority, ALV_CTX_EXACT, ALV_CTX_RW, .allowed = makes_or_releases),
	ALV_SOCK(src_ip4, ALV_CTX_NARROW, ALV_CTX_READ, .allowed = binds4),
	ALV_SOCK(src_ip6, ALV_CTX_NARROW, ALV_CTX_READ, .allowed = binds6),
	ALV_SOCK(src_port, ALV_CTX_START, ALV_CTX_READ, .allowed = binds),
	ALV_SOCK_PEER,
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_get_socket_cookie, ALV_FN_get_netns_cookie, ALV_FN_perf_event_output,
	ALV_FN_ktime_get_coarse_ns);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in_cgroup(traits, id);

	if (!found && id == ALV_FN_sk_storage_get)
		found = alv_helper_variant(ALV_VARIANT_ctx_storage_get);
	if (!found)
		found = alv_helper_in(&own, traits, id);
	return found ? found : alv_helper_in_base(traits, id);
}

static struct alv_ret_range returns(const struct alv_prog_traits *traits)
{
	return (struct alv_ret_range){ .min = 0, .max = 1, .checked = true };
}

static bool takes_attach(enum alv_kernel kernel, u32 attach_type)
{
	switch (attach_type) {
	case BPF_CGROUP_INET_SOCK_CREATE:
	case BPF_CGROUP_INET4_POST_BIND:
	case BPF_CGROUP_INET6_POST_BIND:
		return true;
	case BPF_CGROUP_INET_SOCK_RELEASE:
		return kernel >= V5_9;
	}
	return false;
}

const struct alv_prog_type alv_prog_type_cgroup_sock = {
	.name = "cgroup_sock",
	.type = BPF_PROG_TYPE_CGROUP_SOCK,
	.since = V4_10,
	.loader = ALV_LOADER_NET_ADMIN,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct bpf_sock),
	.helper = helper,
	.returns = returns,
	.takes_attach = takes_attach,
	.default_attach = BPF_CGROUP_INET_SOCK_CREATE,
};

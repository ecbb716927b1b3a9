/* SPDX-License-Identifier: BSD-2-Clause */
/* syscall: programs that BPF_PROG_TEST_RUN runs on memory of its caller. */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

/* How much memory there is shows when it runs; a store may reach past CTX_SIZE by one. */
#define CTX_SIZE 65535

static const struct alv_ctx_field fields[] = {
	ALV_BYTES("memory", 0, CTX_SIZE + 1, sizeof(u64), ALV_CTX_FREE, ALV_CTX_RW),
};

static const struct alv_helper_set own = ALV_HELPER_SET(
	ALV_FN_sys_bpf, ALV_FN_btf_find_by_name_kind, ALV_FN_sys_close,
	ALV_FN_kallsyms_lookup_name, ALV_FN_skb_output, ALV_FN_xdp_output,
	ALV_FN_skc_to_tcp6_sock, ALV_FN_skc_to_tcp_sock, ALV_FN_skc_to_tcp_timewait_sock,
	ALV_FN_skc_to_tcp_request_sock, ALV_FN_skc_to_udp6_sock, ALV_FN_skc_to_unix_sock,
	ALV_FN_skc_to_mptcp_sock, ALV_FN_sock_from_file);

static const struct {
	u32 id;
	enum alv_helper_variant variant;
} variants[] = {
	{ ALV_FN_get_socket_cookie, ALV_VARIANT_pointer_cookie },
	{ ALV_FN_sk_storage_get, ALV_VARIANT_syscall_storage_get },
	{ ALV_FN_sk_storage_delete, ALV_VARIANT_syscall_storage_delete },
	{ ALV_FN_d_path, ALV_VARIANT_syscall_d_path },
	{ ALV_FN_xdp_get_buff_len, ALV_VARIANT_pointer_buff_len },
};

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in(&own, traits, id);

	for (size_t i = 0; i < ALV_COUNT(variants); i++) {
		if (variants[i].id == id)
			return alv_helper_variant(variants[i].variant);
	}
	if (id == ALV_FN_sys_bpf && !alv_may_perfmon(&traits->authority))
		return NULL;
	/* There is no probed function whose cookie could be asked for. */
	if (id == ALV_FN_get_attach_cookie)
		return NULL;
	return found ? found : alv_helper_in_tracing(traits, id);
}

static bool takes_attach(enum alv_kernel kernel, u32 attach_type)
{
	return !attach_type;
}

const struct alv_prog_type alv_prog_type_syscall = {
	.name = "syscall",
	.type = BPF_PROG_TYPE_SYSCALL,
	.since = V5_14,
	.loader = ALV_LOADER_BPF,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = CTX_SIZE,
	.helper = helper,
	.takes_attach = takes_attach,
	.may_sleep = true,
	.must_sleep = true,
};

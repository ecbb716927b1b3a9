/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/helper_set.h"

#include <string.h>

#include "abi/uapi.h"

/* Of the base set: for everybody, */
static const struct alv_helper_set base_any = ALV_HELPER_SET(
	ALV_FN_map_lookup_elem, ALV_FN_map_update_elem, ALV_FN_map_delete_elem,
	ALV_FN_map_push_elem, ALV_FN_map_pop_elem, ALV_FN_map_peek_elem,
	ALV_FN_map_lookup_percpu_elem, ALV_FN_get_prandom_u32,
	ALV_FN_get_smp_processor_id, ALV_FN_get_numa_node_id, ALV_FN_tail_call,
	ALV_FN_ktime_get_ns, ALV_FN_ktime_get_boot_ns, ALV_FN_ktime_get_tai_ns,
	ALV_FN_ringbuf_output, ALV_FN_ringbuf_reserve, ALV_FN_ringbuf_submit,
	ALV_FN_ringbuf_discard, ALV_FN_ringbuf_query, ALV_FN_strncmp, ALV_FN_strtol,
	ALV_FN_strtoul, ALV_FN_get_current_pid_tgid, ALV_FN_get_ns_current_pid_tgid,
	ALV_FN_get_current_uid_gid);

/* with CAP_BPF, */
static const struct alv_helper_set base_bpf = ALV_HELPER_SET(
	ALV_FN_spin_lock, ALV_FN_spin_unlock, ALV_FN_jiffies64, ALV_FN_per_cpu_ptr,
	ALV_FN_this_cpu_ptr, ALV_FN_timer_init, ALV_FN_timer_set_callback,
	ALV_FN_timer_start, ALV_FN_timer_cancel, ALV_FN_kptr_xchg,
	ALV_FN_for_each_map_elem, ALV_FN_loop, ALV_FN_user_ringbuf_drain,
	ALV_FN_ringbuf_reserve_dynptr, ALV_FN_ringbuf_submit_dynptr,
	ALV_FN_ringbuf_discard_dynptr, ALV_FN_dynptr_from_mem, ALV_FN_dynptr_read,
	ALV_FN_dynptr_write, ALV_FN_dynptr_data, ALV_FN_cgrp_storage_get,
	ALV_FN_cgrp_storage_delete, ALV_FN_get_current_cgroup_id,
	ALV_FN_get_current_ancestor_cgroup_id, ALV_FN_current_task_under_cgroup,
	ALV_FN_get_cgroup_classid, ALV_FN_task_storage_get, ALV_FN_task_storage_delete);

/* and with CAP_PERFMON as well. */
static const struct alv_helper_set base_perfmon = ALV_HELPER_SET(
	ALV_FN_trace_printk, ALV_FN_get_current_task, ALV_FN_get_current_task_btf,
	ALV_FN_get_current_comm, ALV_FN_probe_read_user, ALV_FN_probe_read_kernel,
	ALV_FN_probe_read_user_str, ALV_FN_probe_read_kernel_str, ALV_FN_snprintf_btf,
	ALV_FN_snprintf, ALV_FN_task_pt_regs, ALV_FN_trace_vprintk,
	ALV_FN_perf_event_read, ALV_FN_perf_event_read_value, ALV_FN_send_signal,
	ALV_FN_send_signal_thread, ALV_FN_get_task_stack, ALV_FN_copy_from_user,
	ALV_FN_copy_from_user_task, ALV_FN_get_branch_snapshot, ALV_FN_find_vma);

/* Casts of sockets show what CAP_PERFMON is for; the clock is for everybody. */
static const struct alv_helper_set net_perfmon = ALV_HELPER_SET(
	ALV_FN_skc_to_tcp6_sock, ALV_FN_skc_to_tcp_sock, ALV_FN_skc_to_tcp_timewait_sock,
	ALV_FN_skc_to_tcp_request_sock, ALV_FN_skc_to_udp6_sock, ALV_FN_skc_to_unix_sock,
	ALV_FN_skc_to_mptcp_sock);

static const struct alv_helper_set net_any = ALV_HELPER_SET(ALV_FN_ktime_get_coarse_ns);

static const struct alv_helper_set sk_filter_own = ALV_HELPER_SET(
	ALV_FN_skb_load_bytes, ALV_FN_skb_load_bytes_relative, ALV_FN_get_socket_cookie,
	ALV_FN_get_netns_cookie, ALV_FN_get_socket_uid, ALV_FN_perf_event_output);

static const struct alv_helper_set tracing_own = ALV_HELPER_SET(
	ALV_FN_probe_read, ALV_FN_probe_read_str, ALV_FN_get_func_ip,
	ALV_FN_perf_event_output, ALV_FN_get_stackid, ALV_FN_get_stack,
	ALV_FN_get_attach_cookie);

static const struct alv_helper_set cgroup_any = ALV_HELPER_SET(ALV_FN_get_local_storage);
static const struct alv_helper_set cgroup_retval =
	ALV_HELPER_SET(ALV_FN_get_retval, ALV_FN_set_retval);

static bool has(const struct alv_helper_set *set, u32 id)
{
	return id <= UINT8_MAX && memchr(set->ids, (int)id, set->count);
}

const struct alv_helper *alv_helper_in(const struct alv_helper_set *set,
				       const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *helper = has(set, id) ? alv_helper_by_id(id) : NULL;

	return helper && helper->since <= traits->kernel ? helper : NULL;
}

const struct alv_helper *alv_helper_in_base(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *helper = alv_helper_in(&base_any, traits, id);

	if (!helper && alv_may_bpf(&traits->authority)) {
		helper = alv_helper_in(&base_bpf, traits, id);
		if (!helper && alv_may_perfmon(&traits->authority))
			helper = alv_helper_in(&base_perfmon, traits, id);
	}
	if (helper && id == ALV_FN_get_cgroup_classid)
		return alv_helper_variant(ALV_VARIANT_task_classid);
	if (helper && id == ALV_FN_get_task_stack && traits->sleepable)
		return alv_helper_variant(ALV_VARIANT_sleepable_task_stack);
	return helper;
}

const struct alv_helper *alv_helper_in_net(const struct alv_prog_traits *traits, u32 id)
{
	if (has(&net_perfmon, id) && !alv_may_perfmon(&traits->authority))
		return NULL;
	if (has(&net_perfmon, id))
		return alv_helper_in(&net_perfmon, traits, id);
	if (has(&net_any, id))
		return alv_helper_in(&net_any, traits, id);
	return alv_helper_in_base(traits, id);
}

/* The hooks that have no value of their own to be read or replaced. */
static bool has_retval(u32 attach_type)
{
	switch (attach_type) {
	case BPF_CGROUP_INET_INGRESS:
	case BPF_CGROUP_INET_EGRESS:
	case BPF_CGROUP_SOCK_OPS:
	case BPF_CGROUP_UDP4_RECVMSG:
	case BPF_CGROUP_UDP6_RECVMSG:
	case BPF_CGROUP_INET4_GETPEERNAME:
	case BPF_CGROUP_INET6_GETPEERNAME:
	case BPF_CGROUP_INET4_GETSOCKNAME:
	case BPF_CGROUP_INET6_GETSOCKNAME:
	case ALV_BPF_CGROUP_UNIX_RECVMSG:
	case ALV_BPF_CGROUP_UNIX_GETPEERNAME:
	case ALV_BPF_CGROUP_UNIX_GETSOCKNAME:
		return false;
	}
	return true;
}

const struct alv_helper *alv_helper_in_cgroup(const struct alv_prog_traits *traits,
					      u32 id)
{
	if (has(&cgroup_retval, id) && has_retval(traits->expected_attach_type))
		return alv_helper_in(&cgroup_retval, traits, id);
	return alv_helper_in(&cgroup_any, traits, id);
}

const struct alv_helper *alv_helper_in_sk_filter(const struct alv_prog_traits *traits,
						 u32 id)
{
	const struct alv_helper *helper = alv_helper_in(&sk_filter_own, traits, id);

	return helper ? helper : alv_helper_in_net(traits, id);
}

const struct alv_helper *alv_helper_in_tracing(const struct alv_prog_traits *traits,
					       u32 id)
{
	const struct alv_helper *helper = alv_helper_in(&tracing_own, traits, id);

	if (!helper)
		return alv_helper_in_base(traits, id);
	if (id == ALV_FN_get_stack && traits->sleepable)
		return alv_helper_variant(ALV_VARIANT_sleepable_stack);
	return helper;
}

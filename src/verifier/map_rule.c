/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which helpers go with which types of maps. Two lists, since most types are for few
 * helpers and most helpers for few types; a pair must be allowed by both.
 */
#include "verifier/call.h"

#define N_HELPERS 12
#define N_TYPES   5

static const struct type_rule {
	u16 type;
	u16 helpers[N_HELPERS];
} type_rules[] = {
	{ BPF_MAP_TYPE_PROG_ARRAY, { BPF_FUNC_tail_call } },
	{ BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	  { BPF_FUNC_perf_event_read, BPF_FUNC_perf_event_output, BPF_FUNC_skb_output,
	    BPF_FUNC_perf_event_read_value, BPF_FUNC_xdp_output } },
	{ BPF_MAP_TYPE_RINGBUF,
	  { BPF_FUNC_ringbuf_output, BPF_FUNC_ringbuf_reserve, BPF_FUNC_ringbuf_query,
	    BPF_FUNC_ringbuf_reserve_dynptr, BPF_FUNC_ringbuf_submit_dynptr,
	    BPF_FUNC_ringbuf_discard_dynptr } },
	{ BPF_MAP_TYPE_USER_RINGBUF, { BPF_FUNC_user_ringbuf_drain } },
	{ BPF_MAP_TYPE_STACK_TRACE, { BPF_FUNC_get_stackid } },
	{ BPF_MAP_TYPE_CGROUP_ARRAY,
	  { BPF_FUNC_skb_under_cgroup, BPF_FUNC_current_task_under_cgroup } },
	{ BPF_MAP_TYPE_CGROUP_STORAGE, { BPF_FUNC_get_local_storage } },
	{ BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, { BPF_FUNC_get_local_storage } },
	{ BPF_MAP_TYPE_DEVMAP, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_DEVMAP_HASH, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_CPUMAP, { BPF_FUNC_redirect_map } },
	{ BPF_MAP_TYPE_XSKMAP, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_ARRAY_OF_MAPS, { BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_HASH_OF_MAPS, { BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_SOCKMAP,
	  { BPF_FUNC_sk_redirect_map, BPF_FUNC_sock_map_update, BPF_FUNC_msg_redirect_map,
	    BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
	    BPF_FUNC_map_delete_elem } },
	{ BPF_MAP_TYPE_SOCKHASH,
	  { BPF_FUNC_sk_redirect_hash, BPF_FUNC_sock_hash_update, BPF_FUNC_msg_redirect_hash,
	    BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
	    BPF_FUNC_map_delete_elem } },
	{ BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, { BPF_FUNC_sk_select_reuseport } },
	{ BPF_MAP_TYPE_QUEUE,
	  { BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem } },
	{ BPF_MAP_TYPE_STACK,
	  { BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem } },
	{ BPF_MAP_TYPE_SK_STORAGE,
	  { BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_INODE_STORAGE,
	  { BPF_FUNC_inode_storage_get, BPF_FUNC_inode_storage_delete, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_TASK_STORAGE,
	  { BPF_FUNC_task_storage_get, BPF_FUNC_task_storage_delete, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_BLOOM_FILTER, { BPF_FUNC_map_peek_elem, BPF_FUNC_map_push_elem } },
};

static const struct helper_rule {
	u16 helper;
	u16 types[N_TYPES];
} helper_rules[] = {
	{ BPF_FUNC_tail_call, { BPF_MAP_TYPE_PROG_ARRAY } },
	{ BPF_FUNC_perf_event_read, { BPF_MAP_TYPE_PERF_EVENT_ARRAY } },
	{ BPF_FUNC_perf_event_output, { BPF_MAP_TYPE_PERF_EVENT_ARRAY } },
	{ BPF_FUNC_perf_event_read_value, { BPF_MAP_TYPE_PERF_EVENT_ARRAY } },
	{ BPF_FUNC_skb_output, { BPF_MAP_TYPE_PERF_EVENT_ARRAY } },
	{ BPF_FUNC_xdp_output, { BPF_MAP_TYPE_PERF_EVENT_ARRAY } },
	{ BPF_FUNC_ringbuf_output, { BPF_MAP_TYPE_RINGBUF } },
	{ BPF_FUNC_ringbuf_reserve, { BPF_MAP_TYPE_RINGBUF } },
	{ BPF_FUNC_ringbuf_query, { BPF_MAP_TYPE_RINGBUF } },
	{ BPF_FUNC_ringbuf_reserve_dynptr, { BPF_MAP_TYPE_RINGBUF } },
	{ BPF_FUNC_user_ringbuf_drain, { BPF_MAP_TYPE_USER_RINGBUF } },
	{ BPF_FUNC_get_stackid, { BPF_MAP_TYPE_STACK_TRACE } },
	{ BPF_FUNC_current_task_under_cgroup, { BPF_MAP_TYPE_CGROUP_ARRAY } },
	{ BPF_FUNC_skb_under_cgroup, { BPF_MAP_TYPE_CGROUP_ARRAY } },
	{ BPF_FUNC_redirect_map,
	  { BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_DEVMAP_HASH, BPF_MAP_TYPE_CPUMAP,
	    BPF_MAP_TYPE_XSKMAP } },
	{ BPF_FUNC_sk_redirect_map, { BPF_MAP_TYPE_SOCKMAP } },
	{ BPF_FUNC_msg_redirect_map, { BPF_MAP_TYPE_SOCKMAP } },
	{ BPF_FUNC_sock_map_update, { BPF_MAP_TYPE_SOCKMAP } },
	{ BPF_FUNC_sk_redirect_hash, { BPF_MAP_TYPE_SOCKHASH } },
	{ BPF_FUNC_msg_redirect_hash, { BPF_MAP_TYPE_SOCKHASH } },
	{ BPF_FUNC_sock_hash_update, { BPF_MAP_TYPE_SOCKHASH } },
	{ BPF_FUNC_get_local_storage,
	  { BPF_MAP_TYPE_CGROUP_STORAGE, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE } },
	{ BPF_FUNC_sk_select_reuseport,
	  { BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_SOCKHASH } },
	{ BPF_FUNC_map_pop_elem, { BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK } },
	{ BPF_FUNC_map_peek_elem,
	  { BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER } },
	{ BPF_FUNC_map_push_elem,
	  { BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER } },
	{ BPF_FUNC_map_lookup_percpu_elem,
	  { BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH,
	    BPF_MAP_TYPE_LRU_PERCPU_HASH } },
	{ BPF_FUNC_sk_storage_get, { BPF_MAP_TYPE_SK_STORAGE } },
	{ BPF_FUNC_sk_storage_delete, { BPF_MAP_TYPE_SK_STORAGE } },
	{ BPF_FUNC_inode_storage_get, { BPF_MAP_TYPE_INODE_STORAGE } },
	{ BPF_FUNC_inode_storage_delete, { BPF_MAP_TYPE_INODE_STORAGE } },
	{ BPF_FUNC_task_storage_get, { BPF_MAP_TYPE_TASK_STORAGE } },
	{ BPF_FUNC_task_storage_delete, { BPF_MAP_TYPE_TASK_STORAGE } },
};

static bool holds(const u16 *list, size_t n, u32 value)
{
	for (size_t i = 0; i < n && list[i]; i++)
		if (list[i] == value)
			return true;
	return false;
}

static bool is_allowed(u32 type, u32 helper)
{
	for (size_t i = 0; i < ALV_COUNT(type_rules); i++)
		if (type_rules[i].type == type &&
		    !holds(type_rules[i].helpers, N_HELPERS, helper))
			return false;
	for (size_t i = 0; i < ALV_COUNT(helper_rules); i++)
		if (helper_rules[i].helper == helper &&
		    !holds(helper_rules[i].types, N_TYPES, type))
			return false;
	return true;
}

/*
 * Sockets are put into maps, and taken out, where no socket can be locked. Programs that
 * hear of connections have a helper of their own to put them in.
 */
static bool may_change_sockets(const struct alv_env *env, u32 helper)
{
	switch (env->request->traits.type->type) {
	case BPF_PROG_TYPE_SOCK_OPS:
		return helper == BPF_FUNC_map_delete_elem;
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SK_REUSEPORT:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_SK_LOOKUP:
		return true;
	default:
		return false;
	}
}

static bool check_sockets(struct alv_env *env, u32 type, u32 helper)
{
	if ((type != BPF_MAP_TYPE_SOCKMAP && type != BPF_MAP_TYPE_SOCKHASH) ||
	    (helper != BPF_FUNC_map_update_elem && helper != BPF_FUNC_map_delete_elem) ||
	    may_change_sockets(env, helper))
		return true;
	alv_say(env, SOCKMAP_UPDATE);
	return false;
}

int alv_check_map_rule(struct alv_env *env, const struct alv_call *call)
{
	char text[ALV_HELPER_TEXT];

	if (!call->map || (is_allowed(call->map->type, call->helper->id) &&
			   check_sockets(env, call->map->type, call->helper->id)))
		return 0;
	alv_say(env, MAP_AND_HELPER, call->map->type, alv_helper_text(text, call->helper->id),
		call->helper->id);
	return -EINVAL;
}

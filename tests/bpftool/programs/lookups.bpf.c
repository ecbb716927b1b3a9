/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel makes of helpers on maps of each type. */
#include "maps.h"

MAP(numbers, ARRAY, __u32, __u64, 4);
MAP(triples, ARRAY, __u32, struct triple, 5);
MAP(per_cpu, PERCPU_ARRAY, __u32, __u64, 5);
MAP(table, HASH, __u32, __u64, 8);
MAP(long_keys, HASH, struct triple, __u64, 8);
MAP(recent, LRU_HASH, __u32, __u64, 8);
MAP(cpu_table, PERCPU_HASH, __u32, __u64, 8);
MAP(cpu_recent, LRU_PERCPU_HASH, __u32, __u64, 8);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix);
	__type(value, __u64);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(value_size, sizeof(__u64));
	__uint(max_entries, 4);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(value_size, sizeof(__u64));
	__uint(max_entries, 4);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct number_array inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 3);
	__array(values, struct number_array);
} outer_array SEC(".maps") = { .values = { &inner } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 3);
	__array(values, struct number_array);
} outer_hash SEC(".maps") = { .values = { &inner } };

#define ADD(map, key)                                            \
	do {                                                     \
		__u64 *found = bpf_map_lookup_elem(map, key);    \
								 \
		if (found)                                       \
			sum += *found;                           \
	} while (0)

SEC("xdp")
int lookups(struct xdp_md *ctx)
{
	__u32 key = bpf_get_prandom_u32() & 7;
	struct triple longer = { { key } };
	struct prefix prefix = { 32, key };
	__u64 sum = 0;
	void *map;

	ADD(&numbers, &key);
	ADD(&triples, &key);
	ADD(&per_cpu, &key);
	ADD(&table, &key);
	ADD(&long_keys, &longer);
	ADD(&recent, &key);
	ADD(&cpu_table, &key);
	ADD(&cpu_recent, &key);
	ADD(&routes, &prefix);
	map = bpf_map_lookup_elem(&outer_array, &key);
	if (map)
		ADD(map, &key);
	map = bpf_map_lookup_elem(&outer_hash, &key);
	if (map)
		ADD(map, &key);
	return sum ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int changes(struct xdp_md *ctx)
{
	__u32 key = bpf_get_prandom_u32() & 3;
	struct prefix prefix = { 32, key };
	__u64 value = key;

	bpf_map_update_elem(&numbers, &key, &value, BPF_ANY);
	bpf_map_update_elem(&per_cpu, &key, &value, BPF_ANY);
	bpf_map_update_elem(&table, &key, &value, BPF_NOEXIST);
	bpf_map_update_elem(&recent, &key, &value, BPF_ANY);
	bpf_map_update_elem(&cpu_table, &key, &value, BPF_ANY);
	bpf_map_update_elem(&cpu_recent, &key, &value, BPF_ANY);
	bpf_map_update_elem(&routes, &prefix, &value, BPF_ANY);
	bpf_map_delete_elem(&numbers, &key);
	bpf_map_delete_elem(&table, &key);
	bpf_map_delete_elem(&recent, &key);
	bpf_map_delete_elem(&routes, &prefix);
	bpf_map_push_elem(&queue, &value, BPF_EXIST);
	bpf_map_peek_elem(&queue, &value);
	bpf_map_pop_elem(&queue, &value);
	bpf_map_push_elem(&seen, &value, 0);
	return bpf_map_peek_elem(&seen, &value) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int samples(struct xdp_md *ctx)
{
	__u64 *sample = bpf_ringbuf_reserve(&events, sizeof(*sample), 0);

	if (sample) {
		*sample = bpf_ktime_get_ns();
		bpf_ringbuf_submit(sample, 0);
	}
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

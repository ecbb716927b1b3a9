/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynptrs of a ring buffer's sample and of a map's value: what each call answers. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, char[64]);
} memory SEC(".maps");

long results[16];

SEC("tc") int use_dynptrs(struct __sk_buff *skb)
{
	char text[8] = "abcdefg", back[8] = {}, *data;
	struct bpf_dynptr sample, local;
	int key = 0;

	results[0] = bpf_ringbuf_reserve_dynptr(&samples, 16, 0, &sample);
	results[1] = bpf_dynptr_write(&sample, 4, text, 8, 0);
	results[2] = bpf_dynptr_write(&sample, 12, text, 8, 0);
	results[3] = bpf_dynptr_read(back, 8, &sample, 4, 0);
	results[4] = back[1];
	data = bpf_dynptr_data(&sample, 0, 16);
	results[5] = data ? data[6] : -1;
	bpf_ringbuf_submit_dynptr(&sample, 0);
	results[6] = bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA);
	results[7] = bpf_ringbuf_reserve_dynptr(&samples, 100000, 0, &sample);
	bpf_ringbuf_discard_dynptr(&sample, 0);
	data = bpf_map_lookup_elem(&memory, &key);
	if (!data)
		return 1;
	results[8] = bpf_dynptr_from_mem(data, 64, 0, &local);
	results[9] = bpf_dynptr_write(&local, 60, text, 8, 0);
	results[10] = bpf_dynptr_write(&local, 56, text, 8, 0);
	results[11] = data[57];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

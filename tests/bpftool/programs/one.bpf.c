/* SPDX-License-Identifier: BSD-2-Clause */
/* One program, without a type of its own. */
#include "maps.h"

MAP(first, ARRAY, __u32, __u64, 1);
MAP(second, HASH, __u32, __u64, 4);

SEC("prog")
int one(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&first, &key);

	if (value)
		bpf_map_update_elem(&second, &key, value, BPF_ANY);
	return 1;
}

char _license[] SEC("license") = "GPL";

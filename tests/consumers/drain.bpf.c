/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that consumes what a client produced. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

__u64 sum, count;

static long add(struct bpf_dynptr *dynptr, void *data)
{
	__u64 number;

	if (bpf_dynptr_read(&number, sizeof(number), dynptr, 0, 0))
		return 0;
	sum += number;
	count++;
	return number == 99; /* no further */
}

SEC("raw_tp/")
int drain(__u64 *ctx)
{
	return bpf_user_ringbuf_drain(&samples, add, NULL, ctx[0]);
}

char LICENSE[] SEC("license") = "GPL";

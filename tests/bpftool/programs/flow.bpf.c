/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions, callbacks, tail calls, global data, dead code, divisions. */
#include "maps.h"

MAP(table, HASH, __u32, __u64, 8);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 3);
} jumps SEC(".maps");

const volatile int verbose = 0;
const volatile __u64 step = 3;
__u64 turns = 1;
static __u64 total;

static long add(__u32 i, void *sum)
{
	*(__u64 *)sum += i;
	return 0;
}

static long visit(void *map, __u32 *key, __u64 *value, void *sum)
{
	*(__u64 *)sum += *value;
	return 0;
}

__attribute__((noinline)) int global_part(int a, int b)
{
	if (verbose)
		bpf_printk("%d %d", a, b);
	return a * 3 + b;
}

static __attribute__((noinline)) __u64 local_part(__u64 a, __u64 b)
{
	return b ? a / b + a % b : (a ^ b) >> 3;
}

SEC("xdp")
int callbacks(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u64 sum = 5;

	bpf_map_update_elem(&table, &key, &sum, BPF_ANY);
	bpf_loop(10, add, &sum, 0);
	bpf_for_each_map_elem(&table, visit, &sum, 0);
	return sum;
}

SEC("xdp")
int functions(struct xdp_md *ctx)
{
	turns += step;
	total += local_part(turns, step);
	return global_part((int)total, 2);
}

SEC("xdp")
int tail_calls(struct xdp_md *ctx)
{
	__u32 slot = bpf_get_prandom_u32() & 3;

	bpf_tail_call(ctx, &jumps, 1);
	bpf_tail_call(ctx, &jumps, slot);
	return 7;
}

SEC("xdp")
int target(struct xdp_md *ctx)
{
	if (verbose) {
		bpf_printk("target");
		return 1;
	}
	return 42;
}

SEC("xdp")
int inlined(struct xdp_md *ctx)
{
	__u64 cpu = bpf_get_smp_processor_id(), now = bpf_jiffies64();

	return cpu < 64 && now ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";

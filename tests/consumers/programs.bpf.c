/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that produce events; what they produce is in their contexts' numbers. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef __u64 u64;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8192);
} other SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

struct event {
	u64 number;
	char text[12];
};

/* Arguments: number, flags. */
SEC("raw_tp/")
int submit(u64 *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return 1;
	event->number = ctx[0];
	__builtin_memcpy(event->text, "submitted", 10);
	bpf_ringbuf_submit(event, ctx[1]);
	return 0;
}

SEC("raw_tp/")
int discard(u64 *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return 1;
	event->number = ctx[0];
	bpf_ringbuf_discard(event, ctx[1]);
	return 0;
}

SEC("raw_tp/")
int put_other(u64 *ctx)
{
	struct event event = { .number = ctx[0], .text = "other" };

	return bpf_ringbuf_output(&other, &event, sizeof(event), ctx[1]);
}

/* What of the ring buffer? */
SEC("raw_tp/")
int query(u64 *ctx)
{
	return bpf_ringbuf_query(&ring, ctx[0]);
}

SEC("raw_tp/")
int emit(u64 *ctx)
{
	struct event event = { .number = ctx[0], .text = "emitted" };

	return bpf_perf_event_output(ctx, &events, ctx[1], &event, sizeof(event));
}

/* How long it was enabled is more than nothing. */
SEC("raw_tp/")
int value(u64 *ctx)
{
	struct bpf_perf_event_value value;
	int err = bpf_perf_event_read_value(&events, ctx[1], &value, sizeof(value));

	return err ? err : value.counter == 0 && value.enabled && value.running;
}

SEC("xdp")
int packet(struct xdp_md *ctx)
{
	struct event event = { .number = 7, .text = "packet" };
	u64 bytes = 20;

	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | bytes << 32, &event,
				     sizeof(event));
}

SEC("tc")
int frame(struct __sk_buff *skb)
{
	struct event event = { .number = 8, .text = "frame" };
	u64 bytes = skb->len;

	return bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU | bytes << 32, &event,
				     sizeof(event));
}

SEC("tc")
int too_much(struct __sk_buff *skb)
{
	u64 bytes = skb->len + 1;

	return bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU | bytes << 32, &bytes,
				     sizeof(bytes));
}

char LICENSE[] SEC("license") = "GPL";

/* SPDX-License-Identifier: BSD-2-Clause */
/* A timer: what each call answers, and what its callback finds. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define MONOTONIC   1
#define MILLISECOND 1000000

struct element {
	long number;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, int);
	__type(value, struct element);
} elements SEC(".maps");

long results[16];

static int ring(void *map, int *key, struct element *element)
{
	element->number = *key + 100;
	results[8] = bpf_timer_cancel(&element->timer);
	results[9] = bpf_get_current_pid_tgid();
	results[10] = element->number;
	return 0;
}

SEC("tc") int use_timer(struct __sk_buff *skb)
{
	int key = 1;
	struct element *element = bpf_map_lookup_elem(&elements, &key);

	if (!element)
		return 1;
	results[0] = bpf_timer_start(&element->timer, 0, 0);
	results[1] = bpf_timer_init(&element->timer, &elements, MONOTONIC);
	results[2] = bpf_timer_init(&element->timer, &elements, MONOTONIC);
	results[3] = bpf_timer_start(&element->timer, 0, 0);
	results[4] = bpf_timer_set_callback(&element->timer, ring);
	results[5] = bpf_timer_start(&element->timer, MILLISECOND, 8);
	results[6] = bpf_timer_start(&element->timer, MILLISECOND, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

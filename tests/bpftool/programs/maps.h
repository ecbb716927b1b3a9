/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps of the programs, and the shapes of what they read. */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define MAP(NAME, TYPE, KEY, VALUE, ENTRIES)               \
	struct {                                           \
		__uint(type, BPF_MAP_TYPE_##TYPE);         \
		__type(key, KEY);                          \
		__type(value, VALUE);                      \
		__uint(max_entries, ENTRIES);              \
	} NAME SEC(".maps")

struct prefix {
	__u32 bits;
	__u32 address;
};

struct triple {
	__u64 words[3];
};

struct number_array {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 3);
};

#endif

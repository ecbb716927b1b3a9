/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An object with maps and types, and no program: what `load-types` loads.
 *
 *   clang -g -O2 -target bpf -c inventory.bpf.c
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum shelf { SHELF_LEFT, SHELF_RIGHT };

struct item {
	unsigned int count;
	enum shelf shelf;
	unsigned long long price;
	char name[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, int);
	__type(value, struct item);
} inventory SEC(".maps");

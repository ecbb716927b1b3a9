/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues, stacks and bloom filters: push, peek, pop, full and empty, and the
 * members of a filter (what is no member may answer either way).
 */
#include "client.h"

#include <string.h>

static void push(int fd, u64 value, u64 flags)
{
	client_update(fd, NULL, &value, flags);
}

static void drain(int fd)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		client_take(fd, NULL, 0);
}

static void fifo_and_lifo(const struct map_type *t)
{
	u32 key = 0;
	unsigned int i;
	int fd;

	client_case("%s: fill, peek, drain", t->name);
	fd = client_map(t);
	client_lookup(fd, NULL, 0);
	client_take(fd, NULL, 0);
	for (i = 1; i <= 6; i++)
		push(fd, i, 0);
	client_lookup(fd, NULL, 0);
	client_lookup(fd, NULL, 0);
	client_take(fd, NULL, 0);
	push(fd, 7, BPF_ANY);
	drain(fd);
	client_case("%s: BPF_EXIST pushes out the oldest", t->name);
	fd = client_map(t);
	for (i = 1; i <= 7; i++)
		push(fd, i, BPF_EXIST);
	drain(fd);
	client_case("%s: with a key", t->name);
	fd = client_map(t);
	push(fd, 1, 0);
	client_lookup(fd, &key, 0);
	client_take(fd, &key, 0);
	client_update(fd, &key, &(u64){ 2 }, 0);
	client_delete(fd, &key);
	client_delete(fd, NULL);
	client_next(fd, NULL);
	client_next(fd, &key);
}

static void sizes(const struct map_type *base)
{
	static const u32 all[][2] = { { 1, 1 }, { 3, 2 }, { 7, 1 }, { 1000, 3 }, { 4096, 1 } };
	struct map_type t = *base;
	unsigned int i, k;
	int fd;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		client_case("%s: value %u, %u entries", t.name, all[i][0], all[i][1]);
		t.value_size = all[i][0];
		t.max_entries = all[i][1];
		fd = client_map(&t);
		for (k = 1; k <= all[i][1] + 1; k++)
			client_update(fd, NULL, client_value(&t, k), 0);
		drain(fd);
	}
}

/* Around the ring several times. */
static void around(const struct map_type *t)
{
	unsigned int i;
	int fd;

	client_case("%s: around the ring", t->name);
	fd = client_map(t);
	push(fd, 100, 0);
	for (i = 0; i < 12; i++) {
		push(fd, i, 0);
		client_take(fd, NULL, 0);
	}
	drain(fd);
}

static void bloom(void)
{
	const struct map_type *base = client_type("BLOOM_FILTER");
	static const u64 hashes[] = { 0, 1, 5, 15 };
	struct map_type t = *base;
	union attr attr;
	unsigned int i, k, positive;
	u64 value;
	int fd;

	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		client_case("bloom filter with %u hashes", (unsigned int)hashes[i]);
		t.max_entries = 1000;
		client_create_attr(&t, &attr);
		attr.create.map_extra = hashes[i];
		fd = call(BPF_MAP_CREATE, &attr);
		client_info(fd);
		value = 1;
		client_lookup_in(fd, NULL, &value, 0);
		for (value = 1; value < 6; value++)
			push(fd, value, 0);
		for (value = 1; value < 6; value++)
			client_lookup_in(fd, NULL, &value, 0);
		/* With five members of a thousand nearly all others are told apart. */
		positive = 0;
		for (k = 0; k < 1000; k++) {
			memset(&attr, 0, ATTR_SIZE);
			value = 1000000 + k;
			attr.elem.map_fd = fd;
			attr.elem.value = PTR(&value);
			positive += !bpf_raw(BPF_MAP_LOOKUP_ELEM, &attr, ATTR_SIZE);
		}
		transcript_line("# false positives below 5%%: %s",
				positive < 50 ? "yes" : "no");
		push(fd, 1, BPF_NOEXIST);
		push(fd, 1, BPF_EXIST);
		client_take(fd, NULL, 0);
		client_delete(fd, NULL);
		client_next(fd, NULL);
	}
}

int main(void)
{
	client_start();
	fifo_and_lifo(client_type("QUEUE"));
	fifo_and_lifo(client_type("STACK"));
	sizes(client_type("QUEUE"));
	sizes(client_type("STACK"));
	around(client_type("QUEUE"));
	around(client_type("STACK"));
	bloom();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values for each CPU: their layout in the client, odd sizes, one CPU's value
 * unlike another's, and eviction from LRU maps.
 */
#include "client.h"

#include <string.h>

static void layout(const struct map_type *base, u32 value_size)
{
	struct map_type t = *base;
	int fd;

	client_case("%s: values of %u bytes", t.name, value_size);
	t.value_size = value_size;
	fd = client_map(&t);
	client_lookup(fd, client_key(&t, 1), 0);
	client_update(fd, client_key(&t, 1), client_value(&t, 1), BPF_ANY);
	client_lookup(fd, client_key(&t, 1), 0);
	client_update(fd, client_key(&t, 1), client_value(&t, 2), BPF_EXIST);
	client_lookup(fd, client_key(&t, 1), 0);
	client_take(fd, client_key(&t, 1), 0);
	client_lookup(fd, client_key(&t, 1), 0);
	client_delete(fd, client_key(&t, 1));
	/* A new element after a removed one shows nothing of it. */
	client_update(fd, client_key(&t, 2), client_value(&t, 3), BPF_ANY);
	client_lookup(fd, client_key(&t, 2), 0);
}

/* As many as it holds are there; of more, as many as it holds at most. */
static void eviction(const struct map_type *base, u32 flags)
{
	struct map_type t = *base;
	union attr attr;
	unsigned int i, found = 0;
	long result;
	int fd;

	client_case("%s: eviction, flags %x", t.name, flags);
	t.max_entries = 256;
	fd = client_map_with(&t, flags);
	for (i = 0; i < 1024; i++) {
		memset(&attr, 0, ATTR_SIZE);
		attr.elem.map_fd = fd;
		attr.elem.key = PTR(client_key(&t, i));
		attr.elem.value = PTR(client_value(&t, i));
		result = bpf_raw(BPF_MAP_UPDATE_ELEM, &attr, ATTR_SIZE);
		if (result)
			transcript_line("update %u -> %s", i, transcript_errno(result));
	}
	for (i = 0; i < 1024; i++) {
		attr.elem.key = PTR(client_key(&t, i));
		attr.elem.value = PTR(client_room());
		found += !bpf_raw(BPF_MAP_LOOKUP_ELEM, &attr, ATTR_SIZE);
	}
	transcript_line("# some remain: %s, no more than it holds: %s",
			found ? "yes" : "no", found <= 256 ? "yes" : "no");
	client_lookup(fd, client_key(&t, 1023), 0);
	client_update(fd, client_key(&t, 1023), client_value(&t, 1), BPF_NOEXIST);
	client_update(fd, client_key(&t, 5000), client_value(&t, 1), BPF_EXIST);
	client_delete(fd, client_key(&t, 1023));
	client_lookup(fd, client_key(&t, 1023), 0);
}

int main(void)
{
	static const u32 sizes[] = { 1, 4, 7, 8, 9, 16, 100, 1024 };
	const struct map_type *t;
	unsigned int i;

	client_start();
	for_each_map_type(t)
	{
		if (t->traits & MAP_PER_CPU)
			for (i = 0; i < ARRAY_SIZE(sizes); i++)
				layout(t, sizes[i]);
		if (t->traits & MAP_EVICTS) {
			eviction(t, 0);
			eviction(t, BPF_F_NO_COMMON_LRU);
		}
	}
	return 0;
}

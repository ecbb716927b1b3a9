/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Elements one by one: every flag of every command on absent and present keys,
 * full maps, and the order of keys where it is defined.
 */
#include "sample.h"

#include <string.h>

static const u64 all_flags[] = {
	BPF_ANY,
	BPF_NOEXIST,
	BPF_EXIST,
	BPF_NOEXIST | BPF_EXIST,
	BPF_F_LOCK,
	BPF_F_LOCK | BPF_NOEXIST,
	BPF_F_LOCK | BPF_EXIST,
	8,
	16,
	1ull << 32,
	1ull << 63,
	UINT64_MAX,
};

static void update_flags(const struct map_type *t)
{
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(all_flags); i++) {
		client_case("%s: update with flags %llx", t->name,
			    (unsigned long long)all_flags[i]);
		fd = client_map(t);
		client_update(fd, client_key(t, 1), client_value(t, 1), all_flags[i]);
		client_lookup(fd, client_key(t, 1), 0);
		client_update(fd, client_key(t, 1), client_value(t, 1), BPF_ANY);
		client_update(fd, client_key(t, 1), client_value(t, 2), all_flags[i]);
		client_lookup(fd, client_key(t, 1), 0);
	}
}

static void read_flags(const struct map_type *t)
{
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(all_flags); i++) {
		client_case("%s: lookup and take with flags %llx", t->name,
			    (unsigned long long)all_flags[i]);
		fd = sample_map(t);
		client_lookup(fd, client_key(t, 1), all_flags[i]);
		client_lookup(fd, client_key(t, 2), all_flags[i]);
		client_take(fd, client_key(t, 1), all_flags[i]);
		client_take(fd, client_key(t, 2), all_flags[i]);
	}
}

static void life_of_a_key(const struct map_type *t)
{
	int fd;

	client_case("%s: life of a key", t->name);
	fd = client_map(t);
	client_lookup(fd, client_key(t, 1), 0);
	client_delete(fd, client_key(t, 1));
	client_take(fd, client_key(t, 1), 0);
	client_next(fd, client_key(t, 1));
	client_update(fd, client_key(t, 1), client_value(t, 1), 0);
	client_lookup(fd, client_key(t, 1), 0);
	client_next(fd, NULL);
	client_next(fd, client_key(t, 1));
	client_next(fd, client_key(t, 2));
	client_delete(fd, client_key(t, 1));
	client_lookup(fd, client_key(t, 1), 0);
	client_delete(fd, client_key(t, 1));
	client_update(fd, client_key(t, 1), client_value(t, 2), 0);
	client_take(fd, client_key(t, 1), 0);
	client_lookup(fd, client_key(t, 1), 0);
	client_next(fd, NULL);
}

/* A map that evicts may have lost any of them: only how many is told. */
static void beyond_full(const struct map_type *t)
{
	unsigned int i;
	int fd;

	if (t->traits & MAP_EVICTS)
		return;
	client_case("%s: more elements than it holds", t->name);
	fd = client_map(t);
	for (i = 0; i < t->max_entries + 2 && i < 8; i++)
		client_update(fd, client_key(t, i), client_value(t, i), 0);
	client_update(fd, client_key(t, 1), client_value(t, 7), BPF_ANY);
	client_update(fd, client_key(t, 1), client_value(t, 8), BPF_EXIST);
	client_update(fd, client_key(t, 1), client_value(t, 9), BPF_NOEXIST);
	client_update(fd, client_key(t, 7), client_value(t, 9), BPF_NOEXIST);
	client_update(fd, client_key(t, 7), client_value(t, 9), BPF_EXIST);
	client_delete(fd, client_key(t, 2));
	client_update(fd, client_key(t, 7), client_value(t, 9), BPF_NOEXIST);
	client_lookup(fd, client_key(t, 7), 0);
	client_lookup(fd, client_key(t, 2), 0);
	if (t->key_size)
		client_keys(fd);
	else
		client_next(fd, NULL);
}

static void keys_in_order(const struct map_type *t)
{
	unsigned int i;
	u32 key;
	int fd;

	if (!(t->traits & MAP_SLOTS))
		return;
	client_case("%s: keys in order", t->name);
	fd = client_map(t);
	client_next(fd, NULL);
	for (i = 0; i < t->max_entries + 1; i++)
		client_next(fd, client_key(t, i));
	key = UINT32_MAX;
	client_next(fd, &key);
	client_lookup(fd, &key, 0);
	client_update(fd, &key, client_value(t, 1), 0);
	client_delete(fd, &key);
	client_keys(fd);
}

/* Sizes that are no multiple of anything. */
static void odd_sizes(const struct map_type *t)
{
	static const u32 sizes[][2] = { { 1, 1 }, { 3, 5 }, { 13, 17 }, { 512, 1000 } };
	struct map_type odd = *t;
	unsigned int i;
	int fd;

	if (!(t->traits & MAP_HASHED) || t->traits & MAP_FD_VALUE)
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		client_case("%s: key %u value %u", t->name, sizes[i][0], sizes[i][1]);
		odd.key_size = sizes[i][0];
		odd.value_size = sizes[i][1];
		fd = client_map(&odd);
		client_update(fd, client_key(&odd, 1), client_value(&odd, 1), 0);
		client_update(fd, client_key(&odd, 2), client_value(&odd, 2), 0);
		client_lookup(fd, client_key(&odd, 1), 0);
		client_lookup(fd, client_key(&odd, 2), 0);
		client_take(fd, client_key(&odd, 2), 0);
		client_lookup(fd, client_key(&odd, 2), 0);
	}
}

int main(void)
{
	const struct map_type *t;

	client_start();
	for_each_map_type(t)
	{
		life_of_a_key(t);
		update_flags(t);
		read_flags(t);
		beyond_full(t);
		keys_in_order(t);
		odd_sizes(t);
	}
	return 0;
}

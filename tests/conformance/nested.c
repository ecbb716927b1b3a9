/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps whose values are descriptors: maps of maps, program arrays, arrays of
 * perf events. What may be put there, what comes back, who holds whom.
 */
#include "sample.h"

#include <string.h>

static union attr attr;

static int outer(const char *name, int inner)
{
	int fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.create.map_type = client_type(name)->type;
	attr.create.key_size = 4;
	attr.create.value_size = 4;
	attr.create.max_entries = 4;
	attr.create.inner_map_fd = inner;
	fd = call(BPF_MAP_CREATE, &attr);
	return fd;
}

static int map_like(const char *name, u32 key, u32 value, u32 max, u32 flags)
{
	struct map_type t = *client_type(name);

	t.key_size = key;
	t.value_size = value;
	t.max_entries = max;
	return client_map_with(&t, flags);
}

static void inner_types(const char *name)
{
	const struct map_type *t;

	client_case("%s: an inner map of each type", name);
	for_each_map_type(t)
	{
		transcript_add("inner %s: ", t->name);
		outer(name, client_map(t));
	}
}

static void put(int fd, int inner)
{
	u32 key = 0;

	client_update(fd, &key, &inner, 0);
}

/* Of what must an inner map be the same as the one at creation? */
static void equal_enough(const char *name, const char *inner_name)
{
	const struct map_type *t = client_type(inner_name);
	int fd;

	client_case("%s of %s: which maps may be put there", name, inner_name);
	fd = outer(name, client_map(t));
	put(fd, map_like(inner_name, t->key_size, t->value_size, t->max_entries, 0));
	put(fd, map_like(inner_name, t->key_size, t->value_size, t->max_entries * 2, 0));
	put(fd, map_like(inner_name, t->key_size, t->value_size * 2, t->max_entries, 0));
	if (!(t->traits & MAP_SLOTS))
		put(fd, map_like(inner_name, t->key_size * 2, t->value_size,
				 t->max_entries, 0));
	put(fd, map_like(inner_name, t->key_size, t->value_size, t->max_entries,
			 BPF_F_RDONLY));
	put(fd, map_like(inner_name, t->key_size, t->value_size, t->max_entries,
			 BPF_F_RDONLY_PROG));
	put(fd, client_map(client_type("QUEUE")));
}

static void inner_flags(void)
{
	static const u32 array_flags[] = {BPF_F_MMAPABLE, BPF_F_INNER_MAP,
					  BPF_F_INNER_MAP | BPF_F_RDONLY_PROG};
	static const u32 hash_flags[] = { BPF_F_NO_PREALLOC, BPF_F_ZERO_SEED };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(array_flags); i++) {
		client_case("inner arrays with flags %x", array_flags[i]);
		fd = outer("HASH_OF_MAPS", map_like("ARRAY", 4, 8, 4, array_flags[i]));
		put(fd, map_like("ARRAY", 4, 8, 4, array_flags[i]));
		put(fd, map_like("ARRAY", 4, 8, 9, array_flags[i]));
		put(fd, map_like("ARRAY", 4, 8, 4, 0));
		fd = outer("ARRAY_OF_MAPS", map_like("ARRAY", 4, 8, 4, 0));
		put(fd, map_like("ARRAY", 4, 8, 4, array_flags[i]));
		put(fd, map_like("ARRAY", 4, 8, 9, array_flags[i]));
	}
	for (i = 0; i < ARRAY_SIZE(hash_flags); i++) {
		client_case("inner hashes with flags %x", hash_flags[i]);
		fd = outer("ARRAY_OF_MAPS", map_like("HASH", 4, 8, 4, hash_flags[i]));
		put(fd, map_like("HASH", 4, 8, 4, hash_flags[i]));
		put(fd, map_like("HASH", 4, 8, 4, 0));
	}
}

static void wrong_values(const char *name)
{
	const struct map_type *t = client_type(name);
	u32 key = 1;
	unsigned int i;
	int fd, value, btf;

	client_case("%s: values that are no such descriptor", name);
	fd = client_map(t);
	btf = sample_btf_load();
	for (i = 0; i < WRONG_COUNT; i++) {
		value = descriptor_wrong(i);
		client_update(fd, &key, &value, 0);
	}
	client_update(fd, &key, &btf, 0);
	client_update(fd, &key, &fd, 0);
	client_lookup(fd, &key, 0);
	client_delete(fd, &key);
	key = 4;
	client_update(fd, &key, &btf, 0);
	client_lookup(fd, &key, 0);
	client_delete(fd, &key);
}

/* The values of a map of maps are ids, and they hold their maps. */
static void holds(const char *name)
{
	u32 key = 1, id;
	int fd, inner;

	client_case("%s: holds its inner maps", name);
	inner = client_map(client_type("ARRAY"));
	fd = outer(name, inner);
	client_lookup(fd, &key, 0);
	client_info(inner);
	client_update(fd, &key, &inner, BPF_NOEXIST);
	client_update(fd, &key, &inner, 0);
	client_update(fd, &key, &inner, BPF_EXIST);
	client_lookup(fd, &key, 0);
	client_keys(fd);
	id = client_id(inner);
	descriptor_close(inner);
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	inner = call(BPF_MAP_GET_FD_BY_ID, &attr);
	descriptor_close(inner);
	client_take(fd, &key, 0);
	client_lookup(fd, &key, 0);
	client_delete(fd, &key);
	client_delete(fd, &key);
	client_lookup(fd, &key, 0);
}

int main(void)
{
	client_start();
	inner_types("ARRAY_OF_MAPS");
	inner_types("HASH_OF_MAPS");
	equal_enough("ARRAY_OF_MAPS", "ARRAY");
	equal_enough("ARRAY_OF_MAPS", "HASH");
	equal_enough("ARRAY_OF_MAPS", "LRU_HASH");
	equal_enough("HASH_OF_MAPS", "HASH");
	equal_enough("HASH_OF_MAPS", "ARRAY");
	equal_enough("HASH_OF_MAPS", "PERCPU_ARRAY");
	equal_enough("HASH_OF_MAPS", "QUEUE");
	inner_flags();
	wrong_values("ARRAY_OF_MAPS");
	wrong_values("HASH_OF_MAPS");
	wrong_values("PROG_ARRAY");
	wrong_values("PERF_EVENT_ARRAY");
	holds("ARRAY_OF_MAPS");
	holds("HASH_OF_MAPS");
	return 0;
}

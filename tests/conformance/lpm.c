/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LPM tries: longest matches, prefix lengths, the order of keys, key sizes.
 */
#include "client.h"

#include <string.h>

struct prefix {
	u32 length;
	u8 data[4];
};

static const struct prefix prefixes[] = {
	{ 0, { 0, 0, 0, 0 } },     { 8, { 10, 0, 0, 0 } },	   { 16, { 10, 1, 0, 0 } },
	{ 24, { 10, 1, 2, 0 } },   { 32, { 10, 1, 2, 3 } },	   { 9, { 10, 128, 0, 0 } },
	{ 1, { 128, 0, 0, 0 } },   { 32, { 255, 255, 255, 255 } }, { 31, { 10, 1, 2, 4 } },
	{ 12, { 172, 16, 0, 0 } },
};

static const struct prefix queries[] = {
	{ 32, { 10, 1, 2, 3 } }, { 32, { 10, 1, 2, 9 } },   { 32, { 10, 1, 9, 9 } },
	{ 32, { 10, 9, 9, 9 } }, { 32, { 10, 200, 0, 1 } }, { 32, { 192, 168, 0, 1 } },
	{ 32, { 11, 0, 0, 1 } }, { 24, { 10, 1, 2, 3 } },   { 16, { 10, 1, 2, 3 } },
	{ 15, { 10, 1, 2, 3 } }, { 8, { 10, 1, 2, 3 } },    { 7, { 10, 1, 2, 3 } },
	{ 0, { 10, 1, 2, 3 } },  { 33, { 10, 1, 2, 3 } },   { 0xffffffff, { 10, 1, 2, 3 } },
	{ 32, { 10, 1, 2, 5 } }, { 32, { 172, 31, 0, 1 } }, { 32, { 172, 32, 0, 1 } },
};

static int trie(u32 max_entries)
{
	struct map_type t = *client_type("LPM_TRIE");

	t.max_entries = max_entries;
	return client_map(&t);
}

static void fill(int fd, unsigned int count)
{
	unsigned int i;
	u64 value;

	for (i = 0; i < count; i++) {
		value = i + 1;
		client_update(fd, &prefixes[i], &value, 0);
	}
}

static void walk(int fd)
{
	struct prefix key;
	long end = client_next(fd, NULL);
	unsigned int i;

	for (i = 0; i < 20 && !end; i++) {
		memcpy(&key, client_came(), sizeof(key));
		end = client_next(fd, &key);
	}
}

static void matches(void)
{
	unsigned int i;
	int fd;

	client_case("longest match");
	fd = trie(16);
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		client_lookup(fd, &queries[i], 0);
	fill(fd, ARRAY_SIZE(prefixes));
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		client_lookup(fd, &queries[i], 0);
	client_case("longest match without a default");
	fd = trie(16);
	for (i = 1; i < ARRAY_SIZE(prefixes); i++)
		client_update(fd, &prefixes[i], client_value(client_type("LPM_TRIE"), i),
			      0);
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		client_lookup(fd, &queries[i], 0);
}

static void order(void)
{
	unsigned int i;
	int fd;

	client_case("order of keys");
	fd = trie(16);
	walk(fd);
	fill(fd, ARRAY_SIZE(prefixes));
	walk(fd);
	transcript_line("# keys that are not there");
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		client_next(fd, &queries[i]);
	transcript_line("# without two of them");
	client_delete(fd, &prefixes[2]);
	client_delete(fd, &prefixes[0]);
	walk(fd);
}

static void deletions(void)
{
	unsigned int i, k;
	int fd;

	client_case("deletions");
	fd = trie(16);
	fill(fd, ARRAY_SIZE(prefixes));
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		client_delete(fd, &queries[i]);
	for (k = 0; k < ARRAY_SIZE(prefixes); k++) {
		client_delete(fd, &prefixes[(k * 7) % ARRAY_SIZE(prefixes)]);
		for (i = 0; i < 7; i++)
			client_lookup(fd, &queries[i], 0);
	}
	client_next(fd, NULL);
}

static void limits(void)
{
	static const struct prefix noise = { 8, { 10, 77, 77, 77 } };
	static const struct prefix other = { 9, { 10, 77, 77, 77 } };
	unsigned int i;
	u64 value = 99;
	int fd;

	client_case("bits beyond the prefix");
	fd = trie(4);
	client_update(fd, &noise, &value, BPF_NOEXIST);
	client_update(fd, &prefixes[1], &value, BPF_NOEXIST);
	client_update(fd, &prefixes[1], &value, BPF_EXIST);
	client_update(fd, &other, &value, BPF_EXIST);
	client_next(fd, NULL);
	client_case("full");
	fd = trie(3);
	fill(fd, 5);
	client_update(fd, &prefixes[1], &value, BPF_ANY);
	client_update(fd, &prefixes[6], &value, BPF_EXIST);
	client_delete(fd, &prefixes[1]);
	client_update(fd, &prefixes[6], &value, BPF_EXIST);
	client_update(fd, &prefixes[6], &value, BPF_NOEXIST);
	walk(fd);
	client_case("prefix lengths");
	fd = trie(4);
	for (i = 30; i < 36; i++) {
		struct prefix p = { i, { 1, 2, 3, 4 } };

		client_update(fd, &p, &value, 0);
		client_delete(fd, &p);
	}
}

static void key_sizes(void)
{
	static const u32 sizes[] = { 5, 6, 8, 12, 20, 36, 260 };
	struct map_type t = *client_type("LPM_TRIE");
	unsigned int i;
	u8 key[260];
	u32 bits;
	int fd;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		client_case("key size %u", sizes[i]);
		t.key_size = sizes[i];
		fd = client_map(&t);
		memset(key, 0x5a, sizeof(key));
		for (bits = 0; bits <= (sizes[i] - 4) * 8 + 1;
		     bits += (sizes[i] - 4) * 4) {
			memcpy(key, &bits, sizeof(bits));
			client_update(fd, key, client_value(&t, bits / 8), 0);
		}
		bits = (sizes[i] - 4) * 8 + 1;
		memcpy(key, &bits, sizeof(bits));
		client_update(fd, key, client_value(&t, 1), 0);
		client_lookup(fd, key, 0);
		bits = (sizes[i] - 4) * 8;
		memcpy(key, &bits, sizeof(bits));
		client_lookup(fd, key, 0);
		key[sizes[i] - 1] ^= 1;
		client_lookup(fd, key, 0);
		key[4] ^= 0x80;
		client_lookup(fd, key, 0);
	}
}

int main(void)
{
	client_start();
	matches();
	order();
	deletions();
	limits();
	key_sizes();
	return 0;
}

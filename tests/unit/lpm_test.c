/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries of prefixes, against a list of the same prefixes. */
#include "client.h"

#include <stdlib.h>

#define MAX_PREFIXES 400
#define DATA 6

struct key {
	uint32_t length;
	uint8_t data[DATA];
} __attribute__((packed));

struct entry {
	struct key key;
	uint64_t value;
};

static int make_trie(struct alv_host *host, uint32_t max_entries)
{
	return test_create(host, BPF_MAP_TYPE_LPM_TRIE, sizeof(struct key), 8, max_entries,
			BPF_F_NO_PREALLOC);
}

static bool begins_with(const struct key *key, const struct key *prefix)
{
	if (key->length < prefix->length)
		return false;
	for (uint32_t i = 0; i < prefix->length; i++)
		if ((key->data[i / 8] ^ prefix->data[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool same(const struct key *a, const struct key *b)
{
	return a->length == b->length && begins_with(a, b);
}

static struct entry *find_exact(struct entry *entries, size_t count, const struct key *key)
{
	for (size_t i = 0; i < count; i++)
		if (same(&entries[i].key, key))
			return &entries[i];
	return NULL;
}

static struct entry *find_longest(struct entry *entries, size_t count, const struct key *key)
{
	struct entry *best = NULL;

	for (size_t i = 0; i < count; i++)
		if (begins_with(key, &entries[i].key) &&
		    (!best || best->key.length < entries[i].key.length))
			best = &entries[i];
	return best;
}

static struct key draw(unsigned int *seed)
{
	struct key key = { .length = (uint32_t)rand_r(seed) % (DATA * 8 + 1) };

	for (int i = 0; i < DATA; i++)
		key.data[i] = rand_r(seed) % 4 ? (uint8_t)(rand_r(seed) % 3 << 6) :
						 (uint8_t)rand_r(seed);
	return key;
}

static void test_a_trie_is_the_list_of_its_prefixes(void **state)
{
	static struct entry entries[MAX_PREFIXES];
	struct alv_host *host = test_host(0);
	int fd = make_trie(host, MAX_PREFIXES);
	unsigned int seed = 7;
	size_t count = 0;

	for (int round = 0; round < 20000; round++) {
		struct key key = draw(&seed);
		struct entry *known = find_exact(entries, count, &key);
		uint64_t value = (uint64_t)round, out = 0;
		int expected;

		switch (rand_r(&seed) % 4) {
		case 0:
			expected = known || count < MAX_PREFIXES ? 0 : -ENOSPC;
			assert_int_equal(update(host, fd, &key, &value, 0), expected);
			if (!expected && !known)
				known = &entries[count++];
			if (known)
				*known = (struct entry){ key, value };
			break;
		case 1:
			assert_int_equal(delete(host, fd, &key), known ? 0 : -ENOENT);
			if (known)
				*known = entries[--count];
			break;
		default:
			known = find_longest(entries, count, &key);
			assert_int_equal(lookup(host, fd, &key, &out), known ? 0 : -ENOENT);
			assert_int_equal(out, known ? known->value : 0);
		}
	}
	close(fd);
	alv_host_free(host);
}

static void test_longer_prefixes_come_first(void **state)
{
	/* 192.168.0.0/16, its halves at 24 bits, and the order that they come in. */
	const struct key keys[] = {
		{ 16, { 192, 168 } },
		{ 24, { 192, 168, 0 } },
		{ 24, { 192, 168, 128 } },
		{ 24, { 192, 168, 1 } },
	};
	const uint8_t expected[] = { 1, 3, 2, 0 };
	struct alv_host *host = test_host(0);
	int fd = make_trie(host, 4);
	struct key key, next, *at = NULL;
	uint64_t value = 0;

	assert_int_equal(next_key(host, fd, NULL, &next), -ENOENT);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(update(host, fd, &keys[i], &value, BPF_NOEXIST), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(next_key(host, fd, at, &next), 0);
		assert_memory_equal(&next, &keys[expected[i]], sizeof(next));
		key = next;
		at = &key;
	}
	assert_int_equal(next_key(host, fd, at, &next), -ENOENT);
	close(fd);
	alv_host_free(host);
}

static void test_flags_and_limits(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = make_trie(host, 1);
	struct key key = { 8, { 1 } }, other = { 8, { 2 } }, bad = { DATA * 8 + 1, {} };
	uint64_t value = 1;

	assert_int_equal(update(host, fd, &key, &value, BPF_EXIST), -ENOENT);
	assert_int_equal(update(host, fd, &key, &value, BPF_NOEXIST), 0);
	assert_int_equal(update(host, fd, &key, &value, BPF_NOEXIST), -EEXIST);
	assert_int_equal(update(host, fd, &key, &value, BPF_EXIST), 0);
	assert_int_equal(update(host, fd, &other, &value, 0), -ENOSPC);
	assert_int_equal(update(host, fd, &bad, &value, 0), -EINVAL);
	assert_int_equal(delete(host, fd, &bad), -EINVAL);
	assert_int_equal(lookup(host, fd, &bad, &value), -ENOENT);
	assert_int_equal(take(host, fd, &key, &value), -524);
	close(fd);
	assert_int_equal(test_create(host, BPF_MAP_TYPE_LPM_TRIE, 8, 8, 1, 0), -EINVAL);
	alv_host_free(host);
}

static void test_a_storm_of_updates_needs_no_more_room(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = make_trie(host, 1);
	struct key key = { 8, { 1 } };
	struct alv_map *map = map_of(host, fd);

	for (uint64_t i = 0; i < 300000; i++)
		assert_int_equal(map->ops->update(map, &key, &i, 0), 0);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_the_host_s_limit_on_memory(void **state)
{
	struct alv_host_config config = { .size = sizeof(config), .memory_limit = 1 << 20 };
	struct alv_host *host = NULL;
	struct key key = { DATA * 8, {} };
	uint64_t value = 1;
	uint32_t n;
	int fd, err = 0;

	assert_int_equal(alv_host_new(&config, &host), 0);
	fd = make_trie(host, 1000000);
	assert_true(fd >= 0);
	for (n = 0; n < 100000 && !err; n++) {
		memcpy(key.data, &n, sizeof(n));
		err = update(host, fd, &key, &value, 0);
	}
	assert_int_equal(err, -ENOMEM);
	assert_true(n > 5000);
	/* What is there stays usable, and its memory comes back with the map's end. */
	n -= 2;
	memcpy(key.data, &n, sizeof(n));
	assert_int_equal(lookup(host, fd, &key, &value), 0);
	assert_int_equal(delete(host, fd, &key), 0);
	close(fd);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_trie_is_the_list_of_its_prefixes),
		cmocka_unit_test(test_longer_prefixes_come_first),
		cmocka_unit_test(test_flags_and_limits),
		cmocka_unit_test(test_the_host_s_limit_on_memory),
		cmocka_unit_test(test_a_storm_of_updates_needs_no_more_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four batch commands: each type, counts, room that does not suffice,
 * positions, flags.
 */
#include "sample.h"

#include <errno.h>
#include <string.h>

#define ROOM 64

static union attr attr;
static u8 keys[ROOM * 16], values[ROOM * 512], token[256];

static const int commands[] = {
	BPF_MAP_LOOKUP_BATCH,
	BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	BPF_MAP_UPDATE_BATCH,
	BPF_MAP_DELETE_BATCH,
};

/* Attributes with keys 0..n-1 and their values. */
static void prepare(const struct map_type *t, int fd, u32 count)
{
	size_t size = descriptor_value_size(descriptor_find(fd));
	u32 i;

	memset(&attr, 0, ATTR_SIZE);
	for (i = 0; i < count && i < 6; i++) {
		if (t->key_size)
			memcpy(keys + i * t->key_size, client_key(t, i), t->key_size);
		memcpy(values + i * size, client_value(t, i + 1), size);
	}
	attr.batch.map_fd = fd;
	attr.batch.keys = PTR(keys);
	attr.batch.values = PTR(values);
	attr.batch.count = count;
}

static int filled(const struct map_type *t, u32 count)
{
	int fd = client_map(t);

	transcript_mute(1);
	prepare(t, fd, count);
	call(BPF_MAP_UPDATE_BATCH, &attr);
	transcript_mute(0);
	return fd;
}

static long read_batch(int command, int fd, u32 count, int go_on)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.batch.map_fd = fd;
	attr.batch.keys = PTR(keys);
	attr.batch.values = PTR(values);
	attr.batch.in_batch = go_on ? PTR(token) : 0;
	attr.batch.out_batch = PTR(token);
	attr.batch.count = count;
	return call(command, &attr);
}

static void counts(const struct map_type *t)
{
	static const u32 all[] = { 0, 1, 2, 3, 4, 5, 6, ROOM };
	unsigned int i;
	int fd;

	client_case("%s: counts", t->name);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		fd = client_map(t);
		prepare(t, fd, all[i]);
		if (all[i] <= 6)
			call(BPF_MAP_UPDATE_BATCH, &attr);
		if (t->key_size && t->traits & MAP_HASHED)
			client_keys(fd);
		/* A bucket is delivered whole: where a batch ends is the hash's own. */
		if (!(t->traits & MAP_HASHED) || !all[i] || all[i] > 4)
			read_batch(BPF_MAP_LOOKUP_BATCH, fd, all[i], 0);
		prepare(t, fd, all[i]);
		if (all[i] <= 6)
			call(BPF_MAP_DELETE_BATCH, &attr);
		if (t->key_size && t->traits & MAP_HASHED)
			client_keys(fd);
		descriptor_close(fd);
	}
}

static void everything(const struct map_type *t)
{
	int fd;

	client_case("%s: all at once, twice, then taken", t->name);
	fd = filled(t, 4);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, ROOM, 0);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, ROOM, 1);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, ROOM, 0);
	read_batch(BPF_MAP_LOOKUP_AND_DELETE_BATCH, fd, ROOM, 0);
	if (t->key_size)
		client_keys(fd);
	read_batch(BPF_MAP_LOOKUP_AND_DELETE_BATCH, fd, ROOM, 0);
}

/* One after the other where the order is defined. */
static void piecewise(const struct map_type *t)
{
	unsigned int i;
	int fd;

	if (t->traits & MAP_HASHED)
		return;
	client_case("%s: in pieces", t->name);
	fd = filled(t, 4);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, 1, 0);
	for (i = 0; i < 4; i++)
		read_batch(BPF_MAP_LOOKUP_BATCH, fd, 1, 1);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, 3, 0);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, 3, 1);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, 4, 0);
	read_batch(BPF_MAP_LOOKUP_BATCH, fd, 1, 1);
}

static void each_flag(const struct map_type *t)
{
	static const u64 flags[] = {BPF_NOEXIST, BPF_EXIST,  3,		BPF_F_LOCK,
				    8,		 1ull << 40, UINT64_MAX};
	unsigned int i, k;
	int fd;

	client_case("%s: flags", t->name);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (k = 0; k < ARRAY_SIZE(flags) * 2; k++) {
			fd = filled(t, 2);
			prepare(t, fd,
				commands[i] <= BPF_MAP_LOOKUP_AND_DELETE_BATCH ? ROOM
									       : 2);
			if (commands[i] <= BPF_MAP_LOOKUP_AND_DELETE_BATCH)
				attr.batch.out_batch = PTR(token);
			if (k & 1)
				attr.batch.flags = flags[k / 2];
			else
				attr.batch.elem_flags = flags[k / 2];
			call(commands[i], &attr);
			descriptor_close(fd);
		}
	}
}

static void partial(const struct map_type *t)
{
	int fd;

	client_case("%s: a failure on the way", t->name);
	fd = filled(t, 2);
	prepare(t, fd, 4);
	call(BPF_MAP_DELETE_BATCH, &attr);
	client_lookup(fd, client_key(t, 1), 0);
	fd = filled(t, 2);
	prepare(t, fd, 4);
	attr.batch.elem_flags = BPF_EXIST;
	call(BPF_MAP_UPDATE_BATCH, &attr);
	client_lookup(fd, client_key(t, 1), 0);
	client_lookup(fd, client_key(t, 3), 0);
	fd = filled(t, 2);
	prepare(t, fd, 4);
	attr.batch.elem_flags = BPF_NOEXIST;
	call(BPF_MAP_UPDATE_BATCH, &attr);
	client_lookup(fd, client_key(t, 3), 0);
	/* The second value lies where nothing is. */
	fd = client_map(t);
	prepare(t, fd, 2);
	if (!t->value_size)
		return;
	attr.batch.values = PTR(memory_edge(descriptor_value_size(descriptor_find(fd))));
	memcpy((void *)(uintptr_t)attr.batch.values, values,
	       descriptor_value_size(descriptor_find(fd)));
	call(BPF_MAP_UPDATE_BATCH, &attr);
	client_lookup(fd, client_key(t, 0), 0);
	client_lookup(fd, client_key(t, 1), 0);
	if (!t->key_size)
		return;
	fd = filled(t, 4);
	prepare(t, fd, 4);
	attr.batch.keys = PTR(memory_edge(t->key_size));
	memcpy((void *)(uintptr_t)attr.batch.keys, keys, t->key_size);
	call(BPF_MAP_DELETE_BATCH, &attr);
}

static void positions(const struct map_type *t)
{
	static const u32 starts[] = { 0, 1, 3, 4, 5, 1000, UINT32_MAX };
	unsigned int i;
	int fd;

	client_case("%s: positions that were never given", t->name);
	fd = filled(t, 4);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		/* Where a bucket of a hash lies is its own: only the ends are sure. */
		if (t->traits & MAP_HASHED && starts[i] && starts[i] < 1000)
			continue;
		memset(token, 0, sizeof(token));
		memcpy(token, &starts[i], sizeof(starts[i]));
		transcript_add("from %u: ", starts[i]);
		read_batch(BPF_MAP_LOOKUP_BATCH, fd, ROOM, 1);
	}
}

/*
 * With as many elements as a hash holds some bucket has two of them: there is
 * no room for it in a batch of one, and the count says nothing came.
 */
static void less_than_a_bucket(const struct map_type *base)
{
	struct map_type t = *base;
	unsigned int i, k;
	const void *value;
	long result;
	int fd;

	if (!(t.traits & MAP_HASHED))
		return;
	t.max_entries = 256;
	for (k = 0; k < 2; k++) {
		client_case("%s: %s with room for less than a bucket", t.name,
			    call_name(commands[k]));
		fd = client_map(&t);
		transcript_mute(1);
		value = client_value(&t, 1);
		for (i = 0; i < 256; i++)
			client_update(fd, client_key(&t, i), value, 0);
		result = 0;
		for (i = 0; i < 512 && !result; i++)
			result = read_batch(commands[k], fd, 1, i > 0);
		transcript_mute(0);
		transcript_line("%s %s in ones until -> %s count=%u",
				call_name(commands[k]), t.name, transcript_errno(result),
				attr.batch.count);
	}
}

int main(void)
{
	const struct map_type *t;

	client_start();
	for_each_map_type(t)
	{
		counts(t);
		everything(t);
		piecewise(t);
		each_flag(t);
		partial(t);
		positions(t);
		less_than_a_bucket(t);
	}
	return 0;
}

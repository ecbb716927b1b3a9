/* SPDX-License-Identifier: BSD-2-Clause */
/* The maps that the programs of the tables name. */
#include "program.h"

#include "../btf.h"
#include "../call.h"
#include "../memory.h"
#include "../transcript.h"

#include <string.h>

#define MAP(type, key, value, max, flags)                 \
	{                                                 \
		BPF_MAP_TYPE_##type, key, value, max, flags \
	}

static const struct map_row {
	u32 type, key_size, value_size, max_entries, flags;
} rows[PROGRAM_MAPS] = {
	[MAP_ARRAY] = MAP(ARRAY, 4, 16, 2, 0),
	[MAP_HASH] = MAP(HASH, 8, 16, 4, 0),
	[MAP_PERCPU] = MAP(PERCPU_ARRAY, 4, 8, 2, 0),
	[MAP_PROGS] = MAP(PROG_ARRAY, 4, 4, 4, 0),
	[MAP_RING] = MAP(RINGBUF, 0, 0, 4096, 0),
	[MAP_QUEUE] = MAP(QUEUE, 0, 8, 4, 0),
	[MAP_TRIE] = MAP(LPM_TRIE, 8, 8, 4, BPF_F_NO_PREALLOC),
	[MAP_OUTER] = MAP(ARRAY_OF_MAPS, 4, 4, 2, 0),
	[MAP_EVENTS] = MAP(PERF_EVENT_ARRAY, 4, 4, 4, 0),
	[MAP_LRU] = MAP(LRU_HASH, 8, 16, 4, 0),
	[MAP_RODATA] = MAP(ARRAY, 4, 16, 1, BPF_F_RDONLY_PROG),
	[MAP_RDONLY] = MAP(ARRAY, 4, 16, 1, BPF_F_RDONLY_PROG),
	[MAP_WRONLY] = MAP(ARRAY, 4, 16, 1, BPF_F_WRONLY_PROG),
	[MAP_LOCKED] = MAP(ARRAY, 4, 16, 1, 0),
	[MAP_FROZEN] = MAP(ARRAY, 4, 16, 1, 0),
	[MAP_RODATA2] = MAP(ARRAY, 4, 16, 2, BPF_F_RDONLY_PROG),
	[MAP_SMALL] = MAP(ARRAY, 4, 3, 2, 0),
};

static const u8 constants[16] = {7,    0,    0,    0,	 0xff, 0xff, 0xff, 0xff,
				 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87};

static int fds[PROGRAM_MAPS];

/* A value of a number, a lock, and two numbers more. */
static int locked_types(void)
{
	static const struct btf_special lock = { "a lock", "bpf_spin_lock", 4, 4, 16, 1, 3 };
	int fd;

	transcript_mute(1);
	fd = btf_special_load(&lock);
	transcript_mute(0);
	return fd;
}

static void fill(int fd)
{
	static union attr attr;
	u32 key = 0;

	memset(&attr, 0, ATTR_SIZE);
	attr.elem.map_fd = fd;
	attr.elem.key = PTR(&key);
	attr.elem.value = PTR(constants);
	bpf_raw(BPF_MAP_UPDATE_ELEM, &attr, ATTR_SIZE);
}

static void freeze(int fd)
{
	static union attr attr;

	memset(&attr, 0, ATTR_SIZE);
	attr.elem.map_fd = fd;
	bpf_raw(BPF_MAP_FREEZE, &attr, ATTR_SIZE);
}

static int make(enum program_map map)
{
	static union attr attr;
	const struct map_row *row = &rows[map];
	int fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.create.map_type = row->type;
	attr.create.key_size = row->key_size;
	attr.create.value_size = row->value_size;
	attr.create.max_entries = row->max_entries;
	attr.create.map_flags = row->flags;
	if (map == MAP_OUTER)
		attr.create.inner_map_fd = map_set_fd(MAP_ARRAY);
	if (map == MAP_LOCKED) {
		attr.create.btf_fd = locked_types();
		attr.create.btf_key_type_id = 1;
		attr.create.btf_value_type_id = 3;
	}
	fd = bpf_raw(BPF_MAP_CREATE, &attr, ATTR_SIZE);
	if (fd < 0) {
		transcript_line("map %d: %s", map, transcript_errno(fd));
		return fd;
	}
	if (row->type == BPF_MAP_TYPE_ARRAY && row->value_size == sizeof(constants))
		fill(fd);
	if (map == MAP_RODATA || map == MAP_RODATA2 || map == MAP_FROZEN)
		freeze(fd);
	return fd;
}

int map_set_fd(enum program_map map)
{
	if (!fds[map])
		fds[map] = make(map);
	return fds[map];
}

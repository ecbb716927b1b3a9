/* SPDX-License-Identifier: BSD-2-Clause */
#include "sample.h"

#include <linux/btf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BTF_TYPES_SIZE (4 * 4 + 12 + 2 * 12)
#define BTF_STRINGS    "\0int\0pair\0a\0b"

#define WORD(w) (u8)(w), (u8)((w) >> 8), (u8)((w) >> 16), (u8)((w) >> 24)

const u8 sample_btf[] = {
	0x9f,
	0xeb,
	1,
	0,
	WORD(24),
	WORD(0),
	WORD(BTF_TYPES_SIZE),
	WORD(BTF_TYPES_SIZE),
	WORD(sizeof(BTF_STRINGS)),
	/* 1: int */
	WORD(1),
	WORD(1u << 24),
	WORD(4),
	WORD(1u << 24 | 32),
	/* 2: struct pair { int a; int b; } */
	WORD(5),
	WORD(4u << 24 | 2),
	WORD(8),
	WORD(10),
	WORD(1),
	WORD(0),
	WORD(12),
	WORD(1),
	WORD(32),
	/* strings */
	0,
	'i',
	'n',
	't',
	0,
	'p',
	'a',
	'i',
	'r',
	0,
	'a',
	0,
	'b',
	0,
};
const u32 sample_btf_size = sizeof(sample_btf);

const char *sample_path(void)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/sample", client_bpffs());
	return path;
}

int sample_btf_load(void)
{
	static union attr attr;
	int fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.btf.btf = PTR(sample_btf);
	attr.btf.size = sample_btf_size;
	fd = bpf_raw(BPF_BTF_LOAD, &attr, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	else
		transcript_line("BTF_LOAD failed: %s", transcript_errno(fd));
	return fd;
}

static const struct bpf_insn seven[] = {
	{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 7 },
	{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
};

static void sample_load(u32 type, union attr *attr)
{
	memset(attr, 0, ATTR_SIZE);
	attr->load.prog_type = type;
	attr->load.insns = PTR(seven);
	attr->load.insn_cnt = 2;
	attr->load.license = PTR("GPL");
}

int sample_program(u32 type)
{
	static union attr attr;
	int fd;

	sample_load(type, &attr);
	fd = bpf_raw(BPF_PROG_LOAD, &attr, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	else
		transcript_line("PROG_LOAD failed: %s", transcript_errno(fd));
	return fd;
}

int sample_load_as(const struct sample_kind *kind, const struct bpf_insn *insns, u32 count)
{
	static union attr attr;
	int fd;

	sample_attr(BPF_PROG_LOAD, NULL, -1, &attr);
	attr.load.prog_type = kind->type;
	attr.load.expected_attach_type = kind->attach;
	attr.load.prog_flags = kind->flags;
	attr.load.insns = PTR(insns);
	attr.load.insn_cnt = count;
	fd = bpf_raw(BPF_PROG_LOAD, &attr, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	else
		transcript_line("PROG_LOAD%s%s -> %s", kind->name ? " " : "",
				kind->name ? kind->name : "", transcript_errno(fd));
	return fd;
}

/* The program that commands on programs get; it lives as long as this process. */
static int lasting_program(void)
{
	static union attr attr;
	static int fd = -1;

	if (fd < 0) {
		sample_load(BPF_PROG_TYPE_SOCKET_FILTER, &attr);
		fd = bpf_raw(BPF_PROG_LOAD, &attr, ATTR_SIZE);
	}
	return fd;
}

static void sample_run(union attr *attr)
{
	static const u8 packet[64] = { 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 8, 0, 0x45 };

	attr->run.prog_fd = lasting_program();
	attr->run.data_in = PTR(packet);
	attr->run.data_size_in = sizeof(packet);
	attr->run.data_out = PTR(client_room());
	attr->run.data_size_out = 256;
}

static int is_kernel_btf(int fd)
{
	static union attr attr;
	struct btf_info info = {};

	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	return !bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE) && info.kernel_btf;
}

int sample_kernel_btf(void)
{
	static union attr attr;
	u32 id = 0;
	int fd;

	for (;;) {
		memset(&attr, 0, ATTR_SIZE);
		attr.id.id = id;
		if (bpf_raw(BPF_BTF_GET_NEXT_ID, &attr, ATTR_SIZE))
			return -1;
		id = attr.id.next_id;
		memset(&attr, 0, ATTR_SIZE);
		attr.id.id = id;
		fd = bpf_raw(BPF_BTF_GET_FD_BY_ID, &attr, ATTR_SIZE);
		if (fd >= 0 && is_kernel_btf(fd)) {
			descriptor_add(fd);
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
}

int sample_map(const struct map_type *t)
{
	static union attr attr;
	int fd = client_map(t);

	memset(&attr, 0, ATTR_SIZE);
	attr.elem.map_fd = fd;
	attr.elem.key = PTR(client_key(t, 1));
	attr.elem.value = PTR(client_value(t, 1));
	bpf_raw(BPF_MAP_UPDATE_ELEM, &attr, ATTR_SIZE);
	return fd;
}

static void sample_batch(int command, const struct map_type *t, int map, union attr *attr)
{
	static u8 keys[4096], values[65536], token[4096];

	memset(keys, 0xee, sizeof(keys));
	memset(values, 0xee, sizeof(values));
	if (t->key_size)
		memcpy(keys, client_key(t, 1), t->key_size);
	if (command == BPF_MAP_UPDATE_BATCH)
		memcpy(values, client_value(t, 1), 4096);
	attr->batch.map_fd = map;
	attr->batch.keys = PTR(keys);
	attr->batch.values = PTR(values);
	attr->batch.count = 1;
	if (command == BPF_MAP_LOOKUP_BATCH ||
	    command == BPF_MAP_LOOKUP_AND_DELETE_BATCH) {
		attr->batch.out_batch = PTR(token);
		attr->batch.count = 64;
	}
}

static void sample_pin(int command, int map, union attr *attr)
{
	unlink(sample_path());
	attr->obj.pathname = PTR(sample_path());
	attr->obj.bpf_fd = map;
	if (command == BPF_OBJ_PIN)
		return;
	bpf_raw(BPF_OBJ_PIN, attr, sizeof(attr->obj));
	attr->obj.bpf_fd = 0;
}

static void sample_elem(int command, const struct map_type *t, int map, union attr *attr)
{
	attr->elem.map_fd = map;
	if (command == BPF_MAP_FREEZE)
		return;
	attr->elem.key = PTR(client_key(t, 1));
	if (command == BPF_MAP_UPDATE_ELEM)
		attr->elem.value = PTR(client_value(t, 2));
	else if (command != BPF_MAP_DELETE_ELEM)
		attr->elem.value = PTR(client_room());
}

static void sample_btf_attr(union attr *attr)
{
	attr->btf.btf = PTR(sample_btf);
	attr->btf.size = sample_btf_size;
}

static void sample_info(int map, union attr *attr)
{
	attr->info.bpf_fd = map;
	attr->info.info_len = sizeof(struct map_info);
	attr->info.info = PTR(memset(client_room(), 0, sizeof(struct map_info)));
}

void sample_attr(int command, const struct map_type *t, int map, union attr *attr)
{
	if (command == BPF_MAP_CREATE) {
		client_create_attr(t, attr);
		return;
	}
	memset(attr, 0, ATTR_SIZE);
	switch (command) {
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		sample_pin(command, map, attr);
		break;
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
		attr->id.id = client_id(map);
		break;
	case BPF_PROG_GET_NEXT_ID: /* whether there are programs is not ours to say */
		attr->id.id = 0x7ffffff0;
		break;
	case BPF_MAP_GET_NEXT_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_ENABLE_STATS:
		break;
	case BPF_OBJ_GET_INFO_BY_FD:
		sample_info(map, attr);
		break;
	case BPF_BTF_LOAD:
		sample_btf_attr(attr);
		break;
	case BPF_PROG_LOAD:
		sample_load(BPF_PROG_TYPE_SOCKET_FILTER, attr);
		break;
	case BPF_PROG_TEST_RUN:
		sample_run(attr);
		break;
	case BPF_PROG_GET_FD_BY_ID:
		attr->id.id = client_id(lasting_program());
		break;
	case BPF_PROG_BIND_MAP:
		attr->bind.prog_fd = lasting_program();
		attr->bind.map_fd = map;
		break;
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		sample_batch(command, t, map, attr);
		break;
	default:
		sample_elem(command, t, map, attr);
		break;
	}
}

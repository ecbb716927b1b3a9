/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs as objects: ids, descriptors, pins, info, what they keep alive and
 * what keeps them. Other processes have programs, too: only our own are told.
 */
#include "path.h"
#include "programs/insn.h"
#include "sample.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pass_fd.h"

static union attr attr;
static u8 room[8192];

static const struct bpf_insn one[] = { MOVI(R0, 1), EXIT };

static int load_of(u32 type, const struct bpf_insn *insns, u32 count)
{
	const struct sample_kind kind = { .type = type };

	return sample_load_as(&kind, insns, count);
}

static int load(void)
{
	return load_of(BPF_PROG_TYPE_SOCKET_FILTER, one, ARRAY_SIZE(one));
}

/* A program that names a map. */
static int load_with(int map)
{
	const struct bpf_insn insns[] = { LD64_OF(R1, BPF_PSEUDO_MAP_FD, map, 0),
					  MOVI(R0, 1), EXIT };

	return load_of(BPF_PROG_TYPE_SOCKET_FILTER, insns, ARRAY_SIZE(insns));
}

static long by_id(u32 id, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	attr.id.open_flags = flags;
	return call(BPF_PROG_GET_FD_BY_ID, &attr);
}

static long next_id(u32 id)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	return bpf_raw(BPF_PROG_GET_NEXT_ID, &attr, ATTR_SIZE);
}

/* Does the walk meet the id, and does it ascend? */
static void walk(u32 start, u32 wanted)
{
	u32 id = start, found = 0, ascends = 1;
	long result;

	while (!(result = next_id(id))) {
		ascends &= attr.id.next_id > id;
		id = attr.id.next_id;
		found |= id == wanted;
	}
	transcript_line("PROG_GET_NEXT_ID - walk -> %s: found %s, ascends %s",
			transcript_errno(result), found ? "yes" : "no",
			ascends ? "yes" : "no");
}

static void ids(void)
{
	static const u32 odd[] = { 0, 0x7ffffffe, 0x7fffffff, 0x80000000, UINT32_MAX };
	static const u32 flags[] = { 1, 8, 16, 24, 1 << 16, 1u << 31 };
	unsigned int i;
	u32 id;
	int fd, second;

	client_case("a program's id");
	fd = load();
	id = client_id(fd);
	walk(0, id);
	walk(id - 1, id);
	walk(id, id);
	second = by_id(id, 0);
	client_info(second);
	transcript_line("close-on-exec %d", fcntl(second, F_GETFD) & FD_CLOEXEC ? 1 : 0);
	descriptor_close(fd);
	by_id(id, 0);
	descriptor_close_all();
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
	walk(0, id);
	client_case("ids and flags that are not there");
	for (i = 0; i < ARRAY_SIZE(odd); i++)
		by_id(odd[i], 0);
	id = client_id(load());
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		by_id(id, flags[i]);
		by_id(UINT32_MAX, flags[i]);
	}
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	attr.id.next_id = 7;
	call(BPF_PROG_GET_FD_BY_ID, &attr);
}

/* Each way in which a process may hold a program. */
static void holders(void)
{
	int fd, copy, pair[2];
	pid_t child;
	u32 id;

	client_case("a copy holds it");
	fd = load();
	id = client_id(fd);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 300);
	descriptor_add(copy);
	descriptor_close(fd);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	descriptor_close(copy);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);

	client_case("a descriptor in flight holds it");
	fd = load();
	id = client_id(fd);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		abort();
	pass_fd_send(pair[0], fd);
	descriptor_close(fd);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	fd = pass_fd_receive(pair[1]);
	descriptor_add(fd);
	client_info(fd);
	descriptor_close(fd);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
	close(pair[0]);
	close(pair[1]);

	client_case("a child that is killed lets go");
	fd = load();
	id = client_id(fd);
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	descriptor_close(fd);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	kill(child, SIGKILL);
	client_wait(child);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
}

static long pin(int fd, const char *name, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path_below(name));
	attr.obj.bpf_fd = fd;
	attr.obj.file_flags = flags;
	return call(BPF_OBJ_PIN, &attr);
}

static long get(const char *name, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path_below(name));
	attr.obj.file_flags = flags;
	return call(BPF_OBJ_GET, &attr);
}

static void pins(void)
{
	static const u32 flags[] = { BPF_F_RDONLY, BPF_F_WRONLY,
				     BPF_F_RDONLY | BPF_F_WRONLY, 1 };
	unsigned int i;
	int fd;
	u32 id;

	client_case("a pin holds it");
	fd = load();
	id = client_id(fd);
	pin(fd, "prog", 0);
	pin(fd, "prog", 0);
	pin(fd, "other", 8);
	pin(fd, "with.dot", 0);
	path_stat("prog");
	descriptor_close(fd);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	fd = get("prog", 0);
	client_info(fd);
	descriptor_close(fd);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		descriptor_close(get("prog", flags[i]));
	path_rename("prog", "moved");
	descriptor_close(get("prog", 0));
	descriptor_close(get("moved", 0));
	path_chmod("moved", 0400);
	descriptor_close(get("moved", 0));
	descriptor_close(get("moved", BPF_F_RDONLY));
	path_chmod("moved", 0);
	descriptor_close(get("moved", BPF_F_RDONLY));
	path_unlink("moved");
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
}

static void info_with(int fd, struct prog_info *info, u32 len)
{
	long result;

	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = len;
	attr.info.info = PTR(info);
	result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
	transcript_line("OBJ_GET_INFO_BY_FD - len=%u -> %s len=%u", len,
			transcript_errno(result), attr.info.info_len);
}

static void info_lengths(void)
{
	static const u32 all[] = { 0,	1,   4,	  8,	16,   32,  64,	104,
				   128, 160, 192, 208,	216,  220, 224, 228,
				   232, 240, 256, 4096, 4097, 8192 };
	struct prog_info *info = (struct prog_info *)room;
	unsigned int i;
	int fd;

	client_case("lengths of the info");
	fd = load();
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		memset(room, 0, sizeof(room));
		info_with(fd, info, all[i]);
	}
	client_case("a byte is set behind what is known");
	fd = load();
	for (i = 220; i < 260; i += 4) {
		memset(room, 0, sizeof(room));
		room[i] = 1;
		info_with(fd, info, 256);
		if (i < 232)
			info_with(fd, info, 232);
	}
}

/* Ids of maps by their symbols, as many as there was room for. */
static void map_ids(int fd, u32 count)
{
	static u32 list[8];
	struct prog_info info = {};
	long result;
	u32 i;

	memset(list, 0xee, sizeof(list));
	info.nr_map_ids = count;
	info.map_ids = PTR(list);
	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
	transcript_add("map ids of %s, room for %u -> %s %u:", descriptor_name(fd), count,
		       transcript_errno(result), info.nr_map_ids);
	for (i = 0; i < 4; i++)
		if (list[i] != 0xeeeeeeee)
			transcript_add(" %s", transcript_symbol("id", list[i]));
	transcript_end();
}

static void instructions(int fd, u32 size, u64 to)
{
	struct prog_info info = {};
	long result;

	memset(room, 0xee, sizeof(room));
	info.xlated_prog_len = size;
	info.xlated_prog_insns = to;
	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
	transcript_add("instructions of %s, room for %u -> %s %u ", descriptor_name(fd),
		       size, transcript_errno(result), info.xlated_prog_len);
	transcript_bytes(room, 32);
	transcript_end();
}

static void arrays(void)
{
	int fd, first, second;
	u32 i;

	client_case("the maps of a program");
	first = client_map(client_type("ARRAY"));
	second = client_map(client_type("HASH"));
	{
		const struct bpf_insn insns[] = {
			LD64_OF(R1, BPF_PSEUDO_MAP_FD, second, 0),
			LD64_OF(R1, BPF_PSEUDO_MAP_FD, first, 0),
			LD64_OF(R1, BPF_PSEUDO_MAP_FD, second, 0), MOVI(R0, 1), EXIT
		};

		fd = load_of(BPF_PROG_TYPE_SOCKET_FILTER, insns, ARRAY_SIZE(insns));
	}
	client_info(first);
	client_info(second);
	for (i = 0; i < 4; i++)
		map_ids(fd, i);
	client_case("the instructions of a program");
	fd = load();
	for (i = 0; i <= 32; i += 8)
		instructions(fd, i, PTR(room));
	instructions(fd, 5, PTR(room));
	instructions(fd, 16, memory_bad(BAD_UNMAPPED));
	instructions(fd, 16, 0);
}

/* Wrong sizes of records are refused, whether there are any or not. */
static void record_sizes(void)
{
	static const u32 all[] = { 0, 4, 8, 16, 24 };
	struct prog_info info;
	unsigned int i, k;
	int fd;

	client_case("sizes of records");
	fd = load();
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (k = 0; k < 4; k++) {
			memset(&info, 0, sizeof(info));
			info.nr_func_info = k == 0;
			info.nr_line_info = k == 1;
			if (k == 0 || k == 2)
				info.func_info_rec_size = all[i];
			else
				info.line_info_rec_size = all[i];
			transcript_add("case %u size %u: ", k, all[i]);
			info_with(fd, &info, sizeof(info));
		}
	}
}

static void fdinfo(int fd)
{
	static const char *const told[] = { "flags",	     "prog_type",
					    "prog_tag",	     "run_time_ns",
					    "run_cnt",	     "recursion_misses",
					    "verified_insns" };
	char path[64], line[256];
	unsigned int i;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		abort();
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		for (i = 0; i < ARRAY_SIZE(told); i++)
			if (!strncmp(line, told[i], strlen(told[i])) &&
			    line[strlen(told[i])] == ':')
				transcript_line("fdinfo %s", line);
	}
	fclose(file);
}

static void fdinfos(void)
{
	static const u32 types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP,
				     BPF_PROG_TYPE_KPROBE };
	unsigned int i;
	int fd;

	client_case("fdinfo");
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		fd = load_of(types[i], one, ARRAY_SIZE(one));
		fdinfo(fd);
	}
}

static void keeps_maps(void)
{
	int fd, map;
	u32 id;

	client_case("a program keeps its map");
	map = client_map(client_type("ARRAY"));
	id = client_id(map);
	fd = load_with(map);
	descriptor_close(map);
	client_lives(BPF_MAP_GET_FD_BY_ID, id);
	map_ids(fd, 4);
	descriptor_close(fd);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);

	client_case("a pinned program keeps its map");
	map = client_map(client_type("ARRAY"));
	id = client_id(map);
	fd = load_with(map);
	pin(fd, "keeper", 0);
	descriptor_close(map);
	descriptor_close(fd);
	client_lives(BPF_MAP_GET_FD_BY_ID, id);
	path_unlink("keeper");
	client_gone(BPF_MAP_GET_FD_BY_ID, id);

	client_case("a refused program keeps nothing");
	map = client_map(client_type("ARRAY"));
	id = client_id(map);
	{
		const struct bpf_insn insns[] = { LD64_OF(R1, BPF_PSEUDO_MAP_FD, map, 0),
						  EXIT };

		load_of(BPF_PROG_TYPE_SOCKET_FILTER, insns, ARRAY_SIZE(insns));
	}
	descriptor_close(map);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
}

static long bind_map(int prog, int map, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.bind.prog_fd = prog;
	attr.bind.map_fd = map;
	attr.bind.flags = flags;
	return call(BPF_PROG_BIND_MAP, &attr);
}

static void binding(void)
{
	unsigned int i;
	int fd, map;
	u32 id;

	client_case("a map is bound to a program");
	fd = load();
	map = client_map(client_type("HASH"));
	id = client_id(map);
	bind_map(fd, map, 0);
	bind_map(fd, map, 0);
	bind_map(fd, map, 1);
	map_ids(fd, 4);
	for (i = 0; i < WRONG_COUNT; i++) {
		bind_map(descriptor_wrong(i), map, 0);
		bind_map(fd, descriptor_wrong(i), 0);
	}
	bind_map(map, fd, 0);
	bind_map(fd, fd, 0);
	bind_map(fd, sample_btf_load(), 0);
	descriptor_close(map);
	client_lives(BPF_MAP_GET_FD_BY_ID, id);
	descriptor_close(fd);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
	client_case("maps of each type are bound");
	fd = load();
	for (i = 0; i < MAP_TYPES; i++)
		bind_map(fd, client_map(&map_types[i]), 0);
	client_info(fd);
}

/* Commands on maps, given a program. */
static void wrong_kind(void)
{
	unsigned int i;
	int fd, offset;

	client_case("a program where a map should be");
	fd = load();
	for (i = 0; i < call_command_count; i++) {
		offset = call_descriptor_offset(call_commands[i]);
		if (offset < 0 || call_commands[i] == BPF_OBJ_GET_INFO_BY_FD)
			continue;
		sample_attr(call_commands[i], client_type("ARRAY"),
			    client_map(client_type("ARRAY")), &attr);
		memcpy(attr.bytes + offset, &fd, sizeof(fd));
		call(call_commands[i], &attr);
		unlink(sample_path());
	}
}

int main(void)
{
	client_start();
	ids();
	holders();
	pins();
	info_lengths();
	arrays();
	record_sizes();
	fdinfos();
	keeps_maps();
	binding();
	wrong_kind();
	return 0;
}

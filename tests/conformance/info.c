/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OBJ_GET_INFO_BY_FD: every length, what comes back for each type, and what
 * /proc/self/fdinfo says beside it.
 */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static union attr attr;
static u8 room[8192];

/* Of a descriptor: how many bytes came, and whether what follows is untouched. */
static void lengths(const char *what, int fd)
{
	static const u32 all[] = {0,   1,   4,	 7,   8,    31,	  32,  33,
				  40,  64,  72,	 80,  88,   96,	  100, 103,
				  104, 105, 112, 200, 4096, 4097, 8192};
	unsigned int i;
	long result;

	client_case("%s: lengths", what);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		memset(&attr, 0, ATTR_SIZE);
		memset(room, 0, sizeof(room));
		attr.info.bpf_fd = fd;
		attr.info.info_len = all[i];
		attr.info.info = PTR(room);
		result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
		transcript_line("OBJ_GET_INFO_BY_FD %s len=%u of zeros -> %s len=%u",
				what, all[i], transcript_errno(result),
				attr.info.info_len);
	}
}

/* Bytes beyond what the system knows must be zero; those before may be anything. */
static void tails(const char *what, int fd, u32 known)
{
	static const u32 all[] = { 8, 32, 40, 80, 104, 112, 200, 4096 };
	unsigned int i, at;
	long result;

	client_case("%s: bytes already there", what);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (at = 0; at < 3; at++) {
			memset(&attr, 0, ATTR_SIZE);
			memset(room, 0, sizeof(room));
			/* A BTF object's are pointers to what to fill: not these. */
			room[at == 0 ? all[i] : at == 1 ? all[i] - 1 : known] = 1;
			attr.info.bpf_fd = fd;
			attr.info.info_len = all[i];
			attr.info.info = PTR(room);
			result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
			transcript_line(
				"OBJ_GET_INFO_BY_FD %s len=%u byte %u set -> %s len=%u",
				what, all[i],
				at == 0	  ? all[i]
				: at == 1 ? all[i] - 1
					  : known,
				transcript_errno(result), attr.info.info_len);
		}
	}
}

/* The info over bytes of the client: the hash's address and size are asked, not told. */
static long info_over(int fd, int byte)
{
	memset(&attr, 0, ATTR_SIZE);
	memset(room, byte, sizeof(struct map_info));
	memset(room + offsetof(struct map_info, hash), 0, 16);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(struct map_info);
	attr.info.info = PTR(room);
	return bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
}

/* Which of the client's bytes stay what they were, whatever they were? */
static void overwritten(const struct map_type *t)
{
	u8 first[sizeof(struct map_info)];
	unsigned int i, from = 0;
	int fd;

	client_case("%s: bytes of the client that stay", t->name);
	fd = client_map(t);
	info_over(fd, 0xa5);
	memcpy(first, room, sizeof(first));
	transcript_line("OBJ_GET_INFO_BY_FD %s -> %s", t->name,
			transcript_errno(info_over(fd, 0x5a)));
	for (i = 0; i <= sizeof(first); i++) {
		if (i < sizeof(first) && first[i] == 0xa5 && room[i] == 0x5a)
			continue;
		if (from < i)
			transcript_line("# untouched: bytes %u to %u", from, i - 1);
		from = i + 1;
	}
}

static void exclusive_hash(void)
{
	static u8 hash[64], back[64];
	static const u32 sizes[] = { 0, 1, 31, 32, 33, 64 };
	struct map_info info;
	unsigned int i;
	int fd;

	client_case("hash of the program that a map is exclusive to");
	for (i = 0; i < 32; i++)
		hash[i] = i + 1;
	client_create_attr(client_type("ARRAY"), &attr);
	attr.create.excl_prog_hash = PTR(hash);
	attr.create.excl_prog_hash_size = 32;
	fd = call(BPF_MAP_CREATE, &attr);
	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		memset(&attr, 0, ATTR_SIZE);
		memset(&info, 0, sizeof(info));
		memset(back, 0, sizeof(back));
		info.hash = i & 1 ? PTR(back) : 0;
		info.hash_size = sizes[i / 2];
		attr.info.bpf_fd = fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = PTR(&info);
		transcript_add("hash %s size %u: ", i & 1 ? "set" : "NULL", sizes[i / 2]);
		call(BPF_OBJ_GET_INFO_BY_FD, &attr);
		transcript_add("came: ");
		transcript_bytes(back, sizeof(back));
		transcript_end();
	}
	client_update(fd, client_key(client_type("ARRAY"), 0),
		      client_value(client_type("ARRAY"), 1), 0);
}

/* The BTF's bytes and name come back through pointers in the info. */
static void btf_data(void)
{
	static const u32 sizes[] = { 0, 1, 24, 89, 90, 91, 4096 };
	struct btf_info info;
	unsigned int i;
	int fd;

	client_case("data of a BTF object");
	fd = sample_btf_load();
	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		memset(&attr, 0, ATTR_SIZE);
		memset(&info, 0, sizeof(info));
		memset(room, 0, sizeof(room));
		info.btf = i & 1 ? memory_bad(BAD_UNMAPPED) : PTR(room);
		info.btf_size = sizes[i / 2];
		attr.info.bpf_fd = fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = PTR(&info);
		transcript_add("data %s size %u: ", i & 1 ? "unmapped" : "set",
			       sizes[i / 2]);
		call(BPF_OBJ_GET_INFO_BY_FD, &attr);
		transcript_add("came: ");
		transcript_bytes(room, 128);
		transcript_end();
	}
	for (i = 0; i < 6; i++) {
		memset(&info, 0, sizeof(info));
		memset(room, 0x7e, 16);
		info.name = i & 1 ? PTR(room) : 0;
		info.name_len = (const u32[]){ 0, 1, 16 }[i / 2];
		transcript_add("name %s len %u: ", i & 1 ? "set" : "NULL", info.name_len);
		call(BPF_OBJ_GET_INFO_BY_FD, &attr);
		transcript_add("came: ");
		transcript_bytes(room, 16);
		transcript_end();
	}
}

static int starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Where it is, what it takes and which inode it has differ from run to run. */
static void fdinfo_line(char *text)
{
	static const char *const left_out[] = { "ino:", "mnt_id:", "memlock:" };
	unsigned int i;
	char *space;

	for (i = 0; i < ARRAY_SIZE(left_out); i++) {
		if (starts_with(text, left_out[i])) {
			transcript_line("  %s ...", left_out[i]);
			return;
		}
	}
	text[strcspn(text, "\n")] = 0;
	space = strchr(text, '\t');
	if (space)
		*space = ' ';
	if (space && (starts_with(text, "map_id:") || starts_with(text, "btf_id:"))) {
		*space = 0;
		transcript_line("  %s %s", text,
				transcript_symbol("id", atoi(space + 1)));
		return;
	}
	transcript_line("  %s", text);
}

static void fdinfo(const char *what, int fd)
{
	char path[48], text[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	transcript_line("fdinfo %s -> %s", what, transcript_errno(file ? 0 : errno));
	if (!file)
		return;
	while (fgets(text, sizeof(text), file))
		fdinfo_line(text);
	fclose(file);
}

static void proc_link(int fd)
{
	char path[48];
	char text[128] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, text, sizeof(text) - 1) < 0)
		transcript_line("readlink -> %s", transcript_errno(errno));
	else
		transcript_line("readlink -> %s", strstr(text, "bpf-map")
							  ? "...bpf-map..."
						  : strstr(text, "btf") ? "...btf..."
									: text);
	transcript_line("close-on-exec %s, access mode %x",
			fcntl(fd, F_GETFD) & FD_CLOEXEC ? "yes" : "no",
			fcntl(fd, F_GETFL) & O_ACCMODE);
}

static void described(const struct map_type *t)
{
	int fd;

	client_case("%s: as /proc has it", t->name);
	fd = client_map(t);
	client_info(fd);
	proc_link(fd);
	fdinfo(t->name, fd);
	if (t->type != BPF_MAP_TYPE_ARRAY)
		return;
	client_freeze(fd);
	fdinfo("frozen", fd);
	fd = client_map_with(t, BPF_F_RDONLY);
	proc_link(fd);
	fdinfo("for reading", fd);
	fd = client_map_with(t, BPF_F_WRONLY);
	proc_link(fd);
}

int main(void)
{
	const struct map_type *t;
	int map, btf;

	client_start();
	for_each_map_type(t)
	{
		described(t);
		overwritten(t);
	}
	client_case("a map's info and a BTF object's");
	map = dup(client_map(client_type("HASH")));
	btf = dup(sample_btf_load());
	lengths("HASH", map);
	lengths("-", btf);
	tails("HASH", map, sizeof(struct map_info));
	tails("-", btf, sizeof(struct btf_info));
	close(map);
	close(btf);
	exclusive_hash();
	btf_data();
	client_case("a BTF object as /proc has it");
	btf = sample_btf_load();
	proc_link(btf);
	fdinfo("BTF", btf);
	return 0;
}

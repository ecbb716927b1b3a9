/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps in the client's memory: which may be mapped, where, how; what writes
 * through a mapping do; freezing under one.
 */
#include "mapping.h"
#include "sample.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096
#define RW   (PROT_READ | PROT_WRITE)
#define RX   (PROT_READ | PROT_EXEC)

static int array(u32 value_size, u32 max_entries, u32 flags)
{
	struct map_type t = *client_type("ARRAY");

	t.value_size = value_size;
	t.max_entries = max_entries;
	return client_map_with(&t, BPF_F_MMAPABLE | flags);
}

static void every_type(void)
{
	const struct map_type *t;
	int fd;

	for_each_map_type(t)
	{
		client_case("%s: mapped", t->name);
		fd = client_map(t);
		mapping_try(fd, PAGE, PROT_READ, MAP_SHARED, 0);
		mapping_try(fd, PAGE, RW, MAP_SHARED, 0);
		mapping_try(fd, PAGE, PROT_READ, MAP_PRIVATE, 0);
		mapping_try(fd, PAGE, RW, MAP_PRIVATE, 0);
	}
}

static void protections(const char *what, u32 flags)
{
	static const int all[] = {PROT_NONE, PROT_READ, PROT_WRITE,    RW,
				  PROT_EXEC, RX,	RW | PROT_EXEC};
	unsigned int i;
	int fd;

	client_case("%s: protections", what);
	fd = array(8, 4, flags);
	for (i = 0; i < ARRAY_SIZE(all); i++)
		mapping_try(fd, PAGE, all[i], MAP_SHARED, 0);
	for (i = 0; i < ARRAY_SIZE(all); i++)
		mapping_try(fd, PAGE, all[i], MAP_PRIVATE, 0);
	mapping_try(fd, PAGE, RW, MAP_SHARED_VALIDATE, 0);
	mapping_try(fd, PAGE, RW, MAP_SHARED | MAP_POPULATE, 0);
}

static void all_protections(void)
{
	protections("array", 0);
	protections("array for reading", BPF_F_RDONLY);
	protections("array for writing", BPF_F_WRONLY);
	protections("array that programs only read", BPF_F_RDONLY_PROG);
	protections("array that programs only write", BPF_F_WRONLY_PROG);
}

static void ranges(void)
{
	static const struct {
		size_t size;
		off_t offset;
	} rows[] = {
		{ 1, 0 },		  { PAGE, 0 },	     { PAGE + 1, 0 },
		{ 2 * PAGE, 0 },	  { 2 * PAGE + 1, 0 }, { 3 * PAGE, 0 },
		{ PAGE, PAGE },	  { PAGE, 2 * PAGE },  { 2 * PAGE, PAGE },
		{ PAGE, 1l << 40 }, { 1l << 40, 0 },     { 0, 0 },
	};
	unsigned int i;
	int fd;

	client_case("ranges of an array of one page and a bit");
	fd = array(1000, 5, 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		mapping_try(fd, rows[i].size, RW, MAP_SHARED, rows[i].offset);
	client_case("ranges of an array of a few bytes");
	fd = array(1, 1, 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		mapping_try(fd, rows[i].size, RW, MAP_SHARED, rows[i].offset);
}

/* The same bytes by bpf(2) and through memory, in both directions. */
static void contents(void)
{
	const u32 value_size = 12;
	u32 key = 1, i;
	u8 value[16], *bytes;
	int fd, again;

	client_case("contents");
	fd = array(value_size, 4, 0);
	memset(value, 0x11, sizeof(value));
	client_update(fd, &key, value, 0);
	bytes = mapping_new(fd, PAGE, RW, MAP_SHARED, 0);
	if (!bytes)
		return;
	for (i = 0; i < 4; i++) {
		transcript_add("element %u: ", i);
		transcript_bytes(bytes + i * 16, 16);
		transcript_end();
	}
	transcript_line("behind the last: %s", mapping_read(bytes + PAGE - 1));
	memset(bytes + 32, 0x22, 16);
	key = 2;
	client_lookup(fd, &key, 0);
	memset(bytes + PAGE - 16, 0x33, 16);
	again = dup(fd);
	descriptor_close(fd);
	descriptor_add(again);
	client_lookup(again, &key, 0);
	descriptor_close(again);
	transcript_add("after the last descriptor: ");
	transcript_bytes(bytes + 32, 16);
	transcript_end();
	bytes[32] = 0x44;
	transcript_line("written: %02x", bytes[32]);
	mapping_free(bytes, PAGE);
}

static void shared_with_child(void)
{
	u32 key = 0;
	u8 *bytes;
	int fd;
	pid_t child;

	client_case("shared with a child");
	fd = array(8, 4, 0);
	bytes = mapping_new(fd, PAGE, RW, MAP_SHARED, 0);
	if (!bytes)
		return;
	child = fork();
	if (!child) {
		memset(bytes, 0x55, 8);
		_exit(0);
	}
	client_wait(child);
	client_lookup(fd, &key, 0);
	mapping_free(bytes, PAGE);
}

static void freezing(void)
{
	u8 *bytes, *reader;
	int fd;

	client_case("frozen under mappings");
	fd = array(8, 4, 0);
	bytes = mapping_new(fd, PAGE, RW, MAP_SHARED, 0);
	reader = mapping_new(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	if (!bytes || !reader)
		return;
	client_freeze(fd);
	mapping_protect(bytes, PAGE, PROT_READ);
	client_freeze(fd);
	mapping_free(bytes, PAGE);
	client_freeze(fd);
	client_freeze(fd);
	transcript_line("read: %s", mapping_read(reader));
	mapping_protect(reader, PAGE, RW);
	transcript_line("write: %s", mapping_write(reader));
	mapping_free(reader, PAGE);
	mapping_try(fd, PAGE, RW, MAP_SHARED, 0);
	mapping_try(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	mapping_try(fd, PAGE, RW, MAP_PRIVATE, 0);
	client_update(fd, &(u32){ 0 }, client_value(client_type("ARRAY"), 1), 0);
}

static void frozen_under_another(void)
{
	u8 *bytes;
	pid_t child;
	int fd;

	client_case("frozen under a mapping of another process");
	fd = array(8, 4, 0);
	bytes = mapping_new(fd, PAGE, RW, MAP_SHARED, 0);
	if (!bytes)
		return;
	child = fork();
	if (!child) {
		for (;;)
			pause();
	}
	mapping_free(bytes, PAGE);
	client_freeze(fd);
	kill(child, SIGKILL);
	client_wait(child);
	client_freeze(fd);
}

/* Part of a mapping counts like all of it. */
static void partial_unmap(void)
{
	u8 *bytes;
	int fd;

	client_case("frozen under a part of a mapping");
	fd = array(4096, 4, 0);
	bytes = mapping_new(fd, 4 * PAGE, RW, MAP_SHARED, 0);
	if (!bytes)
		return;
	mapping_free(bytes, PAGE);
	client_freeze(fd);
	mapping_free(bytes + 2 * PAGE, PAGE);
	client_freeze(fd);
	mapping_free(bytes + PAGE, PAGE);
	client_freeze(fd);
	mapping_free(bytes + 3 * PAGE, PAGE);
	client_freeze(fd);
}

static void protecting(void)
{
	u8 *bytes;
	int fd;

	client_case("protection changed later");
	fd = array(8, 4, 0);
	bytes = mapping_new(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	if (!bytes)
		return;
	mapping_protect(bytes, PAGE, RW);
	mapping_protect(bytes, PAGE, RX);
	mapping_protect(bytes, PAGE, PROT_NONE);
	mapping_free(bytes, PAGE);
	client_case("protection changed later, read-only");
	fd = array(8, 4, BPF_F_RDONLY);
	bytes = mapping_new(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	if (!bytes)
		return;
	mapping_protect(bytes, PAGE, RW);
	mapping_free(bytes, PAGE);
}

static void opened_again(void)
{
	static const u32 flags[] = { 0, BPF_F_RDONLY, BPF_F_WRONLY };
	static union attr attr;
	unsigned int i;
	int fd, again;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		client_case("opened again with flags %x", flags[i]);
		fd = array(8, 4, 0);
		sample_attr(BPF_MAP_GET_FD_BY_ID, client_type("ARRAY"), fd, &attr);
		attr.id.open_flags = flags[i];
		again = call(BPF_MAP_GET_FD_BY_ID, &attr);
		mapping_try(again, PAGE, PROT_READ, MAP_SHARED, 0);
		mapping_try(again, PAGE, RW, MAP_SHARED, 0);
		mapping_try(again, PAGE, PROT_WRITE, MAP_SHARED, 0);
		mapping_try(again, PAGE, PROT_READ, MAP_PRIVATE, 0);
	}
}

int main(void)
{
	client_start();
	every_type();
	all_protections();
	ranges();
	contents();
	shared_with_child();
	protecting();
	opened_again();
	partial_unmap();
	freezing();
	frozen_under_another();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring buffers of both directions: sizes, each range and protection of their
 * pages, positions at the start.
 */
#include "mapping.h"
#include "client.h"

#include <string.h>
#include <unistd.h>

#define PAGE 4096
#define RW   (PROT_READ | PROT_WRITE)

static const char *const names[] = { "RINGBUF", "USER_RINGBUF" };

static int ring(const char *name, u32 size)
{
	struct map_type t = *client_type(name);

	t.max_entries = size;
	return client_map(&t);
}

static void sizes(const char *name)
{
	static const u32 all[] = {0,	1,     2048,  4095,  4096,    4097,   6144,
				  8192, 12288, 16384, 65536, 1 << 20, 3 << 20};
	struct map_type t = *client_type(name);
	union attr attr;
	unsigned int i;
	int fd;

	client_case("%s: sizes", name);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		t.max_entries = all[i];
		client_create_attr(&t, &attr);
		fd = call(BPF_MAP_CREATE, &attr);
		if (fd >= 0)
			client_info(fd);
		descriptor_close(fd);
	}
}

static void ranges(const char *name, u32 size)
{
	static const int protections[] = {PROT_NONE, PROT_READ, PROT_WRITE, RW,
					  PROT_READ | PROT_EXEC};
	const size_t all = 2 * PAGE + 2 * (size_t)size;
	unsigned int i, flags;
	size_t length;
	off_t offset;
	int fd = ring(name, size);

	for (flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
		for (i = 0; i < ARRAY_SIZE(protections); i++) {
			for (offset = 0; offset <= (off_t)all; offset += PAGE)
				for (length = PAGE; length + offset <= all + PAGE;
				     length += PAGE)
					mapping_try(fd, length, protections[i], flags,
						    offset);
		}
	}
}

static void changed_later(const char *name)
{
	u8 *bytes;
	int fd;

	client_case("%s: protection changed later", name);
	fd = ring(name, PAGE);
	bytes = mapping_new(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	if (bytes) {
		mapping_protect(bytes, PAGE, RW);
		mapping_free(bytes, PAGE);
	}
	bytes = mapping_new(fd, PAGE, PROT_READ, MAP_SHARED, PAGE);
	if (bytes) {
		mapping_protect(bytes, PAGE, RW);
		mapping_free(bytes, PAGE);
	}
}

/* Positions are 0; data is there twice. */
static void contents(const char *name)
{
	const int user = !strcmp(name, "USER_RINGBUF");
	u8 *consumer, *producer;
	int fd;

	client_case("%s: contents", name);
	fd = ring(name, PAGE);
	consumer = mapping_new(fd, PAGE, user ? PROT_READ : RW, MAP_SHARED, 0);
	producer = mapping_new(fd, 3 * PAGE, user ? RW : PROT_READ, MAP_SHARED, PAGE);
	if (!consumer || !producer)
		return;
	transcript_add("consumer page: ");
	transcript_bytes(consumer, PAGE);
	transcript_end();
	transcript_add("producer page and data: ");
	transcript_bytes(producer, 3 * PAGE);
	transcript_end();
	if (user) {
		memcpy(producer + PAGE + 100, "both", 4);
		transcript_add("data: ");
		transcript_bytes(producer + 2 * PAGE + 100, 4);
		transcript_end();
	} else {
		memset(consumer, 0x7f, 8);
		transcript_add("consumer page: ");
		transcript_bytes(consumer, 8);
		transcript_end();
	}
	mapping_free(consumer, PAGE);
	mapping_free(producer, 3 * PAGE);
	client_freeze(fd);
	mapping_try(fd, PAGE, RW, MAP_SHARED, 0);
	mapping_try(fd, PAGE, PROT_READ, MAP_SHARED, 0);
}

int main(void)
{
	unsigned int i;

	client_start();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		sizes(names[i]);
		client_case("%s of one page: ranges", names[i]);
		ranges(names[i], PAGE);
		client_case("%s of two pages: ranges", names[i]);
		ranges(names[i], 2 * PAGE);
		changed_later(names[i]);
		contents(names[i]);
	}
	return 0;
}

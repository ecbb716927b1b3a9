/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile client maltreats its descriptors: of its own maps, and of another
 * client's that it opened by id for reading. After each attack the other client
 * finds everything as it was. Prints TAP.
 */
#include "attack.h"
#include "sample.h"
#include "victim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static union attr attr;
static struct victim victim;
static unsigned int number, failures;

static void verdict(const char *what, const char *on)
{
	const char *wrong;

	alarm(20); /* a host that hangs must not hang the test */
	wrong = victim_check(&victim);
	printf("%s %u - %s: %s%s%s\n", wrong ? "not ok" : "ok", ++number, what, on,
	       wrong ? " # " : "", wrong ? wrong : "");
	fflush(stdout);
	failures += !!wrong;
}

/* In a process of its own, which may die of what it does. */
static void in_hostile_process(void (*act)(int fd), int fd)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		alarm(10);
		act(fd);
		_exit(0);
	}
	client_wait(child);
}

static void on_own(const struct attack *attack)
{
	const struct map_type *t;
	int fd;

	for_each_map_type(t)
	{
		fd = client_map_with(t,
				     t->type == BPF_MAP_TYPE_ARRAY ? BPF_F_MMAPABLE : 0);
		in_hostile_process(attack->act, fd);
		descriptor_close_all();
	}
	fd = sample_btf_load();
	in_hostile_process(attack->act, fd);
	descriptor_close_all();
	verdict(attack->name, "own objects");
}

static void on_victims(const struct attack *attack)
{
	unsigned int i;
	int fd;

	for (i = 0; i < VICTIM_MAPS; i++) {
		memset(&attr, 0, ATTR_SIZE);
		attr.id.id = victim.ids[i];
		attr.id.open_flags = BPF_F_RDONLY;
		fd = bpf_raw(BPF_MAP_GET_FD_BY_ID, &attr, ATTR_SIZE);
		if (fd < 0)
			continue;
		in_hostile_process(attack->act, fd);
		close(fd);
	}
	verdict(attack->name, "another client's maps, opened for reading");
}

/* Positions of ring buffers and what lies between them are the client's to write. */
static void scribble(int fd)
{
	unsigned int page, at;
	u8 *bytes;

	for (page = 0; page < 4; page++) {
		bytes = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			     page * PAGE);
		if (bytes == MAP_FAILED)
			continue;
		for (at = 0; at < PAGE; at += 8)
			memset(bytes + at, 0xff - page, 8);
		memset(bytes, 0xff, 8);
		munmap(bytes, PAGE);
	}
}

static void ring_positions(void)
{
	static const char *const names[] = { "RINGBUF", "USER_RINGBUF" };
	unsigned int i;
	int fd;

	for (i = 0; i < 2; i++) {
		fd = client_map(client_type(names[i]));
		in_hostile_process(scribble, fd);
		if (!client_id(fd))
			failures++;
		descriptor_close_all();
	}
	verdict("scribbles over positions", "own ring buffers");
}

/* Every command with attributes of which a quarter is noise. */
static void odd_calls(int fd)
{
	unsigned int which, i, k;

	srand(fd);
	for (which = 0; which < call_command_count; which++) {
		for (i = 0; i < 50; i++) {
			for (k = 0; k < ATTR_SIZE; k++)
				attr.bytes[k] = rand() & 3 ? 0 : rand();
			attr.elem.map_fd = fd;
			bpf_raw(call_commands[which], &attr, ATTR_SIZE);
		}
	}
}

int main(void)
{
	unsigned int i;

	client_start();
	transcript_mute(1);
	victim_init(&victim);
	/* From here on its descriptors are kept out of reach of the cases' clean-up. */
	for (i = 0; i < VICTIM_MAPS; i++) {
		int fd = victim.fds[i];

		victim.fds[i] = dup(fd);
		descriptor_close(fd);
	}
	printf("1..%u\n", attack_count * 2 + 2);
	for (i = 0; i < attack_count; i++) {
		on_own(&attacks[i]);
		on_victims(&attacks[i]);
	}
	ring_positions();
	in_hostile_process(odd_calls, client_map(client_type("HASH")));
	verdict("calls with random attributes", "own map");
	unlink(victim_pin());
	return failures ? 1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that dies in the middle of each command, many times: its objects
 * go, and another client's stay as they were.
 */
#include "sample.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 20

static union attr attr;
static char mark[16]; /* the name of all maps of those who die */

static int marked_map(void)
{
	memset(&attr, 0, ATTR_SIZE);
	client_create_attr(client_type("HASH"), &attr);
	memcpy(attr.create.map_name, mark, sizeof(mark));
	return bpf_raw(BPF_MAP_CREATE, &attr, ATTR_SIZE);
}

/* Never returns: the command again and again, results that are descriptors closed. */
static void repeat(int command)
{
	int map = marked_map(), btf = sample_btf_load(), object;
	long result;

	object = command == BPF_BTF_GET_FD_BY_ID ? btf : map;
	for (;;) {
		sample_attr(command, client_type("HASH"), object, &attr);
		if (command == BPF_MAP_CREATE)
			memcpy(attr.create.map_name, mark, sizeof(mark));
		result = bpf_raw(command, &attr, ATTR_SIZE);
		if (result > 0)
			close(result);
	}
}

static void kill_in_command(int command, unsigned int round)
{
	struct timespec pause = { 0, 100000 + 73000 * (long)round };
	pid_t child = fork();

	if (!child) {
		transcript_mute(1);
		repeat(command);
	}
	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
	kill(child, SIGKILL);
	client_wait(child);
}

static int marked(u32 id)
{
	struct map_info info = {};
	int fd, found;

	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	fd = bpf_raw(BPF_MAP_GET_FD_BY_ID, &attr, ATTR_SIZE);
	if (fd < 0)
		return 0;
	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	found = !bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE) &&
		!memcmp(info.name, mark, sizeof(mark));
	close(fd);
	return found;
}

static unsigned int count_marked(void)
{
	unsigned int count = 0;
	u32 id = 0;

	for (;;) {
		memset(&attr, 0, ATTR_SIZE);
		attr.id.id = id;
		if (bpf_raw(BPF_MAP_GET_NEXT_ID, &attr, ATTR_SIZE))
			return count;
		id = attr.id.next_id;
		count += marked(id);
	}
}

static void all_gone(void)
{
	time_t end = time(NULL) + 20;

	unlink(sample_path());
	while (count_marked() && time(NULL) <= end)
		usleep(2000);
	transcript_line("maps of the dead: %u", count_marked());
}

int main(void)
{
	const struct map_type *hash = client_type("HASH");
	unsigned int i, round;
	int fd;

	client_start();
	snprintf(mark, sizeof(mark), "dead_%u", (unsigned int)getpid());
	for (i = 0; i < call_command_count; i++) {
		client_case("killed in %s", call_name(call_commands[i]));
		fd = client_map(hash);
		client_update(fd, client_key(hash, 1), client_value(hash, 1), 0);
		for (round = 0; round < ROUNDS; round++)
			kill_in_command(call_commands[i], round);
		all_gone();
		client_lookup(fd, client_key(hash, 1), 0);
		client_keys(fd);
	}
	return 0;
}

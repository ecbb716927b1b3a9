/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ids: walks, opening by id, what keeps an object and its id alive. Other
 * processes have objects, too: only our own are told.
 */
#include "sample.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pass_fd.h"

static union attr attr;

static long by_id(int command, u32 id, u32 flags, int token)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	attr.id.open_flags = flags;
	attr.id.token_fd = token;
	return call(command, &attr);
}

static long next_id(int command, u32 start)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = start;
	return call(command, &attr);
}

/* Does a walk from start meet the id, and does it ascend? */
static void walk(int command, u32 start, u32 wanted)
{
	u32 id = start, found = 0, ascends = 1;
	long result;

	for (;;) {
		memset(&attr, 0, ATTR_SIZE);
		attr.id.id = id;
		result = bpf_raw(command, &attr, ATTR_SIZE);
		if (result)
			break;
		ascends &= attr.id.next_id > id;
		id = attr.id.next_id;
		found |= id == wanted;
	}
	transcript_line("%s - walk -> %s: found %s, ascends %s", call_name(command),
			transcript_errno(result), found ? "yes" : "no",
			ascends ? "yes" : "no");
}

static void maps(void)
{
	u32 id;
	int fd, second;

	client_case("a map");
	fd = client_map(client_type("HASH"));
	id = client_id(fd);
	walk(BPF_MAP_GET_NEXT_ID, 0, id);
	walk(BPF_MAP_GET_NEXT_ID, id - 1, id);
	walk(BPF_MAP_GET_NEXT_ID, id, id);
	second = by_id(BPF_MAP_GET_FD_BY_ID, id, 0, 0);
	client_info(second);
	client_update(fd, client_key(client_type("HASH"), 1),
		      client_value(client_type("HASH"), 1), 0);
	client_lookup(second, client_key(client_type("HASH"), 1), 0);
	descriptor_close(fd);
	by_id(BPF_MAP_GET_FD_BY_ID, id, 0, 0);
	descriptor_close_all();
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
	walk(BPF_MAP_GET_NEXT_ID, 0, id);
}

static void btf(void)
{
	u32 id;
	int fd;

	client_case("a BTF object");
	fd = sample_btf_load();
	id = client_id(fd);
	walk(BPF_BTF_GET_NEXT_ID, 0, id);
	walk(BPF_BTF_GET_NEXT_ID, id - 1, id);
	by_id(BPF_BTF_GET_FD_BY_ID, id, 0, 0);
	descriptor_close_all();
	client_gone(BPF_BTF_GET_FD_BY_ID, id);
	walk(BPF_BTF_GET_NEXT_ID, 0, id);
	client_case("two BTF objects of the same bytes");
	fd = sample_btf_load();
	client_info(fd);
	client_info(sample_btf_load());
}

static void odd_ids(void)
{
	static const u32 ids[] = {0x7ffffffe, 0x7fffffff, 0x80000000, UINT32_MAX - 1,
				  UINT32_MAX};
	static const u32 flags[] = {1,	  BPF_F_RDONLY, BPF_F_WRONLY, 0x18,
				    0x20, 1 << 16,	1u << 31};
	static const int next[] = {BPF_MAP_GET_NEXT_ID, BPF_BTF_GET_NEXT_ID,
				   BPF_PROG_GET_NEXT_ID};
	static const int by[] = { BPF_MAP_GET_FD_BY_ID, BPF_BTF_GET_FD_BY_ID };
	unsigned int i, k;
	u32 id;

	for (k = 0; k < ARRAY_SIZE(next); k++) {
		client_case("%s: ids that are not there", call_name(next[k]));
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			transcript_add("%x: ", ids[i]);
			next_id(next[k], ids[i]);
		}
	}
	for (k = 0; k < ARRAY_SIZE(by); k++) {
		client_case("%s: ids and flags that are not there", call_name(by[k]));
		by_id(by[k], 0, 0, 0);
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			transcript_add("%x: ", ids[i]);
			by_id(by[k], ids[i], 0, 0);
		}
		id = client_id(k ? sample_btf_load() : client_map(client_type("ARRAY")));
		for (i = 0; i < ARRAY_SIZE(flags); i++) {
			by_id(by[k], id, flags[i], 0);
			by_id(by[k], UINT32_MAX, flags[i], 0);
		}
		by_id(by[k], id, 0, -1);
		by_id(by[k], id, F_TOKEN_FD, -1);
		by_id(by[k], id, F_TOKEN_FD, descriptor_wrong(WRONG_SOCKET));
	}
}

/* A descriptor to another process and back, its sender's copies closed. */
static void passed(void)
{
	int pair[2], fd;
	u32 id;

	client_case("in flight over a socket");
	fd = client_map(client_type("ARRAY"));
	id = client_id(fd);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return;
	pass_fd_send(pair[0], fd);
	descriptor_close(fd);
	descriptor_close(by_id(BPF_MAP_GET_FD_BY_ID, id, 0, 0));
	fd = pass_fd_receive(pair[1]);
	descriptor_add(fd);
	client_info(fd);
	descriptor_close(fd);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
	client_case("lost in flight");
	fd = client_map(client_type("ARRAY"));
	id = client_id(fd);
	pass_fd_send(pair[0], fd);
	descriptor_close(fd);
	close(pair[0]);
	close(pair[1]);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
}

static void inherited(void)
{
	int fd, again, ready[2];
	pid_t child;
	u32 id;
	char byte;

	client_case("in a child");
	fd = client_map(client_type("ARRAY"));
	again = dup(fd);
	id = client_id(fd);
	if (pipe(ready))
		return;
	child = fork();
	if (!child) {
		close(ready[1]);
		while (read(ready[0], &byte, 1) < 0)
			;
		client_update(fd, client_key(client_type("ARRAY"), 1),
			      client_value(client_type("ARRAY"), 5), 0);
		_exit(0);
	}
	close(ready[0]);
	close(again);
	descriptor_close(fd);
	descriptor_close(by_id(BPF_MAP_GET_FD_BY_ID, id, 0, 0));
	close(ready[1]);
	client_wait(child);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
}

int main(void)
{
	client_start();
	maps();
	btf();
	odd_ids();
	passed();
	inherited();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Program arrays: whose programs they take, what they hold and when they let go,
 * and tail calls through them.
 */
#include "path.h"
#include "programs/insn.h"
#include "sample.h"

#include <string.h>
#include <unistd.h>

static union attr attr;

static const struct sample_kind kinds[] = {
	{ "socket_filter", BPF_PROG_TYPE_SOCKET_FILTER, 0, 0 },
	{ "sched_cls", BPF_PROG_TYPE_SCHED_CLS, 0, 0 },
	{ "xdp", BPF_PROG_TYPE_XDP, 0, 0 },
	{ "xdp for devmaps", BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, 0 },
	{ "xdp with fragments", BPF_PROG_TYPE_XDP, 0, BPF_F_XDP_HAS_FRAGS },
	{ "kprobe", BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "cgroup_sock_addr of bind", BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	  BPF_CGROUP_INET4_BIND, 0 },
	{ "cgroup_sock_addr of connect", BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	  BPF_CGROUP_INET4_CONNECT, 0 },
	{ "cgroup_skb", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 0 },
	{ "cgroup_skb of egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 0 },
	{ "syscall", BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE },
	{ "raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0 },
};

static int load(const struct sample_kind *kind, int value)
{
	const struct bpf_insn insns[] = { MOVI(R0, value), EXIT };

	return sample_load_as(kind, insns, ARRAY_SIZE(insns));
}

/* Calls element `index` of the array, or returns. */
static int load_caller(const struct sample_kind *kind, int array, int index, int value)
{
	const struct bpf_insn insns[] = { LD64_OF(R2, BPF_PSEUDO_MAP_FD, array, 0),
					  MOVI(R3, index), CALL(tail_call),
					  MOVI(R0, value), EXIT };

	return sample_load_as(kind, insns, ARRAY_SIZE(insns));
}

static long put(int array, unsigned int index, int fd)
{
	return client_update(array, client_key(client_type("PROG_ARRAY"), index), &fd, 0);
}

static void show(int array, unsigned int index)
{
	client_lookup(array, client_key(client_type("PROG_ARRAY"), index), 0);
}

/* Which programs the array takes, when its first one came as an element. */
static void owners(const struct sample_kind *first)
{
	unsigned int i;
	int array;

	client_case("the first element is %s", first->name);
	array = client_map(client_type("PROG_ARRAY"));
	put(array, 0, load(first, 1));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		transcript_add("%s: ", kinds[i].name);
		put(array, 1, load(&kinds[i], 1));
	}
}

/* ... and when a caller named it first; and who may name it then. */
static void callers(const struct sample_kind *first)
{
	unsigned int i;
	int array, fd;

	client_case("the first caller is %s", first->name);
	array = client_map(client_type("PROG_ARRAY"));
	load_caller(first, array, 0, 1);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		transcript_add("%s: ", kinds[i].name);
		put(array, 1, load(&kinds[i], 1));
		fd = load_caller(&kinds[i], array, 0, 1);
		transcript_line("%s calls -> %s", kinds[i].name, fd < 0 ? "no" : "yes");
		descriptor_close(fd);
	}
}

static void run(int fd)
{
	static const u8 packet[64] = { [12] = 8, [14] = 0x45 };

	memset(&attr, 0, ATTR_SIZE);
	attr.run.prog_fd = fd;
	attr.run.data_in = PTR(packet);
	attr.run.data_size_in = sizeof(packet);
	call(BPF_PROG_TEST_RUN, &attr);
}

static void calls(void)
{
	int array, caller, second;

	client_case("tail calls");
	array = client_map(client_type("PROG_ARRAY"));
	caller = load_caller(&kinds[0], array, 0, 5);
	run(caller);
	put(array, 0, load(&kinds[0], 42));
	run(caller);
	put(array, 0, load(&kinds[0], 43));
	run(caller);
	client_delete(array, client_key(client_type("PROG_ARRAY"), 0));
	run(caller);
	client_case("a chain");
	array = client_map(client_type("PROG_ARRAY"));
	caller = load_caller(&kinds[0], array, 0, 5);
	second = load_caller(&kinds[0], array, 1, 6);
	put(array, 0, second);
	run(caller);
	put(array, 1, load(&kinds[0], 44));
	run(caller);
	client_case("a circle ends");
	array = client_map(client_type("PROG_ARRAY"));
	caller = load_caller(&kinds[0], array, 0, 5);
	put(array, 0, caller);
	run(caller);
}

static void elements(void)
{
	unsigned int i;
	int array, fd;

	client_case("elements");
	array = client_map(client_type("PROG_ARRAY"));
	fd = load(&kinds[0], 1);
	show(array, 0);
	put(array, 0, fd);
	show(array, 0);
	client_info(fd);
	put(array, 3, fd);
	put(array, 4, fd);
	client_keys(array);
	for (i = 1; i < 5; i++)
		client_update(array, client_key(client_type("PROG_ARRAY"), 1), &fd, i);
	for (i = 0; i < WRONG_COUNT; i++)
		put(array, 1, descriptor_wrong(i));
	put(array, 1, client_map(client_type("ARRAY")));
	client_delete(array, client_key(client_type("PROG_ARRAY"), 0));
	client_delete(array, client_key(client_type("PROG_ARRAY"), 0));
	client_delete(array, client_key(client_type("PROG_ARRAY"), 9));
	show(array, 0);
}

static void lifetimes(void)
{
	int array, fd, caller;
	u32 id, map_id;

	client_case("an element holds its program");
	array = client_map(client_type("PROG_ARRAY"));
	fd = load(&kinds[0], 1);
	id = client_id(fd);
	put(array, 0, fd);
	descriptor_close(fd);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	client_delete(array, client_key(client_type("PROG_ARRAY"), 0));
	client_gone(BPF_PROG_GET_FD_BY_ID, id);

	client_case("another element takes its place");
	array = client_map(client_type("PROG_ARRAY"));
	fd = load(&kinds[0], 1);
	id = client_id(fd);
	put(array, 0, fd);
	descriptor_close(fd);
	put(array, 0, load(&kinds[0], 2));
	client_gone(BPF_PROG_GET_FD_BY_ID, id);

	client_case("the last descriptor of the array goes");
	array = client_map(client_type("PROG_ARRAY"));
	fd = load(&kinds[0], 1);
	id = client_id(fd);
	put(array, 0, fd);
	descriptor_close(fd);
	descriptor_close(array);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);

	client_case("... while a program still names it: it is empty");
	array = client_map(client_type("PROG_ARRAY"));
	map_id = client_id(array);
	caller = load_caller(&kinds[0], array, 0, 5);
	fd = load(&kinds[0], 42);
	id = client_id(fd);
	put(array, 0, fd);
	descriptor_close(fd);
	run(caller);
	descriptor_close(array);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
	client_lives(BPF_MAP_GET_FD_BY_ID, map_id);
	run(caller);

	client_case("a program in the array that it names");
	array = client_map(client_type("PROG_ARRAY"));
	map_id = client_id(array);
	caller = load_caller(&kinds[0], array, 0, 5);
	id = client_id(caller);
	put(array, 0, caller);
	descriptor_close(caller);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	descriptor_close(array);
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
	client_gone(BPF_MAP_GET_FD_BY_ID, map_id);

	client_case("a pinned array keeps its elements");
	array = client_map(client_type("PROG_ARRAY"));
	fd = load(&kinds[0], 1);
	id = client_id(fd);
	put(array, 0, fd);
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path_below("array"));
	attr.obj.bpf_fd = array;
	call(BPF_OBJ_PIN, &attr);
	descriptor_close(fd);
	descriptor_close(array);
	client_lives(BPF_PROG_GET_FD_BY_ID, id);
	path_unlink("array");
	client_gone(BPF_PROG_GET_FD_BY_ID, id);
}

static void as_inner_map(void)
{
	int array;

	client_case("a program array as an inner map");
	array = client_map(client_type("PROG_ARRAY"));
	client_create_attr(client_type("ARRAY_OF_MAPS"), &attr);
	attr.create.inner_map_fd = array;
	call(BPF_MAP_CREATE, &attr);
}

int main(void)
{
	unsigned int i;

	client_start();
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		owners(&kinds[i]);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		callers(&kinds[i]);
	calls();
	elements();
	lifetimes();
	as_inner_map();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The notes of bpf(2) on lifetimes, a case for each sentence:
 *   objects can be shared between processes;
 *   after fork(2) the child inherits descriptors of the same objects;
 *   descriptors can be transferred over Unix domain sockets;
 *   descriptors can be duplicated with dup(2) and similar calls;
 *   descriptors can be pinned to the file system;
 *   an object is deallocated only after all descriptors have been closed and no
 *   references remain pinned or attached;
 *   close-on-exec is set; what a process leaves at its end goes.
 */
#include "mapping.h"
#include "path.h"
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pass_fd.h"

#define MAP_BY_ID BPF_MAP_GET_FD_BY_ID
#define KEPT_FD	  700 /* across exec */

static union attr attr;

static int array(u32 *ret_id)
{
	int fd = client_map(client_type("ARRAY"));

	*ret_id = client_id(fd);
	return fd;
}

static void put(int fd, unsigned int value)
{
	client_update(fd, client_key(client_type("ARRAY"), 1),
		      client_value(client_type("ARRAY"), value), 0);
}

static void show(int fd)
{
	client_lookup(fd, client_key(client_type("ARRAY"), 1), 0);
}

static void pin(int fd, const char *name)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path_below(name));
	attr.obj.bpf_fd = fd;
	call(BPF_OBJ_PIN, &attr);
}

static void wait_byte(int fd)
{
	char byte;

	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
}

static void send_byte(int fd)
{
	while (write(fd, "x", 1) < 0 && errno == EINTR)
		;
}

/* The child's descriptor is the parent's object, and holds it alone. */
static void inherited(void)
{
	int fd, down[2], up[2];
	pid_t child;
	u32 id;

	client_case("fork: the child has the same object and holds it");
	fd = array(&id);
	put(fd, 1);
	if (pipe(down) || pipe(up))
		abort();
	child = fork();
	if (!child) {
		close(down[1]);
		show(fd);
		put(fd, 2);
		send_byte(up[1]);
		wait_byte(down[0]);
		show(fd);
		put(fd, 4);
		send_byte(up[1]);
		wait_byte(down[0]);
		_exit(0);
	}
	close(down[0]);
	wait_byte(up[0]);
	show(fd);
	put(fd, 3);
	send_byte(down[1]);
	wait_byte(up[0]);
	descriptor_close(fd);
	client_lives(MAP_BY_ID, id);
	close(down[1]);
	client_wait(child);
	client_gone(MAP_BY_ID, id);
	close(up[0]);
	close(up[1]);
}

static void made_by_child(void)
{
	int pair[2], fd;
	pid_t child;
	u32 id;

	client_case("sockets: a child's object outlives the child");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	child = fork();
	if (!child) {
		fd = array(&id);
		put(fd, 7);
		pass_fd_send(pair[0], fd);
		_exit(0);
	}
	client_wait(child);
	fd = pass_fd_receive(pair[1]);
	descriptor_add(fd);
	show(fd);
	id = client_id(fd);
	client_lives(MAP_BY_ID, id);
	descriptor_close(fd);
	client_gone(MAP_BY_ID, id);
	close(pair[0]);
	close(pair[1]);
}

static int by_dup(int fd)
{
	return dup(fd);
}

static int by_dup2(int fd)
{
	return dup2(fd, 500);
}

static int by_dup3(int fd)
{
	return dup3(fd, 501, O_CLOEXEC);
}

static int by_fcntl(int fd)
{
	return fcntl(fd, F_DUPFD, 502);
}

static int by_fcntl_cloexec(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 502);
}

static int by_id(int fd)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = client_id(fd);
	return bpf_raw(MAP_BY_ID, &attr, ATTR_SIZE);
}

static void duplicated(void)
{
	static const struct {
		const char *name;
		int (*duplicate)(int fd);
	} ways[] = {
		{ "dup", by_dup },
		{ "dup2", by_dup2 },
		{ "dup3", by_dup3 },
		{ "F_DUPFD", by_fcntl },
		{ "F_DUPFD_CLOEXEC", by_fcntl_cloexec },
		{ "by id", by_id },
	};
	unsigned int i;
	int fd, copy;
	u32 id;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		client_case("%s: the copy is the object and holds it", ways[i].name);
		fd = array(&id);
		copy = ways[i].duplicate(fd);
		descriptor_add(copy);
		put(fd, 5);
		show(copy);
		transcript_line("close-on-exec: %d",
				fcntl(copy, F_GETFD) & FD_CLOEXEC ? 1 : 0);
		descriptor_close(fd);
		show(copy);
		client_lives(MAP_BY_ID, id);
		descriptor_close(copy);
		client_gone(MAP_BY_ID, id);
	}
	client_case("dup2 over the last descriptor");
	fd = array(&id);
	copy = dup2(STDIN_FILENO, fd);
	client_gone(MAP_BY_ID, id);
	descriptor_close(copy);
}

static void pinned(void)
{
	int fd;
	u32 id;

	client_case("a pin holds the object");
	fd = array(&id);
	put(fd, 6);
	pin(fd, "held");
	descriptor_close(fd);
	client_lives(MAP_BY_ID, id);
	path_rename("held", "moved");
	client_lives(MAP_BY_ID, id);
	path_link("moved", "linked");
	path_unlink("moved");
	client_lives(MAP_BY_ID, id);
	path_unlink("linked");
	client_gone(MAP_BY_ID, id);
	client_case("a pin that another replaces");
	fd = array(&id);
	pin(fd, "old");
	descriptor_close(fd);
	pin(client_map(client_type("HASH")), "new");
	path_rename("new", "old");
	client_gone(MAP_BY_ID, id);
	path_unlink("old");
	client_case("an open descriptor outlives the pin");
	fd = array(&id);
	pin(fd, "short");
	path_unlink("short");
	put(fd, 7);
	show(fd);
	client_lives(MAP_BY_ID, id);
	descriptor_close(fd);
	client_gone(MAP_BY_ID, id);
}

static void mapped(void)
{
	u8 *bytes;
	pid_t child;
	int fd;
	u32 id;

	client_case("memory that is mapped holds the object");
	fd = client_map_with(client_type("ARRAY"), BPF_F_MMAPABLE);
	id = client_id(fd);
	bytes = mapping_new(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (!bytes)
		return;
	descriptor_close(fd);
	client_lives(MAP_BY_ID, id);
	child = fork();
	if (!child) {
		bytes[8] = 9;
		_exit(0);
	}
	client_wait(child);
	transcript_line("the child wrote %d", bytes[8]);
	client_lives(MAP_BY_ID, id);
	mapping_free(bytes, 4096);
	client_gone(MAP_BY_ID, id);
}

static int outer_like(int inner)
{
	int fd;

	transcript_mute(1);
	client_create_attr(client_type("HASH_OF_MAPS"), &attr);
	attr.create.inner_map_fd = inner;
	fd = call(BPF_MAP_CREATE, &attr);
	transcript_mute(0);
	return fd;
}

static void held_by_map_of_maps(void)
{
	const u32 key = 1;
	int outer, inner, other;
	u32 id, other_id;

	client_case("a map of maps holds what is in it");
	inner = array(&id);
	outer = outer_like(inner);
	client_update(outer, &key, &inner, 0);
	descriptor_close(inner);
	client_lives(MAP_BY_ID, id);
	transcript_line("# until something else is there");
	other = array(&other_id);
	client_update(outer, &key, &other, 0);
	client_gone(MAP_BY_ID, id);
	transcript_line("# until it is taken out");
	descriptor_close(other);
	client_lives(MAP_BY_ID, other_id);
	client_delete(outer, &key);
	client_gone(MAP_BY_ID, other_id);
	transcript_line("# until the outer map goes");
	inner = array(&id);
	client_update(outer, &key, &inner, 0);
	descriptor_close(inner);
	client_lives(MAP_BY_ID, id);
	descriptor_close(outer);
	client_gone(MAP_BY_ID, id);
	client_case("a map of maps does not hold its template");
	inner = array(&id);
	outer_like(inner);
	descriptor_close(inner);
	client_gone(MAP_BY_ID, id);
}

static void held_by_map(void)
{
	int map, btf;
	u32 id;

	client_case("a map holds its BTF");
	btf = sample_btf_load();
	id = client_id(btf);
	client_create_attr(client_type("ARRAY"), &attr);
	attr.create.btf_fd = btf;
	attr.create.btf_value_type_id = 2;
	attr.create.btf_key_type_id = 1;
	map = call(BPF_MAP_CREATE, &attr);
	descriptor_close(btf);
	client_lives(BPF_BTF_GET_FD_BY_ID, id);
	descriptor_close(map);
	client_gone(BPF_BTF_GET_FD_BY_ID, id);
}

/* This program again: says what it still has of the descriptors it had. */
static void after_exec(u32 id)
{
	transcript_line("after exec: %s",
			fcntl(KEPT_FD, F_GETFD) < 0 ? "closed" : "open");
	if (fcntl(KEPT_FD, F_GETFD) >= 0) {
		descriptor_add(KEPT_FD);
		show(KEPT_FD);
		client_lives(MAP_BY_ID, id);
	} else {
		client_gone(MAP_BY_ID, id);
	}
}

static void executed(const char *self, int keep)
{
	char text[16];
	pid_t child;
	int fd;
	u32 id;

	client_case("exec: %s", keep ? "close-on-exec taken away" : "as it is made");
	child = fork();
	if (!child) {
		fd = array(&id);
		put(fd, 8);
		if (dup3(fd, KEPT_FD, keep ? 0 : O_CLOEXEC) < 0)
			abort();
		close(fd);
		snprintf(text, sizeof(text), "%u", id);
		execl(self, self, text, NULL);
		abort();
	}
	client_wait(child);
}

static void ended(const char *how, int kill_it)
{
	int ready[2];
	pid_t child;
	u32 id = 0;

	client_case("a process that %s leaves nothing", how);
	if (pipe(ready))
		abort();
	child = fork();
	if (!child) {
		put(array(&id), 9);
		while (write(ready[1], &id, sizeof(id)) < 0 && errno == EINTR)
			;
		while (kill_it)
			pause();
		_exit(0);
	}
	while (read(ready[0], &id, sizeof(id)) < 0 && errno == EINTR)
		;
	if (kill_it)
		kill(child, SIGKILL);
	client_wait(child);
	client_gone(MAP_BY_ID, id);
	close(ready[0]);
	close(ready[1]);
}

/* A process that shares the table of descriptors holds with it. */
static int sharer(void *arg)
{
	put(*(int *)arg, 11);
	_exit(0);
}

static void shared_table(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd, child;
	u32 id;

	client_case("a task with the same table of descriptors");
	fd = array(&id);
	child = clone(sharer, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &fd);
	if (child < 0)
		abort();
	client_wait(child);
	show(fd);
	client_lives(MAP_BY_ID, id);
	descriptor_close(fd);
	client_gone(MAP_BY_ID, id);
}

int main(int argc, char **argv)
{
	client_start();
	if (argc > 1) {
		after_exec(strtoul(argv[1], NULL, 10));
		return 0;
	}
	inherited();
	made_by_child();
	duplicated();
	pinned();
	mapped();
	held_by_map_of_maps();
	held_by_map();
	executed(argv[0], 0);
	executed(argv[0], 1);
	ended("exits", 0);
	ended("is killed", 1);
	shared_table();
	return 0;
}

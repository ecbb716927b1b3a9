/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OBJ_PIN and OBJ_GET: paths that may be, and the file system behind them.
 */
#include "path.h"
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static union attr attr;

static long pin_at(int fd, const char *path, int at, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path);
	attr.obj.bpf_fd = fd;
	attr.obj.path_fd = at;
	attr.obj.file_flags = flags;
	return call(BPF_OBJ_PIN, &attr);
}

static long pin(int fd, const char *path)
{
	return pin_at(fd, path, 0, 0);
}

static long get_at(const char *path, int at, u32 flags)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path);
	attr.obj.path_fd = at;
	attr.obj.file_flags = flags;
	return call(BPF_OBJ_GET, &attr);
}

static long get(const char *path)
{
	return get_at(path, 0, 0);
}

static void each_type(void)
{
	const struct map_type *t;

	for_each_map_type(t)
	{
		client_case("%s: pinned, closed, opened", t->name);
		pin(sample_map(t), path_below("each"));
		descriptor_close_all();
		client_info(get(path_below("each")));
		path_unlink("each");
		get(path_below("each"));
	}
	client_case("BTF: pinned, closed, opened");
	pin(sample_btf_load(), path_below("each"));
	get(path_below("each"));
}

static void taken_names(void)
{
	int fd;

	client_case("names that are taken");
	fd = client_map(client_type("HASH"));
	pin(fd, path_below("one"));
	pin(fd, path_below("one"));
	pin(fd, path_below("two"));
	pin(client_map(client_type("ARRAY")), path_below("one"));
	path_mkdir("dir");
	pin(fd, path_below("dir"));
	pin(fd, path_below("dir/three"));
	pin(fd, path_below("one/four"));
	pin(fd, path_below("none/five"));
	get(path_below("dir"));
	get(path_below("dir/three"));
	get(path_below("one/four"));
	get(path_below("none"));
	path_list("");
	path_list("dir");
	path_rmdir("dir");
	path_unlink("dir/three");
	path_rmdir("dir");
	path_unlink("one");
	get(path_below("two"));
	path_unlink("two");
	path_unlink("two");
}

static void odd_names(void)
{
	static char long_name[256 + 8], long_path[4200];
	const char *const names[] = {"a.b",	   ".hidden",  "dot.", "..",
				     ".",	   "",	       "/",    "x/",
				     "with space", "\xc3\xa9", "a//b", long_name};
	unsigned int i;
	int fd;

	client_case("odd names");
	memset(long_name, 'n', sizeof(long_name) - 1);
	fd = client_map(client_type("ARRAY"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		pin(fd, path_below(names[i]));
		get(path_below(names[i]));
		path_unlink(names[i]);
	}
	memset(long_name + 255, 0, 1);
	pin(fd, path_below(long_name));
	get(path_below(long_name));
	path_unlink(long_name);
	pin(fd, "");
	get("");
	for (i = 0; i < sizeof(long_path) - 1; i++)
		long_path[i] = i & 1 ? 'p' : '/';
	pin(fd, long_path);
	get(long_path);
	memset(memory_edge(8), 'e', 8);
	pin(fd, memory_edge(8));
	get(memory_edge(8));
}

static void other_filesystems(void)
{
	char file[] = "/tmp/conform-XXXXXX";
	char below[64];
	int fd, plain;

	client_case("other file systems");
	fd = client_map(client_type("ARRAY"));
	pin(fd, "/tmp/conform-not-here");
	pin(fd, "/proc/conform");
	pin(fd, "/dev/null");
	get("/dev/null");
	get("/");
	get("/proc/self/exe");
	get("/proc/self/status");
	pin(fd, "/nowhere/at/all");
	get("/nowhere/at/all");
	plain = mkstemp(file);
	if (plain < 0)
		abort();
	close(plain);
	snprintf(below, sizeof(below), "%s/x", file);
	transcript_line("# a plain file");
	transcript_mute(1);
	plain = bpf_raw(
		BPF_OBJ_GET,
		(memset(&attr, 0, ATTR_SIZE), attr.obj.pathname = PTR(file), &attr),
		ATTR_SIZE);
	transcript_mute(0);
	transcript_line("OBJ_GET - a plain file -> %s", transcript_errno(plain));
	attr.obj.bpf_fd = fd;
	plain = bpf_raw(BPF_OBJ_PIN, &attr, ATTR_SIZE);
	transcript_line("OBJ_PIN - over a plain file -> %s", transcript_errno(plain));
	attr.obj.pathname = PTR(below);
	plain = bpf_raw(BPF_OBJ_PIN, &attr, ATTR_SIZE);
	transcript_line("OBJ_PIN - below a plain file -> %s", transcript_errno(plain));
	unlink(file);
}

static void relative(void)
{
	int fd, at, inner;

	client_case("relative paths");
	fd = client_map(client_type("ARRAY"));
	path_mkdir("dir");
	if (chdir(path_below("dir")))
		abort();
	pin(fd, "relative");
	get("relative");
	get("../dir/relative");
	pin(fd, "../up");
	get("./relative");
	path_list("");
	if (chdir("/"))
		abort();
	get("relative");
	client_case("path_fd");
	fd = client_map(client_type("ARRAY"));
	at = open(path_below("dir"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	inner = open(path_below("dir"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	transcript_line("# without the flag");
	pin_at(fd, "at", 5, 0);
	pin_at(fd, path_below("at"), 5, 0);
	get_at("relative", 5, 0);
	transcript_line("# with it");
	dup2(at, 800);
	dup2(inner, 801);
	pin_at(fd, "at", 800, F_PATH_FD);
	pin_at(fd, "at-path", 801, F_PATH_FD);
	get_at("at", 801, F_PATH_FD);
	get_at("at", 800, F_PATH_FD | BPF_F_RDONLY);
	get_at("missing", 800, F_PATH_FD);
	get_at("", 800, F_PATH_FD);
	get_at("at", -1, F_PATH_FD);
	get_at("at", AT_FDCWD, F_PATH_FD);
	get_at("at", descriptor_wrong(WRONG_CLOSED), F_PATH_FD);
	get_at("at", descriptor_wrong(WRONG_SOCKET), F_PATH_FD);
	get_at("at", fd, F_PATH_FD);
	get_at(path_below("dir/at"), -1, F_PATH_FD);
	pin_at(fd, "bad", -1, F_PATH_FD);
	pin_at(fd, "bad", descriptor_wrong(WRONG_SOCKET), F_PATH_FD);
	close(800);
	close(801);
	close(at);
	close(inner);
	path_unlink("dir/at");
	path_unlink("dir/at-path");
	path_unlink("dir/relative");
	path_unlink("up");
	path_rmdir("dir");
}

static void flags(void)
{
	static const u32 all[] = {1,	   BPF_F_RDONLY, BPF_F_WRONLY, 0x18,	  1 << 5,
				  1 << 13, 1 << 15,	 1u << 31,     UINT32_MAX};
	unsigned int i;
	int fd;

	client_case("file_flags");
	fd = client_map(client_type("ARRAY"));
	pin(fd, path_below("flags"));
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		pin_at(fd, path_below("new"), 0, all[i]);
		get_at(path_below("flags"), 0, all[i]);
	}
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path_below("flags"));
	attr.obj.bpf_fd = fd;
	call(BPF_OBJ_GET, &attr);
	path_unlink("flags");
}

static void links_and_renames(void)
{
	int fd;

	client_case("links and renames");
	fd = client_map(client_type("ARRAY"));
	pin(fd, path_below("one"));
	path_mkdir("dir");
	path_rename("one", "two");
	get(path_below("one"));
	get(path_below("two"));
	path_rename("two", "dir/two");
	get(path_below("dir/two"));
	path_rename("dir", "dir2");
	get(path_below("dir2/two"));
	path_link("dir2/two", "hard");
	get(path_below("hard"));
	path_unlink("dir2/two");
	get(path_below("hard"));
	path_symlink("hard", "soft");
	get(path_below("soft"));
	path_symlink("nowhere", "dangling");
	get(path_below("dangling"));
	pin(fd, path_below("dangling"));
	pin(fd, path_below("soft"));
	pin(fd, path_below("other"));
	path_rename("other", "hard");
	get(path_below("hard"));
	path_symlink("loop", "loop");
	get(path_below("loop"));
	pin(fd, path_below("loop"));
	pin(fd, path_below("loop/below"));
	path_rename("with", "with.dot");
	path_rename("hard", "with.dot");
	path_mkdir("with.dot");
	path_symlink("hard", "with.dot");
	path_link("hard", "with.dot");
	path_list("");
	path_unlink("loop");
	path_unlink("dangling");
	path_unlink("soft");
	path_unlink("hard");
	path_unlink("with.dot");
	path_rmdir("dir2");
}

static void permissions(void)
{
	static const mode_t modes[] = { 0600, 0400, 0200, 0 };
	static const u32 flags[] = { 0, BPF_F_RDONLY, BPF_F_WRONLY };
	unsigned int i, k;
	int fd;

	client_case("permissions");
	fd = client_map(client_type("ARRAY"));
	path_mkdir("dir");
	pin(fd, path_below("dir/pin"));
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		path_chmod("dir/pin", modes[i]);
		for (k = 0; k < ARRAY_SIZE(flags); k++)
			get_at(path_below("dir/pin"), 0, flags[k]);
	}
	path_chmod("dir", 0500);
	pin(fd, path_below("dir/other"));
	get(path_below("dir/pin"));
	path_unlink("dir/pin");
	path_chmod("dir", 0);
	pin(fd, path_below("dir/other"));
	get(path_below("dir/pin"));
	path_chmod("dir", 0700);
	path_unlink("dir/pin");
	path_rmdir("dir");
}

static void as_files(void)
{
	client_case("a pin as a file");
	pin(client_map(client_type("ARRAY")), path_below("file"));
	path_stat("");
	path_stat("file");
	path_open("file", O_RDONLY);
	path_open("file", O_RDWR);
	path_open("file", O_PATH);
	path_open("plain", O_CREAT | O_RDWR);
	path_mknod("fifo", S_IFIFO | 0600);
	path_mknod("plain", S_IFREG | 0600);
	path_chmod("file", 0400);
	path_stat("file");
	get(path_below("file"));
	path_mkdir("dir");
	path_stat("dir");
	path_statfs("");
	path_statfs("file");
	path_rmdir("dir");
	path_unlink("file");
}

int main(void)
{
	client_start();
	each_type();
	taken_names();
	odd_names();
	other_filesystems();
	relative();
	flags();
	links_and_renames();
	as_files();
	permissions();
	return 0;
}

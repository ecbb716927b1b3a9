/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile client forges pins: files of the right name, copies, links and
 * directories in the way. None of them opens as an object, and another client's
 * pin stays what it is. Prints TAP.
 */
#include "path.h"
#include "victim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static union attr attr;
static struct victim victim;
static char outside[] = "/tmp/hostile-XXXXXX";
static unsigned int number, failures;

static void ok(const char *what, const char *wrong)
{
	printf("%s %u - %s%s%s\n", wrong ? "not ok" : "ok", ++number, what,
	       wrong ? " # " : "", wrong ? wrong : "");
	failures += !!wrong;
}

static void whatever(long result)
{
	(void)result;
}

static const char *opens(const char *path)
{
	long fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(path);
	fd = bpf_raw(BPF_OBJ_GET, &attr, ATTR_SIZE);
	if (fd < 0)
		return NULL;
	close(fd);
	return "it opens as an object";
}

static const char *beside(const char *name)
{
	static char paths[2][4096];
	static unsigned int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", outside, name);
	return path;
}

static void forge(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	whatever(write(fd, "bpf-map", 7));
	close(fd);
}

/* Byte for byte, as cp(1) does, with the extended attributes that are there. */
static void copy(const char *from, const char *to)
{
	char bytes[4096];
	ssize_t got;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof(bytes))) > 0)
		whatever(write(out, bytes, got));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static void forged(void)
{
	forge(path_below("forged"));
	ok("a file made in the bpf filesystem", opens(path_below("forged")));
	forge(beside("victim"));
	ok("a file of the same name elsewhere", opens(beside("victim")));
	copy(victim_pin(), path_below("copied"));
	ok("a copy in the bpf filesystem", opens(path_below("copied")));
	copy(victim_pin(), beside("copied"));
	ok("a copy elsewhere", opens(beside("copied")));
	whatever(mknod(path_below("node"), S_IFREG | 0600, 0));
	ok("a node", opens(path_below("node")));
	whatever(rename(beside("victim"), path_below("carried")));
	ok("a file carried in", opens(path_below("carried")));
}

/* Hard links to elsewhere are impossible; where a symbolic one leads counts. */
static void linked(void)
{
	whatever(link(victim_pin(), beside("hard")));
	ok("a hard link elsewhere", opens(beside("hard")));
	whatever(rename(victim_pin(), beside("moved")));
	ok("carried out", opens(beside("moved")));
	whatever(symlink(beside("copied"), path_below("soft")));
	ok("a symbolic link to a copy", opens(path_below("soft")));
}

static void in_the_way(void)
{
	int fd = open(victim_pin(), O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd >= 0) {
		whatever(write(fd, "x", 1));
		close(fd);
	}
	whatever(truncate(victim_pin(), 0));
	whatever(truncate(victim_pin(), 4096));
	ok("the pin is written and truncated", victim_check(&victim));
	whatever(mkdir(victim_pin(), 0700));
	whatever(rmdir(victim_pin()));
	ok("a directory over the pin", victim_check(&victim));
}

int main(void)
{
	client_start();
	transcript_mute(1);
	if (!mkdtemp(outside))
		abort();
	victim_init(&victim);
	printf("1..12\n");
	forged();
	linked();
	in_the_way();
	ok("the other client", victim_check(&victim));
	unlink(victim_pin());
	unlink(path_below("forged"));
	unlink(path_below("copied"));
	unlink(path_below("node"));
	unlink(path_below("carried"));
	unlink(path_below("soft"));
	unlink(beside("victim"));
	unlink(beside("copied"));
	unlink(beside("hard"));
	unlink(beside("moved"));
	rmdir(outside);
	return failures ? 1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "descriptor.h"

#include "attr.h"
#include "map_type.h"
#include "memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FD_MAX	  1024
#define FD_CLOSED 999
#define FD_WRONG  900 /* the descriptors of other kinds live from here on */
#define FD_HUGE	  0x7ffffff0

static struct descriptor known[FD_MAX];
static unsigned int serial[128]; /* by kind */

static const char *const wrong_names[WRONG_COUNT] = {
	"-1",	  "closed", "huge",    "file",	"directory", "path-only",
	"socket", "pipe",   "eventfd", "memfd", "epoll",
};

static void put_wrong(enum wrong_descriptor which, int fd)
{
	if (fd < 0 || dup3(fd, FD_WRONG + which, O_CLOEXEC) < 0)
		abort();
	close(fd);
}

void descriptor_init(void)
{
	int ends[2];

	if (pipe(ends))
		abort();
	close(ends[1]);
	put_wrong(WRONG_PIPE, ends[0]);
	put_wrong(WRONG_FILE, open("/proc/self/exe", O_RDONLY));
	put_wrong(WRONG_DIRECTORY, open("/", O_RDONLY | O_DIRECTORY));
	put_wrong(WRONG_PATH, open("/", O_PATH));
	put_wrong(WRONG_SOCKET, socket(AF_UNIX, SOCK_STREAM, 0));
	put_wrong(WRONG_EVENTFD, eventfd(0, 0));
	put_wrong(WRONG_MEMFD, memfd_create("bpf-map", 0));
	put_wrong(WRONG_EPOLL, epoll_create1(0));
}

int descriptor_wrong(enum wrong_descriptor which)
{
	switch (which) {
	case WRONG_NEGATIVE:
		return -1;
	case WRONG_CLOSED:
		return FD_CLOSED;
	case WRONG_HUGE:
		return FD_HUGE;
	default:
		return FD_WRONG + which;
	}
}

char descriptor_kind(int fd)
{
	char path[32], text[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, text, sizeof(text) - 1) < 0)
		return '?';
	if (strstr(text, "bpf-map"))
		return 'm';
	if (strstr(text, "bpf-prog"))
		return 'p';
	return strstr(text, "btf") ? 'b' : '?';
}

static void learn_sizes(int fd, struct descriptor *d)
{
	struct map_info info = {};
	union attr attr;

	memset(&attr, 0, sizeof(attr.info));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.info)))
		return;
	d->type = info.type;
	d->key_size = info.key_size;
	d->value_size = info.value_size;
}

void descriptor_add(int fd)
{
	struct descriptor *d;
	char kind = descriptor_kind(fd);

	if (fd < 0 || fd >= FD_MAX)
		abort();
	d = &known[fd];
	memset(d, 0, sizeof(*d));
	snprintf(d->symbol, sizeof(d->symbol), "%c%u", kind, ++serial[(int)kind]);
	if (kind == 'm')
		learn_sizes(fd, d);
}

void descriptor_close(int fd)
{
	if (fd < 0)
		return;
	close(fd);
	if (fd < FD_MAX)
		memset(&known[fd], 0, sizeof(known[fd]));
}

void descriptor_close_all(void)
{
	int fd;

	for (fd = 0; fd < FD_MAX; fd++)
		if (known[fd].symbol[0])
			descriptor_close(fd);
	memset(serial, 0, sizeof(serial));
}

const struct descriptor *descriptor_find(int fd)
{
	if (fd < 0 || fd >= FD_MAX || !known[fd].symbol[0])
		return NULL;
	return &known[fd];
}

const char *descriptor_name(int fd)
{
	static char text[16];
	const struct descriptor *d = descriptor_find(fd);
	unsigned int i;

	if (d)
		return d->symbol;
	for (i = 0; i < WRONG_COUNT; i++)
		if (descriptor_wrong(i) == fd)
			return wrong_names[i];
	snprintf(text, sizeof(text), "%d", fd);
	return text;
}

size_t descriptor_value_size(const struct descriptor *d)
{
	if (!d)
		return 0;
	if (!map_type_per_cpu(d->type))
		return d->value_size;
	return (((size_t)d->value_size + 7) & ~(size_t)7) * map_type_cpus();
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/atomic.h"

/* An end of a pipe that has lost the other one. */
static int open_error(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	close(ends[0]);
	return ends[1];
}

static int open_counter(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static const struct {
	int (*open)(void);
	u32 events;
	u32 more;
} kinds[] = {
	[ALV_READINESS_NONE] = { open_error, 0, 0 },
	[ALV_READINESS_READ] = { open_counter, EPOLLIN | EPOLLRDNORM, EPOLLET },
	[ALV_READINESS_WRITE] = { open_counter, EPOLLOUT | EPOLLWRNORM, 0 },
};

int alv_readiness_poll(struct alv_readiness *ready, enum alv_readiness_kind kind,
		       struct alv_poll *ret_poll)
{
	int file = alv_load_acquire(&ready->file), fd;

	if (!file) {
		fd = kinds[kind].open();
		if (fd < 0)
			return fd;
		if (alv_cas_acq_rel(&ready->file, &file, fd + 1))
			file = fd + 1;
		else
			close(fd); /* somebody was faster */
	}
	*ret_poll = (struct alv_poll){ file - 1, kinds[kind].events, kinds[kind].more };
	return 0;
}

bool alv_readiness_raise(struct alv_readiness *ready)
{
	int file = alv_load_acquire(&ready->file);

	/* A counter that is full has been raised often enough. */
	if (file)
		eventfd_write(file - 1, 1);
	return file;
}

void alv_readiness_lower(struct alv_readiness *ready)
{
	int file = alv_load_acquire(&ready->file);
	eventfd_t count;

	if (file)
		eventfd_read(file - 1, &count);
}

void alv_readiness_fini(struct alv_readiness *ready)
{
	if (ready->file)
		close(ready->file - 1);
}

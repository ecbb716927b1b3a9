/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/poll.h"

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

static int open_ring(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static u32 poll_events(const struct alv_map *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_RINGBUF:
		return EPOLLIN | EPOLLRDNORM;
	case BPF_MAP_TYPE_USER_RINGBUF:
		return EPOLLOUT | EPOLLWRNORM;
	}
	return 0;
}

int alv_map_poll_file(struct alv_map *map, u32 *ret_events)
{
	u32 events = poll_events(map);
	int stands = alv_load_acquire(&map->poll), none = 0, fd;

	*ret_events = events;
	if (stands)
		return stands - 1;
	fd = events ? open_ring() : open_error();
	if (fd < 0)
		return fd;
	if (alv_cas_acq_rel(&map->poll, &none, fd + 1))
		return fd;
	close(fd);
	return none - 1; /* somebody was faster */
}

void alv_map_poll_fini(struct alv_map *map)
{
	if (map->poll)
		close(map->poll - 1);
}

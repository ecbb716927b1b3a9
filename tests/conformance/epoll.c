/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps in epoll instances: every map may be added; those that are no ring buffer
 * answer with an error at once. An instance does not hold what it knows.
 */
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int control(int poller, int op, int fd, struct epoll_event *event)
{
	return epoll_ctl(poller, op, fd, event) ? errno : 0;
}

static void wait_now(int poller)
{
	struct epoll_event event = {};
	int count;

	do {
		count = epoll_wait(poller, &event, 1, 0);
	} while (count < 0 && errno == EINTR);
	transcript_line("epoll_wait -> %d events=%x", count, event.events);
}

/* Neither empty buffer has anything to read; a user's has room to write. */
static void ring(const char *name)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	int fd, poller;

	client_case("%s", name);
	fd = client_map(client_type(name));
	poller = epoll_create1(EPOLL_CLOEXEC);
	transcript_line("ADD %s -> %s", descriptor_name(fd),
			transcript_errno(control(poller, EPOLL_CTL_ADD, fd, &event)));
	transcript_line("ADD %s again -> %s", descriptor_name(fd),
			transcript_errno(control(poller, EPOLL_CTL_ADD, fd, &event)));
	wait_now(poller);
	transcript_line("DEL %s -> %s", descriptor_name(fd),
			transcript_errno(control(poller, EPOLL_CTL_DEL, fd, NULL)));
	transcript_line("DEL %s again -> %s", descriptor_name(fd),
			transcript_errno(control(poller, EPOLL_CTL_DEL, fd, NULL)));
	close(poller);
}

static void each_type(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	const struct map_type *t;
	int poller = epoll_create1(EPOLL_CLOEXEC), fd;

	client_case("each type");
	for_each_map_type(t)
	{
		fd = client_map(t);
		transcript_line("ADD %s -> %s", t->name,
				transcript_errno(control(poller, EPOLL_CTL_ADD, fd, &event)));
		wait_now(poller);
		control(poller, EPOLL_CTL_DEL, fd, NULL);
	}
	close(poller);
}

static void not_held(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd, poller;
	u32 id;

	client_case("an epoll instance does not hold");
	poller = epoll_create1(EPOLL_CLOEXEC);
	fd = client_map(client_type("RINGBUF"));
	id = client_id(fd);
	transcript_line("ADD -> %s", transcript_errno(control(poller, EPOLL_CTL_ADD, fd, &event)));
	descriptor_close(fd);
	client_gone(BPF_MAP_GET_FD_BY_ID, id);
	close(poller);
}

int main(void)
{
	client_start();
	ring("RINGBUF");
	ring("USER_RINGBUF");
	each_type();
	not_held();
	return 0;
}

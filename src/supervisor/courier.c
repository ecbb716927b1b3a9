/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/courier.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/session.h"

#define PATIENCE_MS 10 /* between two looks whether the client is still there */

/* The kernel finds a free abstract name, of five digits. */
static int courier_open(struct alv_courier *courier)
{
	ALV_AUTO(fd) int fd = socket(AF_UNIX,
				     SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);

	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path)) ||
	    listen(fd, SOMAXCONN) || getsockname(fd, (struct sockaddr *)&address, &size))
		return -errno;
	if (size != sizeof(courier->address))
		return -EPROTO;
	memcpy(&courier->address, &address, sizeof(courier->address));
	courier->socket = alv_steal_fd(&fd);
	return 0;
}

int alv_courier_prepare(struct alv_courier *courier)
{
	int err = courier->socket < 0 ? courier_open(courier) : 0;

	if (!err && getrandom(&courier->cookie, sizeof(courier->cookie), 0) < 0)
		err = -errno;
	return err;
}

static int await(int fd, bool (*gone)(void *data), void *data)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };

	while (poll(&event, 1, PATIENCE_MS) <= 0)
		if (gone(data))
			return -ESRCH;
	return 0;
}

int alv_courier_deliver(struct alv_courier *courier, int fd, bool (*gone)(void *data),
			void *data)
{
	for (;;) {
		ALV_AUTO(fd) int conn = -1;
		u64 cookie = 0;
		int err = await(courier->socket, gone, data);

		if (err)
			return err;
		conn = accept4(courier->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (conn < 0)
			continue;
		err = await(conn, gone, data);
		if (err)
			return err;
		/* Anybody may come to this socket. */
		if (recv(conn, &cookie, sizeof(cookie), 0) == sizeof(cookie) &&
		    cookie == courier->cookie)
			return alv_session_send(conn, &cookie, sizeof(cookie), fd);
	}
}

/* Anybody may have come to this socket before. */
int alv_courier_collect(struct alv_courier *courier, int *ret_fd)
{
	for (;;) {
		ALV_AUTO(fd) int conn = accept4(courier->socket, NULL, NULL,
						SOCK_CLOEXEC | SOCK_NONBLOCK);
		u64 cookie = 0;
		int fd = -1;

		if (conn < 0)
			return -EPROTO;
		if (alv_session_receive(conn, &cookie, sizeof(cookie), &fd) || fd < 0)
			continue;
		if (cookie == courier->cookie) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
}

void alv_courier_fini(struct alv_courier *courier)
{
	if (courier->socket >= 0)
		close(courier->socket);
	courier->socket = -1;
}

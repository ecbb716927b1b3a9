/* SPDX-License-Identifier: BSD-2-Clause */
/* poll(2) on maps: ring buffers say what they have, other types that they can't. */
#include "client.h"

#include <errno.h>
#include <poll.h>

int main(void)
{
	const struct map_type *t;

	client_start();
	for_each_map_type(t)
	{
		struct pollfd one = { .fd = client_map(t), .events = POLLIN | POLLOUT };
		int count;

		do {
			count = poll(&one, 1, 0);
		} while (count < 0 && errno == EINTR);
		transcript_line("%s -> %d events=%x", t->name, count, one.revents);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attempts: print what firewall.bpf.c tells of connections, as it comes.
 *
 *   attempts PIN COUNT
 *
 * It sleeps in epoll_wait(2) between them, and ends after COUNT.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "firewall.h"

static int print(void *left, void *data, size_t size)
{
	const struct attempt *attempt = data;

	if (size != sizeof(*attempt))
		return -EINVAL;
	printf("attempt: IPv%d, port %d%s\n", attempt->family, attempt->port,
	       attempt->dropped ? ": dropped" : "");
	--*(long *)left;
	return 0;
}

int main(int argc, char **argv)
{
	struct ring_buffer *ring;
	long left;
	int map, err = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: attempts PIN COUNT\n");
		return 2;
	}
	left = atol(argv[2]);
	map = bpf_obj_get(argv[1]);
	ring = map < 0 ? NULL : ring_buffer__new(map, print, &left, NULL);
	if (!ring) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while (err >= 0 && left > 0)
		err = ring_buffer__poll(ring, -1);
	if (err < 0)
		fprintf(stderr, "attempts: %s\n", strerror(-err));
	ring_buffer__free(ring);
	return err < 0 ? 1 : 0;
}

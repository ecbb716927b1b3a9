/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * producer: share a map with another program over a pin, and one over a passed
 * descriptor.
 *
 *   producer CONSUMER PIN
 *
 * Starts CONSUMER with the pin's path and a socket, and waits for it. What the
 * consumer wrote into the passed map is the proof that both hold the same one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "descriptor.h"

static int create(const char *name, long long value)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, sizeof(value), 2, NULL);
	int key = 0;

	if (fd >= 0 && bpf_map_update_elem(fd, &key, &value, BPF_ANY))
		return -1;
	return fd;
}

static pid_t start(const char *consumer, const char *pin, int socket)
{
	char number[16];
	pid_t child = fork();

	if (child == 0) {
		snprintf(number, sizeof(number), "%d", socket);
		execl(consumer, consumer, pin, number, (char *)NULL);
		_exit(127);
	}
	return child;
}

int main(int argc, char **argv)
{
	int pinned, passed, ends[2], status, key = 1;
	long long answer;
	pid_t child;

	if (argc != 3) {
		fprintf(stderr, "usage: producer CONSUMER PIN\n");
		return 2;
	}
	pinned = create("pinned", 41);
	passed = create("passed", 42);
	if (pinned < 0 || passed < 0 || bpf_obj_pin(pinned, argv[2]) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
		perror("producer");
		return 1;
	}
	child = start(argv[1], argv[2], ends[1]);
	close(ends[1]);
	if (child < 0 || descriptor_send(ends[0], passed) ||
	    waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "producer: the consumer failed\n");
		return 1;
	}
	if (bpf_map_lookup_elem(passed, &key, &answer)) {
		perror("producer");
		return 1;
	}
	printf("producer: the consumer answered %lld\n", answer);
	return 0;
}

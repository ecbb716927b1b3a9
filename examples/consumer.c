/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * consumer: read a map behind a pin and one whose descriptor was passed, and answer
 * in the second with the sum. Started by producer.
 *
 *   consumer PIN SOCKET
 */
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "descriptor.h"

int main(int argc, char **argv)
{
	int pinned, passed, key = 0, answer_key = 1;
	long long first, second, sum;

	if (argc != 3) {
		fprintf(stderr, "usage: consumer PIN SOCKET\n");
		return 2;
	}
	pinned = bpf_obj_get(argv[1]);
	passed = descriptor_receive(atoi(argv[2]));
	if (pinned < 0 || passed < 0 || bpf_map_lookup_elem(pinned, &key, &first) ||
	    bpf_map_lookup_elem(passed, &key, &second)) {
		perror("consumer");
		return 1;
	}
	printf("consumer: %lld over the pin, %lld over the descriptor\n", first, second);
	fflush(stdout);
	sum = first + second;
	return bpf_map_update_elem(passed, &answer_key, &sum, BPF_ANY) ? 1 : 0;
}

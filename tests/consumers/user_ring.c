/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbpf's user_ring_buffer: what a program drains, and who waits for room.
 * user_ring OBJECT
 */
#include "client.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define PATIENCE_MS 20000

static void put(struct user_ring_buffer *ring, uint64_t number, uint32_t size)
{
	uint64_t *sample = user_ring_buffer__reserve(ring, size);

	if (!sample) {
		say("reserve of %u: error %d", size, errno);
		return;
	}
	*sample = number;
	user_ring_buffer__submit(ring, sample);
}

static void drop(struct user_ring_buffer *ring)
{
	void *sample = user_ring_buffer__reserve(ring, 64);

	if (sample)
		user_ring_buffer__discard(ring, sample);
}

static void totals(struct bpf_object *obj)
{
	uint64_t both[2] = { 0 };
	uint32_t key = 0;

	bpf_map_lookup_elem(client_map(obj, ".bss"), &key, both);
	say("sum and count: %llu", (unsigned long long)(both[0] * 1000 + both[1]));
}

static void *drain_later(void *data)
{
	usleep(50000);
	client_run(data, "drain", 0, 0);
	return NULL;
}

/* Fill it to the last sample that fits, then wait for the program. */
static void wait_for_room(struct bpf_object *obj, struct user_ring_buffer *ring)
{
	pthread_t thread;
	void *sample;
	int count = 0;

	while ((sample = user_ring_buffer__reserve(ring, 1000))) {
		user_ring_buffer__discard(ring, sample);
		count++;
	}
	say("full with %d: error %d", count, errno);
	sample = user_ring_buffer__reserve_blocking(ring, 1000, 10);
	say("in vain: error %d", sample ? 0 : errno);
	pthread_create(&thread, NULL, drain_later, obj);
	sample = user_ring_buffer__reserve_blocking(ring, 1000, PATIENCE_MS);
	say("after a drain: %s", sample ? "room" : "none");
	if (sample)
		user_ring_buffer__discard(ring, sample);
	pthread_join(thread, NULL);
	say("drain -> %d", client_run(obj, "drain", 0, 0));
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = client_open(argv[1]);
	struct user_ring_buffer *ring =
		user_ring_buffer__new(client_map(obj, "samples"), NULL);

	if (!ring) {
		say("no ring");
		return 1;
	}
	say("nothing: drain -> %d", client_run(obj, "drain", 0, 0));
	say("nonsense -> %d", client_run(obj, "drain", 4, 0));
	put(ring, 5, 8);
	put(ring, 6, 100);
	drop(ring);
	put(ring, 7, 8);
	say("drain -> %d", client_run(obj, "drain", 0, 0));
	totals(obj);
	put(ring, 1, 8);
	put(ring, 99, 8);
	put(ring, 2, 8);
	say("stopped: drain -> %d", client_run(obj, "drain", BPF_RB_FORCE_WAKEUP, 0));
	say("drain -> %d", client_run(obj, "drain", BPF_RB_NO_WAKEUP, 0));
	totals(obj);
	/* Around the ring's end. */
	for (int i = 0; i < 20; i++) {
		put(ring, i, 1000);
		client_run(obj, "drain", 0, 0);
	}
	totals(obj);
	put(ring, 1, 5000);
	wait_for_room(obj, ring);
	user_ring_buffer__free(ring);
	bpf_object__close(obj);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbpf's ring_buffer: what is consumed, when who waits is told, and what is lost.
 * ring OBJECT
 */
#include "client.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define PATIENCE_MS 20000

static int quiet, stop_at;

static int on_event(void *ctx, void *data, size_t size)
{
	const struct event *event = data;

	if (!quiet)
		say("  %s: %llu %s, %zu bytes", (const char *)ctx,
		    (unsigned long long)event->number, event->text, size);
	return stop_at && (int)event->number == stop_at ? -7 : 0;
}

static void adaptive(struct bpf_object *obj, struct ring_buffer *manager)
{
	say("adaptive");
	client_run(obj, "submit", 1, 0);
	client_run(obj, "submit", 2, 0);
	client_run(obj, "discard", 3, 0);
	client_run(obj, "submit", 4, 0);
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	say("consume -> %d", ring_buffer__consume(manager));
	client_run(obj, "discard", 5, 0);
	say("poll of a discarded one -> %d", ring_buffer__poll(manager, PATIENCE_MS));
}

static void flags(struct bpf_object *obj, struct ring_buffer *manager)
{
	say("flags");
	/* An instance looks once more at what it has reported. */
	say("poll of nothing -> %d", ring_buffer__poll(manager, 0));
	client_run(obj, "submit", 10, BPF_RB_NO_WAKEUP);
	say("poll -> %d", ring_buffer__poll(manager, 0));
	/* The consumer is not at this one. */
	client_run(obj, "submit", 11, 0);
	say("poll -> %d", ring_buffer__poll(manager, 0));
	client_run(obj, "submit", 12, BPF_RB_FORCE_WAKEUP);
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	client_run(obj, "discard", 13, BPF_RB_FORCE_WAKEUP | BPF_RB_NO_WAKEUP);
	say("poll of a forced discard -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	say("output, nonsense -> %d", client_run(obj, "put_other", 1, 4));
}

/* What a callback leaves is told of again. */
static void stopped(struct bpf_object *obj, struct ring_buffer *manager)
{
	say("stopped");
	for (int i = 20; i < 24; i++)
		client_run(obj, "submit", i, 0);
	stop_at = 21;
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	stop_at = 0;
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
}

static void two(struct bpf_object *obj, struct ring_buffer *manager)
{
	say("two");
	say("add -> %d",
	    ring_buffer__add(manager, client_map(obj, "other"), on_event, "other"));
	client_run(obj, "put_other", 30, 0);
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	client_run(obj, "put_other", 31, 0);
	client_run(obj, "submit", 32, 0);
	say("consume -> %d", ring_buffer__consume(manager));
}

static void full(struct bpf_object *obj, struct ring_buffer *manager)
{
	int stored = 0, lost = 0;

	say("full");
	for (int i = 0; i < 200; i++)
		*(client_run(obj, "submit", i, 0) ? &lost : &stored) += 1;
	say("stored %d, lost %d", stored, lost);
	for (int what = 0; what < 5; what++)
		say("query %d -> %d", what, client_run(obj, "query", what, 0));
	quiet = 1;
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
	quiet = 0;
	say("available -> %d", client_run(obj, "query", BPF_RB_AVAIL_DATA, 0));
	say("submit -> %d", client_run(obj, "submit", 40, 0));
	say("poll -> %d", ring_buffer__poll(manager, PATIENCE_MS));
}

#define MANY 3000

static void *produce(void *data)
{
	for (int i = 0; i < MANY;) {
		if (!client_run(data, "submit", i, 0))
			i++;
		else
			sched_yield();
	}
	return NULL;
}

/* One waits while another one produces: nothing is lost. */
static void concurrent(struct bpf_object *obj, struct ring_buffer *manager)
{
	int got = 0, err = 1;
	pthread_t thread;

	say("concurrent");
	quiet = 1;
	pthread_create(&thread, NULL, produce, obj);
	while (got < MANY && err >= 0) {
		err = ring_buffer__poll(manager, PATIENCE_MS);
		got += err > 0 ? err : 0;
	}
	pthread_join(thread, NULL);
	quiet = 0;
	say("%d of %d", got, MANY);
}

static void descriptors(struct bpf_object *obj)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	int poller = epoll_create1(EPOLL_CLOEXEC), fd = client_map(obj, "ring");

	say("descriptors");
	client_run(obj, "submit", 50, BPF_RB_NO_WAKEUP);
	say("add -> %d", epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event));
	say("wait -> %d", epoll_wait(poller, &event, 1, PATIENCE_MS));
	say("events %x", event.events);
	event.events = EPOLLOUT;
	say("mod -> %d", epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event));
	say("wait -> %d", epoll_wait(poller, &event, 1, 0));
	say("del -> %d", epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL));
	close(poller);
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = client_open(argv[1]);
	struct ring_buffer *manager =
		ring_buffer__new(client_map(obj, "ring"), on_event, "ring", NULL);

	if (!manager) {
		say("no manager");
		return 1;
	}
	adaptive(obj, manager);
	flags(obj, manager);
	stopped(obj, manager);
	two(obj, manager);
	full(obj, manager);
	concurrent(obj, manager);
	ring_buffer__free(manager);
	descriptors(obj);
	bpf_object__close(obj);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbpf's perf_buffer: samples and losses of each CPU, packets, and what programs are
 * told when nobody reads.
 * perf OBJECT
 */
#include "client.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#define PATIENCE_MS 20000
#define PAGES	    1

static int quiet, samples;
static unsigned long long lost;

static void bytes(const unsigned char *data, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		printf("%02x", data[i]);
}

static void on_sample(void *ctx, int cpu, void *data, unsigned int size)
{
	const struct event *event = data;

	samples++;
	if (quiet)
		return;
	printf("  cpu %d: %llu %s, %u bytes: ", cpu, (unsigned long long)event->number,
	       event->text, size);
	/* What is behind the packet is of no account. */
	bytes((const unsigned char *)data + sizeof(*event), size > 44 ? 20 : 0);
	say("%s", "");
}

static void on_lost(void *ctx, int cpu, unsigned long long count)
{
	lost += count;
	if (!quiet)
		say("  cpu %d: lost %llu", cpu, count);
}

static void each_cpu(struct bpf_object *obj, struct perf_buffer *buffer)
{
	say("each CPU");
	for (int cpu = 0; cpu < 2; cpu++) {
		say("emit -> %d",
		    client_run_on(obj, "emit", 100 + cpu, BPF_F_CURRENT_CPU, cpu));
		say("emit by index -> %d", client_run_on(obj, "emit", 110 + cpu, 0, cpu));
		say("poll -> %d", perf_buffer__poll(buffer, PATIENCE_MS));
		say("poll -> %d", perf_buffer__poll(buffer, 0));
	}
	say("value -> %d", client_run_on(obj, "value", 0, 0, 0));
	say("value of another CPU -> %d", client_run_on(obj, "value", 0, 0, 1));
	say("value, nonsense -> %d", client_run_on(obj, "value", 0, 1ull << 40, 0));
}

static void errors(struct bpf_object *obj)
{
	say("errors");
	say("no such slot -> %d", client_run_on(obj, "emit", 0, 100000, 0));
	say("nonsense -> %d", client_run_on(obj, "emit", 0, 1ull << 32, 0));
}

static void overflow(struct bpf_object *obj, struct perf_buffer *buffer)
{
	int stored = 0, refused = 0, err = 0;

	say("overflow");
	quiet = 1;
	samples = 0;
	for (int i = 0; i < 300; i++) {
		int result = client_run_on(obj, "emit", i, BPF_F_CURRENT_CPU, 0);

		*(result ? &refused : &stored) += 1;
		err = result ? result : err;
	}
	say("stored %d, refused %d with %d", stored, refused, err);
	say("poll -> %d", perf_buffer__poll(buffer, PATIENCE_MS) > 0);
	say("samples %d, lost %llu", samples, lost);
	quiet = 0;
	client_run_on(obj, "emit", 200, BPF_F_CURRENT_CPU, 0);
	say("poll -> %d", perf_buffer__poll(buffer, PATIENCE_MS) > 0);
}

/* Which CPU a packet is handled on is the kernel's choice. */
static void packets(struct bpf_object *obj, struct perf_buffer *buffer)
{
	static const char *const programs[] = { "packet", "frame", "too_much" };

	say("packets");
	for (int i = 0; i < 3; i++)
		say("%s -> %d", programs[i], client_run_packet(obj, programs[i], 40));
	say("a short packet -> %d", client_run_packet(obj, "packet", 16));
	quiet = 1;
	samples = 0;
	say("consume -> %d", perf_buffer__consume(buffer));
	say("samples %d", samples);
	quiet = 0;
}

static enum bpf_perf_event_ret on_record(void *ctx, int cpu,
					 struct perf_event_header *header)
{
	const struct perf_sample_raw {
		struct perf_event_header header;
		uint64_t id;
		uint32_t pid, tid;
		uint64_t time;
		uint32_t cpu, reserved;
		uint32_t size;
	} *sample = (void *)header;

	say("  record of type %u, %u bytes, CPU %u, id %d, time %d: %u", header->type,
	    header->size, sample->cpu, sample->id != 0, sample->time != 0, sample->size);
	return LIBBPF_PERF_EVENT_CONT;
}

static void raw(struct bpf_object *obj)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW | PERF_SAMPLE_TIME | PERF_SAMPLE_TID |
			       PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER,
		.sample_period = 1,
		.wakeup_events = 2,
	};
	int cpus[] = { 1 }, keys[] = { 1 };
	LIBBPF_OPTS(perf_buffer_raw_opts, opts, .cpu_cnt = 1, .cpus = cpus,
		    .map_keys = keys);
	struct perf_buffer *buffer = perf_buffer__new_raw(
		client_map(obj, "events"), 2 * PAGES, &attr, on_record, NULL, &opts);

	say("raw: %s", buffer ? "there" : "none");
	if (!buffer)
		return;
	client_run_on(obj, "emit", 1, BPF_F_CURRENT_CPU, 1);
	say("poll before enough -> %d", perf_buffer__poll(buffer, 0));
	client_run_on(obj, "emit", 2, BPF_F_CURRENT_CPU, 1);
	say("poll -> %d", perf_buffer__poll(buffer, PATIENCE_MS));
	say("another CPU -> %d", client_run_on(obj, "emit", 3, BPF_F_CURRENT_CPU, 0));
	say("its slot -> %d", client_run_on(obj, "emit", 3, 1, 0));
	perf_buffer__free(buffer);
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = client_open(argv[1]);
	struct perf_buffer *buffer = perf_buffer__new(client_map(obj, "events"), PAGES,
						      on_sample, on_lost, NULL, NULL);

	if (!buffer) {
		say("no buffer");
		return 1;
	}
	each_cpu(obj, buffer);
	errors(obj);
	overflow(obj, buffer);
	packets(obj, buffer);
	perf_buffer__free(buffer);
	say("nobody -> %d", client_run_on(obj, "emit", 0, BPF_F_CURRENT_CPU, 0));
	raw(obj);
	bpf_object__close(obj);
	return 0;
}

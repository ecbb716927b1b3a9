/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of shared pages: a client maps a ring buffer and scribbles over it, positions
 * and all, between the host's own steps. The input is a program of single bytes with
 * operands:
 *
 *	0  reserve, size in 2 bytes		4  output, size in 2 bytes
 *	1  submit the oldest sample		5  query, what in 1 byte
 *	2  discard the oldest sample		6  drain the user ring buffer
 *	3  write 8 bytes of the input at a 16-bit place (even: of the ring that the host
 *	   fills, odd: of the other one)
 *
 * Nothing may crash or hang, and what the host hands out lies inside its pages.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_task.h"
#include "map/ringbuf.h"
#include "syscall/call.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define RING_SIZE   4096
#define MAX_SAMPLES 16
#define MAX_DRAINS  4

struct ring {
	struct alv_map *map;
	u8 *pages; /* as a client maps them */
	size_t size;
};

struct bench {
	struct ring host_made, user_made;
	void *samples[MAX_SAMPLES];
	size_t n_samples;
	unsigned int drains; /* each may walk over 128 Ki discarded samples */
};

struct input {
	const u8 *at;
	const u8 *end;
};

static u8 take_byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static u32 take_u16(struct input *in)
{
	u32 low = take_byte(in);

	return low | (u32)take_byte(in) << 8;
}

static void make_ring(struct fake_task *fake, u32 type, struct ring *ring)
{
	struct alv_attr_map_create attr = { .map_type = type, .max_entries = RING_SIZE };
	struct alv_object *obj;
	int fd;

	memcpy(fake->memory, &attr, sizeof(attr));
	fd = alv_call(&fake->task, BPF_MAP_CREATE, alv_uaddr_at(FAKE_MEMORY_START), sizeof(attr));
	assert(fd >= 0);
	assert(!alv_task_object(&fake->task, fd, ALV_KIND_MAP, &obj, NULL));
	ring->map = alv_map_of(obj);
	ring->size = obj->identity.mappable;
	ring->pages = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, fake->fds[fd], 0);
	assert(ring->pages != MAP_FAILED);
}

static void drop_ring(struct ring *ring)
{
	munmap(ring->pages, ring->size);
	alv_map_put(ring->map);
}

/* A sample is memory that may be written from its first to its last byte. */
static void keep_sample(struct bench *bench, void *sample, u32 size)
{
	if (!sample)
		return;
	memset(sample, 0xa5, size);
	bench->samples[bench->n_samples++] = sample;
}

static void end_sample(struct bench *bench, bool submit)
{
	void *sample;

	if (!bench->n_samples)
		return;
	sample = bench->samples[0];
	memmove(bench->samples, bench->samples + 1, --bench->n_samples * sizeof(sample));
	if (submit)
		alv_ringbuf_submit(bench->host_made.map, sample, 0);
	else
		alv_ringbuf_discard(bench->host_made.map, sample, 0);
}

static void scribble(struct bench *bench, struct input *in)
{
	u32 place = take_u16(in);
	struct ring *ring = place & 1 ? &bench->user_made : &bench->host_made;
	u8 bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = take_byte(in);
	memcpy(ring->pages + place / 8 * 8 % (ring->size - sizeof(bytes)), bytes, sizeof(bytes));
}

static int read_sample(void *data, void *sample, u32 size)
{
	u32 *sum = data;

	for (u32 i = 0; i < size; i++)
		*sum += ((const u8 *)sample)[i];
	return 0;
}

static void step(struct bench *bench, struct input *in)
{
	static const u8 block[8192];
	u32 size, sum = 0;

	switch (take_byte(in) % 7) {
	case 0:
		size = take_u16(in);
		if (bench->n_samples < MAX_SAMPLES)
			keep_sample(bench, alv_ringbuf_reserve(bench->host_made.map, size), size);
		break;
	case 1:
		end_sample(bench, true);
		break;
	case 2:
		end_sample(bench, false);
		break;
	case 3:
		scribble(bench, in);
		break;
	case 4:
		alv_ringbuf_output(bench->host_made.map, block, take_u16(in) % sizeof(block), 0);
		break;
	case 5:
		alv_ringbuf_query(bench->host_made.map, take_byte(in));
		break;
	case 6:
		if (bench->drains++ < MAX_DRAINS)
			alv_user_ringbuf_drain(bench->user_made.map, read_sample, &sum, 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct alv_host *host;
	static struct fake_task fake;
	struct alv_host_config config = { .size = sizeof(config), .cpus = 2 };
	struct input in = { data, data + size };
	struct bench bench = {};

	if (!host)
		assert(!alv_host_new(&config, &host));
	fake_task_init(&fake, host);
	make_ring(&fake, BPF_MAP_TYPE_RINGBUF, &bench.host_made);
	make_ring(&fake, BPF_MAP_TYPE_USER_RINGBUF, &bench.user_made);
	while (in.at < in.end)
		step(&bench, &in);
	while (bench.n_samples)
		end_sample(&bench, false);
	drop_ring(&bench.host_made);
	drop_ring(&bench.user_made);
	fake_task_fini(&fake);
	alv_identity_reap(host);
	return 0;
}

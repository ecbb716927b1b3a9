/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_RINGBUF and BPF_MAP_TYPE_USER_RINGBUF: records of any size between
 * programs and a client, in pages that both map.
 *
 * The identity's pages: one with the consumer's position, one with the producer's,
 * then the data area twice. A kernel maps the same pages in both places; a file
 * can't, so a record that begins in the first copy goes on into the second, for
 * readers that map the file as it is, and its end is written at the start of the first
 * one, too, for those that wrap by themselves or have the first copy mapped twice. A
 * client of the latter kind (join) writes nothing into the second copy: then the host
 * reads by a view of its own that has the first one twice.
 *
 * Clients may write what they like into all of it. So the host keeps its own
 * positions and its own marks of records that are not committed, and only tells
 * the pages; what it reads there bounds nothing without a check.
 *
 * Concurrency: `lock` guards reservations; a commit is lock-free but for telling
 * those who wait.
 */
#include "map/ringbuf.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/atomic.h"

#define SAMPLE_MAX        (UINT32_MAX / 4)
#define DYNPTR_SAMPLE_MAX 0xffffffu /* what a program takes of a client's sample */
#define DRAIN_MAX         (128 * 1024) /* samples of one drain */
#define POSITION_PAGES    2
#define META_PAGES        3 /* of a kernel's ring buffer, before its data */
#define STALL_MS          8 /* a consumer that rests so long may have left something */

/* Before each sample. */
struct alv_ringbuf_header {
	u32 length; /* of the sample, with BPF_RINGBUF_{BUSY,DISCARD}_BIT; atomic */
	u32 page;   /* of a kernel's ring buffer that it begins in; no client uses it */
};

struct alv_ringbuf {
	struct alv_map map;
	struct alv_region pages; /* the identity's */
	struct alv_region twice; /* its first copy of the data, twice; in USER_RINGBUF */
	bool joined;             /* so do clients map it; atomic */
	struct alv_region busy;  /* a bit for each 8 bytes: here begins a record under way */
	pthread_mutex_t lock;
	u64 mask;     /* bytes of data - 1 */
	u64 producer; /* host's own position, in RINGBUF; under lock, read by anybody */
	u64 pending;  /* all records before it are committed; under lock */
	u64 consumer; /* host's own position, in USER_RINGBUF; whoever drains */
	bool draining;
	struct alv_charge charge; /* while those who wait are told, in RINGBUF */
	u64 seen;                 /* its consumer's position then */
};

static struct alv_ringbuf *ringbuf_of(const struct alv_map *map)
{
	return alv_container(map, struct alv_ringbuf, map);
}

/* Positions as clients see them. */
static u64 *shared_consumer(const struct alv_ringbuf *ring)
{
	return ring->pages.base;
}

static u64 *shared_producer(const struct alv_ringbuf *ring)
{
	return (u64 *)((u8 *)ring->pages.base + alv_page_size());
}

static u8 *data_of(const struct alv_ringbuf *ring)
{
	return (u8 *)ring->pages.base + POSITION_PAGES * alv_page_size();
}

static u64 pages_bytes(u32 size)
{
	return POSITION_PAGES * alv_page_size() + 2 * (u64)size;
}

/* One copy after the other. */
static int map_twice(struct alv_ringbuf *ring, u64 size)
{
	int err = alv_region_reserve(&ring->twice, 2 * size);

	for (u64 at = 0; !err && at < 2 * size; at += size)
		if (mmap((u8 *)ring->twice.base + at, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
			 ring->map.obj.identity.memfd,
			 (off_t)(POSITION_PAGES * alv_page_size())) == MAP_FAILED)
			err = -ENOMEM;
	if (err)
		alv_region_fini(&ring->twice);
	else
		ring->map.obj.identity.host_mappings += 2;
	return err;
}

/*
 * Telling those who wait.
 *
 * A kernel looks at the positions whenever somebody waits who was woken before, so that
 * what is left unread is reported again. Here each wake-up is reported once
 * (object/readiness.h), and the consumer's position is a store of the client's that
 * nobody hears of. So from a wake-up on the host's attendant looks: a consumer that is
 * at the end needs to be told no more, one that stands still before it is told again.
 */

static bool is_readable(const struct alv_ringbuf *ring)
{
	return alv_load_acquire(shared_consumer(ring)) != alv_load_acquire(&ring->producer);
}

static void wake(struct alv_ringbuf *ring)
{
	if (alv_readiness_raise(&ring->map.ready))
		alv_attend(&ring->map.obj.host->attendant, &ring->charge);
}

/* Nobody is told of what is not there (any more). A sample may come meanwhile. */
static bool settle(struct alv_ringbuf *ring)
{
	if (!is_readable(ring))
		alv_readiness_lower(&ring->map.ready);
	return is_readable(ring);
}

static enum alv_look look(struct alv_charge *charge, u32 ms)
{
	struct alv_ringbuf *ring = alv_container(charge, struct alv_ringbuf, charge);
	u64 consumer = alv_load_acquire(shared_consumer(ring));
	bool moved = consumer != ring->seen, ended = !is_readable(ring);

	ring->seen = consumer;
	if (!settle(ring))
		return ALV_LOOK_DONE;
	if (ended || (!moved && ms >= STALL_MS))
		alv_readiness_raise(&ring->map.ready);
	return moved ? ALV_LOOK_MOVING : ALV_LOOK_STILL;
}

static int ringbuf_poll(struct alv_map *map, struct alv_poll *ret_poll)
{
	struct alv_ringbuf *ring = ringbuf_of(map);
	int err = alv_readiness_poll(&map->ready, ALV_READINESS_READ, ret_poll);

	if (!err && settle(ring))
		wake(ring);
	return err;
}

/* Only the last byte's use would take the room from it, and nobody hears of that. */
static int user_ringbuf_poll(struct alv_map *map, struct alv_poll *ret_poll)
{
	return alv_readiness_poll(&map->ready, ALV_READINESS_WRITE, ret_poll);
}

static int ringbuf_check(struct alv_host *host, const struct alv_map_def *def)
{
	if (def->flags & ~(u32)BPF_F_NUMA_NODE)
		return -EINVAL;
	if (def->key_size || def->value_size || !def->max_entries ||
	    def->max_entries & (def->max_entries - 1) ||
	    def->max_entries % alv_page_size())
		return -EINVAL;
	return 0;
}

static int ringbuf_create(struct alv_host *host, const struct alv_map_ops *ops,
			  const struct alv_map_def *def, struct alv_map **ret_map)
{
	u64 size = pages_bytes(def->max_entries), marks = def->max_entries / 64;
	struct alv_ringbuf *ring = calloc(1, sizeof(*ring));
	int err;

	if (!ring)
		return -ENOMEM;
	ring->mask = def->max_entries - 1;
	err = alv_map_init(&ring->map, host, ops, def, size + marks, size);
	if (err)
		goto free_ring;
	err = alv_region_init_fd(&ring->pages, ring->map.obj.identity.memfd, size);
	if (err)
		goto fini_map;
	ring->map.obj.identity.host_mappings = 1;
	if (def->type == BPF_MAP_TYPE_USER_RINGBUF)
		err = map_twice(ring, def->max_entries);
	if (!err)
		err = alv_region_init(&ring->busy, marks);
	if (err)
		goto fini_pages;
	pthread_mutex_init(&ring->lock, NULL);
	alv_charge_init(&ring->charge, look);
	*ret_map = &ring->map;
	return 0;

fini_pages:
	alv_region_fini(&ring->twice);
	alv_region_fini(&ring->pages);
fini_map:
	alv_map_fini(&ring->map);
free_ring:
	free(ring);
	return err;
}

static void ringbuf_destroy(struct alv_map *map)
{
	struct alv_ringbuf *ring = ringbuf_of(map);

	alv_dismiss(&map->obj.host->attendant, &ring->charge);
	pthread_mutex_destroy(&ring->lock);
	alv_region_fini(&ring->busy);
	alv_region_fini(&ring->twice);
	alv_region_fini(&ring->pages);
	alv_map_fini(map);
	free(ring);
}

/* Producing. */

/* The mark of the record that begins `offset` bytes into the data. */
static u64 *busy_word(const struct alv_ringbuf *ring, u64 offset, u64 *ret_bit)
{
	*ret_bit = 1ull << (offset / 8 % 64);
	return (u64 *)ring->busy.base + offset / 8 / 64;
}

/* The first position in [from, to) where a record under way begins; none: to. */
static u64 oldest_busy(const struct alv_ringbuf *ring, u64 from, u64 to)
{
	while (from < to) {
		u64 mark = (from & ring->mask) / 8;
		u64 word = alv_load_acquire((u64 *)ring->busy.base + mark / 64) >>
			   (mark % 64);

		if (word)
			from += 8 * (u64)__builtin_ctzll(word);
		else
			from += 8 * (64 - mark % 64);
		if (word)
			break;
	}
	return from < to ? from : to;
}

/* Bytes that a record takes. */
static u64 record_bytes(u64 sample_size)
{
	return alv_round_up(sample_size + sizeof(struct alv_ringbuf_header), 8);
}

static struct alv_ringbuf_header *begin_record(struct alv_ringbuf *ring, u64 size)
{
	u64 offset = ring->producer & ring->mask, bit;
	struct alv_ringbuf_header *header = (void *)(data_of(ring) + offset);
	u64 *busy = busy_word(ring, offset, &bit);

	__atomic_fetch_or(busy, bit, __ATOMIC_RELAXED);
	alv_store_relaxed(&header->length, (u32)size | BPF_RINGBUF_BUSY_BIT);
	alv_store_relaxed(&header->page, META_PAGES + (u32)(offset / alv_page_size()));
	alv_store_release(&ring->producer, ring->producer + record_bytes(size));
	/* From here on a consumer finds the record, busy. */
	alv_store_release(shared_producer(ring), ring->producer);
	return header;
}

void *alv_ringbuf_reserve(struct alv_map *map, u64 size)
{
	struct alv_ringbuf *ring = ringbuf_of(map);
	struct alv_ringbuf_header *header = NULL;
	u64 consumer, after;

	if (size > SAMPLE_MAX || record_bytes(size) > ring->mask + 1)
		return NULL;
	consumer = alv_load_acquire(shared_consumer(ring));
	pthread_mutex_lock(&ring->lock);
	ring->pending = oldest_busy(ring, ring->pending, ring->producer);
	alv_store_relaxed(shared_producer(ring) + 1, ring->pending);
	after = ring->producer + record_bytes(size);
	/*
	 * A consumer that claims to be ahead only makes the first difference huge. One
	 * that claims what it has not read loses it; never a record under way.
	 */
	if (after - consumer <= ring->mask && after - ring->pending <= ring->mask)
		header = begin_record(ring, size);
	pthread_mutex_unlock(&ring->lock);
	return header ? header + 1 : NULL;
}

/* What of a record lies in the second copy belongs to the start of the first, too. */
static void mirror_end(struct alv_ringbuf *ring, u64 offset, u32 length)
{
	u64 size = ring->mask + 1, end;

	/* The length may have been tampered with. */
	end = offset + sizeof(struct alv_ringbuf_header) + length;
	if (end > offset + size)
		end = offset + size;
	if (end > size)
		memcpy(data_of(ring), data_of(ring) + size, end - size);
}

static void commit(struct alv_map *map, void *sample, u32 discard, u64 flags)
{
	struct alv_ringbuf *ring = ringbuf_of(map);
	struct alv_ringbuf_header *header = (struct alv_ringbuf_header *)sample - 1;
	u64 offset = (u64)((u8 *)header - data_of(ring)), bit;
	u64 *busy = busy_word(ring, offset, &bit);
	u32 length = alv_load_relaxed(&header->length) &
		     ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	bool awaited;

	mirror_end(ring, offset, length);
	__atomic_exchange_n(&header->length, length | discard, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(busy, ~bit, __ATOMIC_SEQ_CST);
	awaited = (alv_load_acquire(shared_consumer(ring)) & ring->mask) == offset;
	if (flags & BPF_RB_FORCE_WAKEUP || (awaited && !(flags & BPF_RB_NO_WAKEUP)))
		wake(ring);
}

void alv_ringbuf_submit(struct alv_map *map, void *sample, u64 flags)
{
	commit(map, sample, 0, flags);
}

void alv_ringbuf_discard(struct alv_map *map, void *sample, u64 flags)
{
	commit(map, sample, BPF_RINGBUF_DISCARD_BIT, flags);
}

#define WAKEUP_FLAGS ((u64)BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)

int alv_ringbuf_output(struct alv_map *map, const void *data, u64 size, u64 flags)
{
	void *sample;

	if (flags & ~WAKEUP_FLAGS)
		return -EINVAL;
	sample = alv_ringbuf_reserve(map, size);
	if (!sample)
		return -EAGAIN;
	memcpy(sample, data, size);
	alv_ringbuf_submit(map, sample, flags);
	return 0;
}

u64 alv_ringbuf_query(const struct alv_map *map, u64 what)
{
	const struct alv_ringbuf *ring = ringbuf_of(map);
	bool user = map->type == BPF_MAP_TYPE_USER_RINGBUF;
	u64 consumer = alv_load_acquire(user ? &ring->consumer : shared_consumer(ring));
	u64 producer = alv_load_acquire(user ? shared_producer(ring) : &ring->producer);

	switch (what) {
	case BPF_RB_AVAIL_DATA:
		return producer - consumer;
	case BPF_RB_RING_SIZE:
		return ring->mask + 1;
	case BPF_RB_CONS_POS:
		return consumer;
	case BPF_RB_PROD_POS:
		return producer;
	default:
		return 0;
	}
}

/* Consuming. */

struct sample {
	void *data;
	u32 size;
	u64 bytes; /* of its record */
	bool discarded;
};

/* What clients write: linear over both copies, as they map them. */
static u8 *written_data(const struct alv_ringbuf *ring)
{
	return alv_load_acquire(&ring->joined) ? ring->twice.base : data_of(ring);
}

/* The client's next sample. -ENODATA: none (yet); -EINVAL, -E2BIG: nonsense. */
static int peek(const struct alv_ringbuf *ring, struct sample *sample)
{
	u64 available, producer = alv_load_acquire(shared_producer(ring));
	u8 *data = written_data(ring);
	const u32 *header;
	u32 length;

	if (producer % 8)
		return -EINVAL;
	if (ring->consumer >= producer)
		return -ENODATA;
	available = producer - ring->consumer;
	header = (const u32 *)(data + (ring->consumer & ring->mask));
	length = alv_load_acquire(header); /* read once: the client may change it */
	sample->size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	sample->bytes = record_bytes(sample->size);
	sample->discarded = length & BPF_RINGBUF_DISCARD_BIT;
	if (sample->bytes > available)
		return -EINVAL;
	if (sample->bytes > ring->mask + 1 || sample->size > DYNPTR_SAMPLE_MAX)
		return -E2BIG;
	if (length & BPF_RINGBUF_BUSY_BIT && !sample->discarded)
		return -ENODATA;
	/* At most one ring's size from anywhere in the first copy: ends in the second. */
	sample->data = data +
		       ((ring->consumer + sizeof(struct alv_ringbuf_header)) & ring->mask);
	return 0;
}

static void release_sample(struct alv_ringbuf *ring, const struct sample *sample)
{
	alv_store_release(&ring->consumer, ring->consumer + sample->bytes);
	alv_store_release(shared_consumer(ring), ring->consumer);
}

static s64 drain(struct alv_ringbuf *ring, alv_sample_fn *fn, void *data)
{
	s64 taken = 0;
	int stop = 0;

	for (u32 seen = 0; seen < DRAIN_MAX && !stop; seen++) {
		struct sample sample;
		int err = peek(ring, &sample);

		if (err)
			return err == -ENODATA ? taken : err;
		if (!sample.discarded) {
			stop = fn(data, sample.data, sample.size);
			taken++;
		}
		release_sample(ring, &sample);
	}
	return taken;
}

s64 alv_user_ringbuf_drain(struct alv_map *map, alv_sample_fn *fn, void *data, u64 flags)
{
	struct alv_ringbuf *ring = ringbuf_of(map);
	s64 result;

	if (flags & ~WAKEUP_FLAGS)
		return -EINVAL;
	if (alv_swap_acq_rel(&ring->draining, true))
		return -EBUSY;
	result = drain(ring, fn, data);
	alv_store_release(&ring->draining, false);
	return result;
}

/* Of both types. */

static int mmap_in_bounds(const struct alv_map *map, const struct alv_map_mmap *request)
{
	u64 size = pages_bytes(map->max_entries);

	return request->offset > size || request->size > size - request->offset ? -EINVAL
										: 0;
}

/* Clients write their position, and nothing else. */
static int ringbuf_mmap(struct alv_map *map, const struct alv_map_mmap *request)
{
	if (request->write && (request->offset || request->size != alv_page_size()))
		return -EPERM;
	return mmap_in_bounds(map, request);
}

/* Clients write everything but the consumer's position. */
static int user_ringbuf_mmap(struct alv_map *map, const struct alv_map_mmap *request)
{
	if (request->write && !request->offset)
		return -EPERM;
	return mmap_in_bounds(map, request);
}

static u64 ringbuf_repeat(const struct alv_map *map, u64 *ret_distance)
{
	*ret_distance = map->max_entries;
	return POSITION_PAGES * alv_page_size() + map->max_entries;
}

static void user_ringbuf_join(struct alv_map *map)
{
	alv_store_release(&ringbuf_of(map)->joined, true);
}

static u64 ringbuf_usage(const struct alv_map *map)
{
	const u64 header = 304; /* sizeof(struct bpf_ringbuf_map) in Linux 6.18 */
	u64 pages = map->max_entries / alv_page_size();

	/* The data's pages once, and the kernel's array that names them twice. */
	return header + (META_PAGES + pages) * alv_page_size() +
	       (META_PAGES + 2 * pages) * sizeof(u64);
}

static int ringbuf_map_create(struct alv_host *host, const struct alv_map_def *def,
			      struct alv_map **ret_map)
{
	return ringbuf_create(host, &alv_ringbuf_map_ops, def, ret_map);
}

const struct alv_map_ops alv_ringbuf_map_ops = {
	.check = ringbuf_check,
	.create = ringbuf_map_create,
	.destroy = ringbuf_destroy,
	.mmap = ringbuf_mmap,
	.repeat = ringbuf_repeat,
	.poll = ringbuf_poll,
	.usage = ringbuf_usage,
};

static int user_ringbuf_map_create(struct alv_host *host, const struct alv_map_def *def,
				   struct alv_map **ret_map)
{
	return ringbuf_create(host, &alv_user_ringbuf_map_ops, def, ret_map);
}

const struct alv_map_ops alv_user_ringbuf_map_ops = {
	.check = ringbuf_check,
	.create = user_ringbuf_map_create,
	.destroy = ringbuf_destroy,
	.mmap = user_ringbuf_mmap,
	.repeat = ringbuf_repeat,
	.join = user_ringbuf_join,
	.poll = user_ringbuf_poll,
	.usage = ringbuf_usage,
};

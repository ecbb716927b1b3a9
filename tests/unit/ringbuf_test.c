/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring buffers: a client that maps them as libbpf does, and one that means harm. */
#include "client.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "map/ringbuf.h"

#define PAGE 4096u
#define SIZE PAGE

/* A client's mappings. */
struct view {
	uint64_t *consumer;
	uint64_t *producer;
	uint8_t *data;
};

static struct view map_view(int fd)
{
	struct view view;
	void *first = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *rest = mmap(NULL, PAGE + 2 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);

	assert_true(first != MAP_FAILED && rest != MAP_FAILED);
	view.consumer = first;
	view.producer = rest;
	view.data = (uint8_t *)rest + PAGE;
	return view;
}

static void unmap_view(const struct view *view)
{
	munmap(view->consumer, PAGE);
	munmap(view->producer, PAGE + 2 * SIZE);
}

/* The next sample that is no discarded one. NULL: none. It is read once released. */
static const uint8_t *read_sample(const struct view *view, uint32_t *ret_size)
{
	uint64_t at = __atomic_load_n(view->consumer, __ATOMIC_ACQUIRE);

	while (at < __atomic_load_n(view->producer, __ATOMIC_ACQUIRE)) {
		uint32_t *header = (uint32_t *)(view->data + (at & (SIZE - 1)));
		uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		uint32_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (length & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
			*ret_size = size;
			return (const uint8_t *)(header + 2);
		}
		at += (size + 8 + 7) / 8 * 8;
		__atomic_store_n(view->consumer, at, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void release_sample(const struct view *view, uint32_t size)
{
	__atomic_store_n(view->consumer, *view->consumer + (size + 8 + 7) / 8 * 8,
			 __ATOMIC_RELEASE);
}

static void fill(uint8_t *sample, uint32_t size, uint32_t number)
{
	for (uint32_t i = 0; i < size; i++)
		sample[i] = (uint8_t)(number * 31 + i);
}

static void check(const uint8_t *sample, uint32_t size, uint32_t number)
{
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(sample[i], (uint8_t)(number * 31 + i));
}

static void test_a_reader_gets_what_was_submitted(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	uint32_t size;

	for (uint32_t n = 0; n < 5000; n++) {
		uint32_t wanted = n * 37 % 900;
		uint8_t *discarded = alv_ringbuf_reserve(map, n % 100);
		uint8_t *sample = alv_ringbuf_reserve(map, wanted);
		const uint8_t *read;

		assert_true(discarded && sample);
		fill(sample, wanted, n);
		alv_ringbuf_submit(map, sample, 0);
		/* In order: what was reserved first holds up the rest. */
		assert_null(read_sample(&view, &size));
		alv_ringbuf_discard(map, discarded, 0);
		read = read_sample(&view, &size);
		assert_non_null(read);
		assert_int_equal(size, wanted);
		check(read, size, n);
		release_sample(&view, size);
		assert_int_equal(alv_ringbuf_query(map, BPF_RB_AVAIL_DATA), 0);
	}
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_the_end_of_a_wrapped_sample_is_at_the_start_too(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	uint8_t bytes[SIZE / 2];

	memset(bytes, 1, sizeof(bytes));
	assert_int_equal(alv_ringbuf_output(map, bytes, sizeof(bytes), 0), 0);
	release_sample(&view, sizeof(bytes));
	memset(bytes, 2, sizeof(bytes));
	assert_int_equal(alv_ringbuf_output(map, bytes, sizeof(bytes), 0), 0);
	/* The record begins 8 bytes behind the half: 16 bytes of it do not fit. */
	assert_memory_equal(view.data, bytes, 16);
	assert_memory_equal(view.data + SIZE, bytes, 16);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_a_full_ring_refuses(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	uint8_t bytes[SIZE];
	void *held;

	assert_null(alv_ringbuf_reserve(map, SIZE - 7));
	assert_null(alv_ringbuf_reserve(map, SIZE - 8)); /* never quite full */
	assert_null(alv_ringbuf_reserve(map, UINT64_MAX));
	held = alv_ringbuf_reserve(map, SIZE - 16);
	assert_non_null(held);
	assert_int_equal(alv_ringbuf_output(map, bytes, 1, 0), -EAGAIN);
	assert_int_equal(alv_ringbuf_output(map, bytes, 1, 4), -EINVAL);
	/* A reader who claims to have read it does not get the record under way overwritten. */
	release_sample(&view, SIZE - 16);
	assert_int_equal(alv_ringbuf_output(map, bytes, 8, 0), -EAGAIN);
	alv_ringbuf_submit(map, held, 0);
	assert_int_equal(alv_ringbuf_output(map, bytes, 8, 0), 0);
	assert_int_equal(alv_ringbuf_query(map, BPF_RB_RING_SIZE), SIZE);
	assert_int_equal(alv_ringbuf_query(map, BPF_RB_PROD_POS), SIZE - 8 + 16);
	assert_int_equal(alv_ringbuf_query(map, 9), 0);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

/* Whatever stands in the shared pages, the host stays within them. */
static void test_scribbles_in_shared_pages_are_harmless(void **state)
{
	static const uint64_t values[] = { 0, 1, 8, SIZE, 1ull << 63, UINT64_MAX, 0xfffffff8 };
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	uint8_t bytes[SIZE] = {};

	for (uint32_t n = 0; n < 20000; n++) {
		uint32_t *sample = alv_ringbuf_reserve(map, n * 41 % 2000);

		*view.consumer = n % 3 ? *view.producer : values[n % 7];
		if (n % 5 == 0)
			*view.producer = values[n / 5 % 7];
		if (n % 7 == 0)
			memset(view.data, (int)n, 2 * SIZE);
		if (sample && n % 2)
			sample[-2] = 0xffffffff; /* its length */
		if (sample)
			alv_ringbuf_submit(map, sample, 0);
		(void)alv_ringbuf_output(map, bytes, n % 500, 0);
	}
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

struct drained {
	uint32_t count;
	uint32_t stop_after;
};

static int drain_one(void *data, void *sample, uint32_t size)
{
	struct drained *drained = data;

	check(sample, size, drained->count++);
	return drained->count == drained->stop_after;
}

/* As libbpf's producer does it; with the flags of the header. */
static void post(const struct view *view, uint32_t size, uint32_t number, uint32_t flags)
{
	uint64_t at = *view->producer;
	uint32_t *header = (uint32_t *)(view->data + (at & (SIZE - 1)));

	fill(view->data + ((at + 8) & (SIZE - 1)), size, number);
	__atomic_store_n(header, size | flags, __ATOMIC_RELEASE);
	__atomic_store_n(view->producer, at + (size + 8 + 7) / 8 * 8, __ATOMIC_RELEASE);
}

static void test_the_host_drains_what_a_client_posts(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_USER_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	struct drained drained = {};

	assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 0), 0);
	for (uint32_t n = 0; n < 3000; n += 3) {
		post(&view, n % 300, n, 0);
		post(&view, 40, 0, BPF_RINGBUF_DISCARD_BIT);
		post(&view, n % 77, n + 1, 0);
		post(&view, n % 13, n + 2, 0);
		drained.stop_after = n + 2;
		assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 0), 2);
		assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 0), 1);
		assert_int_equal(*view.consumer, *view.producer);
	}
	post(&view, 8, 0, BPF_RINGBUF_BUSY_BIT);
	assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 0), 0);
	assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 4), -EINVAL);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

/* Clients behind a launcher have the first copy twice, and write nothing to the second. */
static void test_the_host_drains_what_a_joined_client_posts(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_USER_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	struct drained drained = {};
	uint64_t distance = 0;

	assert_int_equal(map->ops->repeat(map, &distance), 2 * PAGE + SIZE);
	assert_int_equal(distance, SIZE);
	map->ops->join(map);
	assert_true(mmap(view.data + SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 fd, 2 * PAGE) != MAP_FAILED);
	for (uint32_t n = 0; n < 300; n++) {
		post(&view, 1000, n, 0);
		drained.stop_after = n;
		assert_int_equal(alv_user_ringbuf_drain(map, drain_one, &drained, 0), 1);
	}
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static int touch(void *data, void *sample, uint32_t size)
{
	volatile uint8_t *bytes = sample;

	for (uint32_t i = 0; i < size; i++)
		(void)bytes[i];
	return 0;
}

static void test_nonsense_of_a_producer_is_refused(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_USER_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	uint32_t *header = (uint32_t *)view.data;

	*view.producer = 12;
	assert_int_equal(alv_user_ringbuf_drain(map, touch, NULL, 0), -EINVAL);
	*view.producer = 16;
	*header = 16;
	assert_int_equal(alv_user_ringbuf_drain(map, touch, NULL, 0), -EINVAL);
	*view.producer = 1ull << 40;
	*header = SIZE;
	assert_int_equal(alv_user_ringbuf_drain(map, touch, NULL, 0), -E2BIG);
	/* The host's own position counts, not what the page says. */
	*view.consumer = 4;
	*header = SIZE - 8;
	*view.producer = SIZE;
	assert_int_equal(alv_user_ringbuf_drain(map, touch, NULL, 0), 1);
	assert_int_equal(*view.consumer, SIZE);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static int ask(struct alv_map *map, uint64_t page, uint64_t pages, bool write)
{
	struct alv_map_mmap request = { page * PAGE, pages * PAGE, write };

	return map->ops->mmap(map, &request);
}

static void test_what_may_be_mapped(void **state)
{
	struct alv_host *host = test_host(0);
	int fds[] = {
		test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, 2 * PAGE, 0),
		test_create(host, BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 2 * PAGE, 0),
	};
	struct alv_map *ring = map_of(host, fds[0]), *user = map_of(host, fds[1]);

	/* Six pages: two positions and the data twice. */
	assert_int_equal(ask(ring, 0, 6, false), 0);
	assert_int_equal(ask(ring, 0, 7, false), -EINVAL);
	assert_int_equal(ask(ring, 6, 1, false), -EINVAL);
	assert_int_equal(ask(ring, 0, 1, true), 0);
	assert_int_equal(ask(ring, 0, 2, true), -EPERM);
	assert_int_equal(ask(ring, 1, 5, true), -EPERM);
	assert_int_equal(ask(ring, 1, 5, false), 0);
	assert_int_equal(ask(user, 0, 1, true), -EPERM);
	assert_int_equal(ask(user, 0, 6, false), 0);
	assert_int_equal(ask(user, 1, 5, true), 0);
	assert_int_equal(ask(user, 1, 6, true), -EINVAL);
	alv_map_put(ring);
	alv_map_put(user);
	close(fds[0]);
	close(fds[1]);
	alv_host_free(host);
}

/* As the launcher registers it for a client that asks for both directions. */
static int wait_on(struct alv_map *map)
{
	int poller = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { 0 };
	struct alv_poll poll;

	assert_int_equal(alv_map_poll(map, &poll), 0);
	event.events = ((EPOLLIN | EPOLLOUT) & poll.events) | poll.more;
	assert_int_equal(epoll_ctl(poller, EPOLL_CTL_ADD, poll.fd, &event), 0);
	return poller;
}

/* Patience decides about nothing but how long a failure takes. */
#define PATIENCE_MS 20000

static uint32_t told(int poller, int ms)
{
	struct epoll_event event = { 0 };

	return epoll_wait(poller, &event, 1, ms) > 0 ? event.events : 0;
}

static void put(struct alv_map *map, uint64_t flags)
{
	assert_int_equal(alv_ringbuf_output(map, "sample", 8, flags), 0);
}

static void test_who_waits_is_told(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0), poller, late;
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	void *held;

	poller = wait_on(map);
	assert_int_equal(told(poller, 0), 0);
	put(map, BPF_RB_NO_WAKEUP);
	assert_int_equal(told(poller, 0), 0);
	late = wait_on(map); /* there is something to be read */
	assert_int_equal(told(late, PATIENCE_MS), EPOLLIN);
	close(late);
	assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
	/* The consumer is not at this sample, so that it will find it by itself. */
	release_sample(&view, 8);
	release_sample(&view, 8);
	put(map, 0);
	assert_int_equal(alv_ringbuf_query(map, BPF_RB_AVAIL_DATA), 0);
	/* A forced one, of a sample that nobody waits for. */
	put(map, BPF_RB_NO_WAKEUP);
	put(map, BPF_RB_FORCE_WAKEUP);
	assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
	/* What is left is told of again. */
	release_sample(&view, 8);
	assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
	assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
	release_sample(&view, 8);
	/* Of what is under way, when it is committed. */
	held = alv_ringbuf_reserve(map, 8);
	alv_ringbuf_discard(map, held, 0);
	assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
	close(poller);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

/* What was consumed while nobody waited is not told of for long. */
static void test_who_waits_is_not_told_of_the_past(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0), poller, spurious = 0;
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);

	poller = wait_on(map);
	put(map, 0);
	release_sample(&view, 8);
	while (told(poller, 0))
		spurious++;
	assert_in_range(spurious, 0, 1);
	close(poller);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

static void test_room_is_always_told_of(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_USER_RINGBUF, 0, 0, SIZE, 0), poller;
	struct alv_map *map = map_of(host, fd);

	poller = wait_on(map);
	assert_int_equal(told(poller, 0), EPOLLOUT);
	assert_int_equal(told(poller, 0), EPOLLOUT);
	close(poller);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

#define PRODUCERS 3
#define EACH      4000

static void *produce(void *data)
{
	struct alv_map *map = data;

	for (uint32_t n = 0; n < EACH;) {
		uint32_t *sample = alv_ringbuf_reserve(map, 8 + n % 50);

		if (!sample) {
			sched_yield();
			continue;
		}
		sample[0] = n;
		sample[1] = ~n;
		if (n++ % 8 == 7)
			alv_ringbuf_discard(map, sample, 0);
		else
			alv_ringbuf_submit(map, sample, 0);
	}
	return NULL;
}

static void test_many_producers(void **state)
{
	struct alv_host *host = test_host(0);
	int fd = test_create(host, BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0);
	struct alv_map *map = map_of(host, fd);
	struct view view = map_view(fd);
	pthread_t threads[PRODUCERS];
	int poller = wait_on(map);

	for (int i = 0; i < PRODUCERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, produce, map), 0);
	for (uint32_t seen = 0; seen < PRODUCERS * EACH / 8 * 7;) {
		uint32_t size;
		const uint32_t *sample = (const uint32_t *)read_sample(&view, &size);

		/* Nobody's wake-up may be lost. */
		if (!sample) {
			assert_int_equal(told(poller, PATIENCE_MS), EPOLLIN);
			continue;
		}
		assert_int_equal(sample[0], ~sample[1]);
		release_sample(&view, size);
		seen++;
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	close(poller);
	unmap_view(&view);
	alv_map_put(map);
	close(fd);
	alv_host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reader_gets_what_was_submitted),
		cmocka_unit_test(test_the_end_of_a_wrapped_sample_is_at_the_start_too),
		cmocka_unit_test(test_a_full_ring_refuses),
		cmocka_unit_test(test_scribbles_in_shared_pages_are_harmless),
		cmocka_unit_test(test_the_host_drains_what_a_client_posts),
		cmocka_unit_test(test_the_host_drains_what_a_joined_client_posts),
		cmocka_unit_test(test_nonsense_of_a_producer_is_refused),
		cmocka_unit_test(test_what_may_be_mapped),
		cmocka_unit_test(test_who_waits_is_told),
		cmocka_unit_test(test_who_waits_is_not_told_of_the_past),
		cmocka_unit_test(test_room_is_always_told_of),
		cmocka_unit_test(test_many_producers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

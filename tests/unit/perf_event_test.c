/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events: their rings as clients map them, and their places in maps. Numbers are
 * Linux's. */
#include "client.h"

#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "map/fd_array.h"
#include "object/perf_event.h"
#include "object/reap.h"

#define PAGE 4096u

struct bench {
	struct alv_host *host;
	struct alv_task task;
	struct alv_perf_event *event;
	int fd; /* a client's */
	struct perf_event_mmap_page *page;
	u64 size;
	u64 tail;
};

static const struct alv_perf_place here = { .cpu = 0, .tid = 7, .tgid = 5 };

static struct perf_event_attr output_attr(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
}

static int try_map(struct bench *bench, u64 offset, u64 pages, bool shared, bool write)
{
	struct alv_perf_mmap want = { offset, pages * PAGE, shared, write };

	return alv_perf_event_mmap(bench->event, &bench->task, &want);
}

static void map_ring(struct bench *bench, unsigned int pages, int prot)
{
	bench->size = (u64)pages * PAGE;
	assert_int_equal(try_map(bench, 0, pages + 1, true, prot & PROT_WRITE), 0);
	bench->page = mmap(NULL, bench->size + PAGE, prot, MAP_SHARED, bench->fd, 0);
	assert_true(bench->page != MAP_FAILED);
}

static void open_event(struct bench *bench, const struct perf_event_attr *attr, int tid,
		       int cpu)
{
	struct alv_perf_def def = {
		.attr = *attr, .tid = tid, .cpu = cpu, .perfmon = true
	};

	*bench = (struct bench){ .host = test_host(2) };
	alv_task_init_self(&bench->task, bench->host);
	assert_int_equal(alv_perf_check(&def), 0);
	assert_int_equal(alv_perf_event_new(bench->host, &def, &bench->event), 0);
	assert_int_equal(alv_identity_open(&bench->event->obj, ALV_MAY_BOTH, &bench->fd),
			 0);
}

static void close_event(struct bench *bench)
{
	if (bench->page)
		munmap(bench->page, bench->size + PAGE);
	close(bench->fd);
	alv_object_put(&bench->event->obj);
	alv_host_free(bench->host);
}

static int emit(struct bench *bench, const char *text, u64 size)
{
	const struct iovec piece = { (void *)text, size };

	return alv_perf_event_output(bench->event, &here, &piece, 1);
}

/* The next record, copied out of the ring. NULL: none. */
static const struct perf_event_header *next_record(struct bench *bench)
{
	static u8 record[65536];
	const u8 *data = (u8 *)bench->page + PAGE;
	u64 head = __atomic_load_n(&bench->page->data_head, __ATOMIC_ACQUIRE);
	struct perf_event_header header;

	if (bench->tail == head)
		return NULL;
	memcpy(&header, data + bench->tail % bench->size, sizeof(header));
	for (u32 i = 0; i < header.size; i++)
		record[i] = data[(bench->tail + i) % bench->size];
	bench->tail += header.size;
	__atomic_store_n(&bench->page->data_tail, bench->tail, __ATOMIC_RELEASE);
	return (const struct perf_event_header *)record;
}

static void test_samples_are_as_the_kernel_writes_them(void **state)
{
	static const u16 sizes[][2] = { { 0, 16 },  { 4, 16 },	{ 5, 24 },
					{ 12, 24 }, { 13, 32 }, { 24, 40 } };
	static const char text[100] = "some bytes of a sample";
	struct perf_event_attr attr = output_attr();
	struct bench bench;

	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 2, PROT_READ | PROT_WRITE);
	assert_int_equal(bench.page->data_offset, PAGE);
	assert_int_equal(bench.page->data_size, 2 * PAGE);
	assert_int_equal(bench.page->lock, 2);
	for (int round = 0; round < 200; round++) {
		const u16 *size = sizes[round % 6];
		const struct perf_event_header *header;
		u32 raw;

		assert_int_equal(emit(&bench, text, size[0]), 0);
		header = next_record(&bench);
		assert_int_equal(header->type, PERF_RECORD_SAMPLE);
		assert_int_equal(header->misc, PERF_RECORD_MISC_KERNEL);
		assert_int_equal(header->size, size[1]);
		memcpy(&raw, header + 1, sizeof(raw));
		assert_int_equal(raw, size[1] - 12);
		assert_memory_equal((u8 *)(header + 1) + 4, text, size[0]);
	}
	assert_null(next_record(&bench));
	close_event(&bench);
}

/* There are 16 bits for a record's size, and the kernel writes what is too long all the
 * same. */
static void test_long_samples_wrap_their_size(void **state)
{
	static char text[100000];
	struct perf_event_attr attr = output_attr();
	struct bench bench;

	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 64, PROT_READ | PROT_WRITE);
	assert_int_equal(emit(&bench, text, 65516), 0);
	assert_int_equal(bench.page->data_head, 65528);
	assert_int_equal(emit(&bench, text, 65520), 0);
	assert_int_equal(bench.page->data_head, 65528);
	assert_int_equal(emit(&bench, text, 100000), 0);
	assert_int_equal(bench.page->data_head, 65528 + 34480);
	close_event(&bench);
}

static void test_every_field_has_its_place(void **state)
{
	struct perf_event_attr attr = output_attr();
	const struct perf_event_header *header;
	struct bench bench;
	u64 fields[8];

	attr.sample_type |= PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			    PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID |
			    PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD;
	attr.sample_id_all = 1;
	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	bench.event->id = 0x98;
	while (!emit(&bench, "twelve bytes", 12))
		;
	while ((header = next_record(&bench)))
		assert_int_equal(header->size, 88);
	assert_int_equal(emit(&bench, "twelve bytes", 12), 0);
	header = next_record(&bench);
	assert_int_equal(header->type, PERF_RECORD_LOST);
	assert_int_equal(header->misc, 0);
	assert_int_equal(header->size, 72);
	memcpy(fields, header + 1, sizeof(fields));
	assert_int_equal(fields[0], 0x98);
	assert_int_equal(fields[1], 1);
	assert_int_equal(fields[2], 7ull << 32 | 5);
	assert_int_equal(fields[4], 0x98);
	assert_int_equal(fields[6], 0);
	assert_int_equal(fields[7], 0x98);
	header = next_record(&bench);
	assert_int_equal(header->size, 88);
	assert_int_equal(((const u64 *)(header + 1))[2], fields[3]); /* the same time */
	close_event(&bench);
}

/* Which of so many records wake who waits. */
static void expect_wakes(u32 wakeup_events, bool watermark, int count,
			 const char *expected)
{
	struct perf_event_attr attr = output_attr();
	struct epoll_event event = { .events = EPOLLIN }, got;
	int poller = epoll_create1(EPOLL_CLOEXEC);
	struct alv_poll poll;
	struct bench bench;
	char said[256] = "";

	attr.watermark = watermark;
	attr.wakeup_events = wakeup_events;
	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	assert_int_equal(alv_perf_event_poll(bench.event, &poll), 0);
	event.events |= poll.more;
	assert_int_equal(epoll_ctl(poller, EPOLL_CTL_ADD, poll.fd, &event), 0);
	for (int i = 0; i < count; i++) {
		assert_int_equal(emit(&bench, "twelve bytes", 12), 0);
		if (epoll_wait(poller, &got, 1, 0) == 1)
			sprintf(said + strlen(said), "%d ", i);
	}
	assert_string_equal(said, expected);
	close(poller);
	close_event(&bench);
}

static void test_who_waits_is_told_as_often_as_he_asked(void **state)
{
	expect_wakes(1, false, 3, "0 1 2 ");
	expect_wakes(3, false, 8, "2 5 ");
	expect_wakes(0, false, 170, "85 ");
	expect_wakes(100, true, 20, "4 8 12 16 ");
}

static void test_backward_rings(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;
	int stored = 0;

	attr.write_backward = 1;
	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 1, PROT_READ);
	for (int i = 0; i < 400; i++)
		assert_int_equal(emit(&bench, "twelve bytes", 12), 0);
	assert_int_equal(bench.page->data_head, -9600ull);
	munmap(bench.page, bench.size + PAGE);
	/* Nobody has it mapped: there is a new one. */
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 400; i++)
		stored += !emit(&bench, "twelve bytes", 12);
	assert_int_equal(stored, 170);
	assert_int_equal(bench.page->data_head, -4080ull);
	close_event(&bench);
}

static void test_what_may_be_mapped(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;

	open_event(&bench, &attr, 0, 0);
	assert_int_equal(emit(&bench, "x", 1), -ENOSPC);
	assert_int_equal(try_map(&bench, 0, 4, true, true), -EINVAL);
	assert_int_equal(try_map(&bench, 0, 3, false, true), -EINVAL);
	assert_int_equal(try_map(&bench, PAGE, 3, true, true), -EINVAL);
	map_ring(&bench, 0, PROT_READ | PROT_WRITE); /* only positions */
	assert_int_equal(emit(&bench, "x", 1), -ENOSPC);
	assert_int_equal(try_map(&bench, 0, 3, true, true), -EINVAL);
	munmap(bench.page, PAGE);
	map_ring(&bench, 2, PROT_READ | PROT_WRITE);
	assert_int_equal(emit(&bench, "x", 1), 0);
	assert_int_equal(try_map(&bench, 0, 2, true, true), -EINVAL);
	assert_int_equal(try_map(&bench, 0, 5, true, true), -EINVAL);
	assert_int_equal(try_map(&bench, 0, 3, true, true), 0);
	assert_int_equal(bench.page->data_head, 16); /* the same one */
	munmap(bench.page, 3 * PAGE);
	map_ring(&bench, 2, PROT_READ | PROT_WRITE);
	assert_int_equal(bench.page->data_head, 0);
	close_event(&bench);
}

static int control(struct bench *bench, u32 request, u64 arg)
{
	return alv_perf_event_ioctl(bench->event, &bench->task, request, arg);
}

static void test_control(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;
	u64 value = 0;

	attr.disabled = 1;
	open_event(&bench, &attr, 0, 0);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_PAUSE_OUTPUT, 1), -EINVAL);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	assert_int_equal(emit(&bench, "x", 1), -EOPNOTSUPP);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_ENABLE, 0), 0);
	assert_int_equal(bench.page->lock, 4);
	assert_int_equal(emit(&bench, "x", 1), 0);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_PAUSE_OUTPUT, 1), 0);
	assert_int_equal(emit(&bench, "x", 1), -ENOSPC);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_PAUSE_OUTPUT, 0), 0);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_DISABLE, 0), 0);
	assert_int_equal(emit(&bench, "x", 1), -EOPNOTSUPP);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_REFRESH, 1), 0);
	assert_int_equal(emit(&bench, "x", 1), 0);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_ID, (uintptr_t)&value), 0);
	assert_int_equal(value, bench.event->id);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_ID, 0), -EFAULT);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_PERIOD, (uintptr_t)&value), 0);
	value = 0;
	assert_int_equal(control(&bench, PERF_EVENT_IOC_PERIOD, (uintptr_t)&value),
			 -EINVAL);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_RESET, 0), 0);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_SET_BPF, 0), -EINVAL);
	assert_int_equal(control(&bench, PERF_EVENT_IOC_SET_OUTPUT, UINT64_MAX), -EINVAL);
	assert_int_equal(control(&bench, 0x2477, 0), -ENOTTY);
	close_event(&bench);
}

static void test_it_is_not_everywhere(void **state)
{
	const struct alv_perf_place there = { .cpu = 1, .tid = 7 },
				    another = { .tid = 8 };
	const struct iovec piece = { "x", 1 };
	struct perf_event_attr attr = output_attr();
	struct alv_perf_def def = { .attr = attr, .cpu = 2, .perfmon = true };
	struct alv_perf_times times;
	struct alv_perf_event *none;
	struct bench bench;

	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	assert_int_equal(alv_perf_event_output(bench.event, &there, &piece, 1),
			 -EOPNOTSUPP);
	assert_int_equal(alv_perf_event_read(bench.event, &there, &times), -EINVAL);
	assert_int_equal(alv_perf_event_read(bench.event, &here, &times), 0);
	assert_true(times.enabled && times.enabled == times.running);
	assert_int_equal(alv_perf_event_new(bench.host, &def, &none), -EINVAL);
	def.cpu = -1;
	assert_int_equal(alv_perf_event_new(bench.host, &def, &none), -EINVAL);
	close_event(&bench);

	open_event(&bench, &attr, 7, -1);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	assert_int_equal(alv_perf_event_output(bench.event, &here, &piece, 1), 0);
	assert_int_equal(alv_perf_event_output(bench.event, &there, &piece, 1), 0);
	assert_int_equal(alv_perf_event_output(bench.event, &another, &piece, 1),
			 -EOPNOTSUPP);
	close_event(&bench);
}

static int check_attr(const struct perf_event_attr *attr)
{
	struct alv_perf_def def = { .attr = *attr, .perfmon = true };

	return alv_perf_check(&def);
}

#define REFUSED(change, result)                              \
	do {                                                 \
		struct perf_event_attr attr = output_attr(); \
                                                             \
		attr.change;                                 \
		assert_int_equal(check_attr(&attr), result); \
	} while (0)

static void test_attributes_that_are_refused(void **state)
{
	REFUSED(sample_type = 1u << 25, -EINVAL);
	REFUSED(read_format = 1u << 5, -EINVAL);
	REFUSED(__reserved_2 = 1, -EINVAL);
	REFUSED(sample_period = 1ull << 63, -EINVAL);
	REFUSED(freq = 1, 0);
	REFUSED(freq = 1; attr.sample_freq = 100000000, -EINVAL);
	REFUSED(use_clockid = 1; attr.clockid = 77, -EINVAL);
	REFUSED(sample_type |= PERF_SAMPLE_CALLCHAIN, -EOPNOTSUPP);
}

/* As kernel.perf_event_paranoid is 2. */
static void test_what_needs_a_capability(void **state)
{
	struct alv_perf_def def = { .attr = output_attr() };
	struct alv_host *host = test_host(1);
	struct alv_perf_event *event;

	assert_int_equal(alv_perf_check(&def), -EACCES);
	def.attr.exclude_kernel = 1;
	assert_int_equal(alv_perf_check(&def), 0);
	assert_int_equal(alv_perf_event_new(host, &def, &event), -EACCES);
	def.cpu = 1;
	assert_int_equal(alv_perf_event_new(host, &def, &event), -EINVAL);
	def.tid = 1;
	def.cpu = -1;
	assert_int_equal(alv_perf_event_new(host, &def, &event), 0);
	alv_object_put(&event->obj);
	alv_host_free(host);
}

/* Whatever a client writes: what is stored stays inside, and nothing crashes. */
static void test_scribbles_are_harmless(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;
	u32 random = 1;

	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 2, PROT_READ | PROT_WRITE);
	assert_int_not_equal(ftruncate(bench.fd, PAGE), 0);
	assert_int_equal(ftruncate(bench.fd, 1 << 20), 0);
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		bench.page->data_tail =
			i % 3 ? random : bench.page->data_head + random % 64;
		bench.page->data_head = random;
		bench.page->data_size = random << 7;
		bench.page->data_offset = random * 3;
		bench.page->lock = random;
		((u8 *)bench.page)[PAGE + random % (2 * PAGE)] = (u8)i;
		(void)emit(&bench, (const char *)bench.page + PAGE, random >> 22);
		if (i % 100 == 0)
			control(&bench, PERF_EVENT_IOC_ENABLE + (random >> 31), 0);
	}
	assert_int_equal(bench.event->ring.size, 2 * PAGE);
	control(&bench, PERF_EVENT_IOC_ENABLE, 0);
	bench.page->data_tail = bench.event->ring.head;
	assert_int_equal(emit(&bench, "x", 1), 0);
	assert_int_equal(bench.page->data_head, bench.event->ring.head);
	close_event(&bench);
}

/* Maps */

static int put(struct bench *bench, int map, u32 index, int fd)
{
	return update(bench->host, map, &index, &fd, BPF_ANY);
}

static bool is_there(struct alv_map *map, u32 index)
{
	bool found;

	alv_rcu_read_lock();
	found = alv_fd_array_at(map, index);
	alv_rcu_read_unlock();
	return found;
}

static void test_slots_go_with_the_map_s_descriptors(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct alv_map *map, *kept;
	struct bench bench;
	int fds[2];

	open_event(&bench, &attr, 0, 0);
	fds[0] = test_create(bench.host, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0);
	fds[1] = test_create(bench.host, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2,
			     BPF_F_PRESERVE_ELEMS);
	map = map_of(bench.host, fds[0]);
	kept = map_of(bench.host, fds[1]);
	assert_int_equal(put(&bench, fds[0], 0, bench.fd), 0);
	assert_int_equal(put(&bench, fds[1], 0, bench.fd), 0);
	assert_int_equal(put(&bench, fds[0], 1, fds[0]), -EBADF);
	assert_int_equal(put(&bench, fds[0], 1, 0), -EBADF);
	assert_int_equal(put(&bench, fds[0], 2, bench.fd), -E2BIG);
	assert_true(is_there(map, 0));
	assert_false(is_there(map, 1));
	close(fds[0]);
	close(fds[1]);
	alv_reap(bench.host);
	assert_false(is_there(map, 0));
	assert_true(is_there(kept, 0));
	alv_map_put(map);
	alv_map_put(kept);
	close_event(&bench);
}

static void test_an_event_outlives_its_descriptors_in_a_map(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;
	struct alv_map *map;
	int fd;

	open_event(&bench, &attr, 0, 0);
	fd = test_create(bench.host, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0);
	map = map_of(bench.host, fd);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	assert_int_equal(put(&bench, fd, 1, bench.fd), 0);
	assert_int_equal(emit(&bench, "x", 1), 0);
	close(bench.fd);
	alv_reap(bench.host);
	assert_int_equal(emit(&bench, "x", 1), 0); /* it is mapped */
	munmap(bench.page, 2 * PAGE);
	bench.page = NULL;
	alv_reap(bench.host);
	assert_int_equal(emit(&bench, "x", 1), -ENOSPC);
	assert_true(is_there(map, 1));
	bench.fd = fd;
	alv_map_put(map);
	close_event(&bench);
}

static void test_an_inherited_event_is_refused(void **state)
{
	struct perf_event_attr attr = output_attr();
	struct bench bench;
	int fd;

	attr.inherit = 1;
	open_event(&bench, &attr, 0, 0);
	fd = test_create(bench.host, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0);
	assert_int_equal(put(&bench, fd, 0, bench.fd), -EOPNOTSUPP);
	close(fd);
	close_event(&bench);
}

/* Producers against a reader: every sample arrives or is counted as lost. */

#define PRODUCERS 3
#define EACH	  5000

static void *produce(void *data)
{
	for (u32 i = 0; i < EACH; i++)
		(void)emit(data, (const char *)&i, sizeof(i));
	return NULL;
}

static void count(struct bench *bench, u64 *seen, u64 *lost)
{
	const struct perf_event_header *header;

	while ((header = next_record(bench))) {
		if (header->type == PERF_RECORD_LOST)
			*lost += ((const u64 *)(header + 1))[1];
		else
			++*seen;
	}
}

static void test_nothing_is_lost_unseen(void **state)
{
	struct perf_event_attr attr = output_attr();
	pthread_t threads[PRODUCERS];
	u64 seen = 0, lost = 0;
	struct bench bench;

	open_event(&bench, &attr, 0, 0);
	map_ring(&bench, 1, PROT_READ | PROT_WRITE);
	for (int i = 0; i < PRODUCERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &bench), 0);
	for (int done = 0; done < PRODUCERS;) {
		count(&bench, &seen, &lost);
		done += !pthread_tryjoin_np(threads[done], NULL);
	}
	count(&bench, &seen, &lost);
	assert_int_equal(seen + lost + bench.event->ring.lost, PRODUCERS * EACH);
	close_event(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_are_as_the_kernel_writes_them),
		cmocka_unit_test(test_long_samples_wrap_their_size),
		cmocka_unit_test(test_every_field_has_its_place),
		cmocka_unit_test(test_who_waits_is_told_as_often_as_he_asked),
		cmocka_unit_test(test_backward_rings),
		cmocka_unit_test(test_what_may_be_mapped),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_it_is_not_everywhere),
		cmocka_unit_test(test_attributes_that_are_refused),
		cmocka_unit_test(test_what_needs_a_capability),
		cmocka_unit_test(test_scribbles_are_harmless),
		cmocka_unit_test(test_slots_go_with_the_map_s_descriptors),
		cmocka_unit_test(test_an_event_outlives_its_descriptors_in_a_map),
		cmocka_unit_test(test_an_inherited_event_is_refused),
		cmocka_unit_test(test_nothing_is_lost_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Perf events that programs write to: what perf_event_open(2), mmap(2) and ioctl(2)
 * say, and their places in maps.
 */
#include "client.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#define RW   (PROT_READ | PROT_WRITE)

/* Signals end calls that the C library has no name for. */
static int perf_open(const void *attr, int pid, int cpu, int group, unsigned long flags)
{
	long fd;

	do {
		fd = syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int)fd;
}

static struct perf_event_attr output(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = PERF_ATTR_SIZE_VER5,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	return attr;
}

/* How the call went; what it opened is closed. */
static void opens(const char *what, const void *attr, int pid, int cpu, int group,
		  unsigned long flags)
{
	int fd = perf_open(attr, pid, cpu, group, flags);

	transcript_line("%s -> %s", what, fd < 0 ? transcript_errno(fd) : "opened");
	if (fd >= 0)
		close(fd);
}

static void places(void)
{
	struct perf_event_attr attr = output();

	client_case("open: where");
	opens("CPU 0", &attr, -1, 0, -1, 0);
	opens("CPU 1", &attr, -1, 1, -1, PERF_FLAG_FD_CLOEXEC);
	opens("no CPU", &attr, -1, -1, -1, 0);
	opens("CPU -2", &attr, -1, -2, -1, 0);
	opens("CPU 100000", &attr, -1, 100000, -1, 0);
	opens("this thread", &attr, 0, -1, -1, 0);
	opens("this thread, CPU 0", &attr, 0, 0, -1, 0);
	opens("this thread, CPU -2", &attr, 0, -2, -1, 0);
	opens("nobody", &attr, 99999999, -1, -1, 0);
	opens("process -2", &attr, -2, 0, -1, 0);
	opens("group 77", &attr, -1, 0, 77, 0);
	opens("group 0", &attr, -1, 0, 0, 0);
	opens("flags: output", &attr, -1, 0, -1, PERF_FLAG_FD_OUTPUT);
	opens("flags: no group", &attr, -1, 0, -1, PERF_FLAG_FD_NO_GROUP);
	opens("flags: cgroup", &attr, -1, 0, -1, PERF_FLAG_PID_CGROUP);
	opens("flags: 16", &attr, -1, 0, -1, 16);
	opens("no attributes", NULL, -1, 0, -1, 0);
	opens("no attributes, flags", NULL, -1, 0, -1, 16);
}

static void sized(u32 size, int tail)
{
	static union {
		struct perf_event_attr attr;
		char bytes[2 * PAGE];
	} room;

	memset(&room, 0, sizeof(room));
	room.attr = output();
	room.attr.size = size;
	room.bytes[size - 1] |= tail;
	transcript_add("size %u%s: ", size, tail ? " with a tail" : "");
	opens("open", &room, -1, 0, -1, 0);
	transcript_line("says %u", room.attr.size);
}

static void sizes(void)
{
	struct perf_event_attr attr = output();

	client_case("open: sizes");
	attr.size = 0;
	opens("no size", &attr, -1, 0, -1, 0);
	sized(1, 0);
	sized(63, 0);
	sized(64, 0);
	sized(96, 0);
	sized(136, 0);
	sized(PAGE, 0);
	sized(PAGE, 1);
	sized(PAGE + 1, 0);
}

#define REFUSED(change)                                 \
	do {                                            \
		struct perf_event_attr attr = output(); \
                                                        \
		attr.change;                            \
		opens(#change, &attr, -1, 0, -1, 0);    \
	} while (0)

static void attributes(void)
{
	client_case("open: attributes");
	REFUSED(sample_type = 0);
	REFUSED(sample_type |= PERF_SAMPLE_TIME | PERF_SAMPLE_TID | PERF_SAMPLE_CPU);
	REFUSED(sample_type = 1u << 25);
	REFUSED(read_format = 1u << 5);
	REFUSED(__reserved_2 = 1);
	REFUSED(sample_period = 1ull << 63);
	REFUSED(sample_period = 0);
	REFUSED(disabled = 1);
	REFUSED(inherit = 1);
	REFUSED(write_backward = 1);
	REFUSED(watermark = 1);
	REFUSED(exclude_kernel = 1);
	REFUSED(use_clockid = 1);
}

static int ready(const struct perf_event_attr *attr)
{
	int fd = perf_open(attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	descriptor_add(fd);
	return fd;
}

static void *try_map(int fd, size_t pages, int prot, int flags, off_t offset)
{
	void *at;

	do {
		at = mmap(NULL, pages * PAGE, prot, flags, fd, offset);
	} while (at == MAP_FAILED && errno == EINTR);
	transcript_line("%zu pages, %x, %x at %ld -> %s", pages, prot, flags,
			(long)offset, transcript_errno(at == MAP_FAILED ? errno : 0));
	return at == MAP_FAILED ? NULL : at;
}

static void maps(void)
{
	struct perf_event_attr attr = output();
	const struct perf_event_mmap_page *page;
	int fd;

	client_case("mmap");
	fd = ready(&attr);
	try_map(fd, 3, RW, MAP_PRIVATE, 0);
	try_map(fd, 3, RW, MAP_SHARED, PAGE);
	try_map(fd, 4, RW, MAP_SHARED, 0);
	try_map(fd, 6, RW, MAP_SHARED, 0);
	try_map(fd, 3, RW | PROT_EXEC, MAP_SHARED, 0);
	page = try_map(fd, 3, RW, MAP_SHARED, 0);
	if (page) {
		transcript_line("version %u %u lock %u capabilities %llx size %u",
				page->version, page->compat_version, page->lock,
				(unsigned long long)page->capabilities, page->size);
		transcript_line("head %llu tail %llu offset %llu size %llu",
				(unsigned long long)page->data_head,
				(unsigned long long)page->data_tail,
				(unsigned long long)page->data_offset,
				(unsigned long long)page->data_size);
	}
	try_map(fd, 2, RW, MAP_SHARED, 0);
	try_map(fd, 1, RW, MAP_SHARED, 0);
	try_map(fd, 5, RW, MAP_SHARED, 0);
	try_map(fd, 3, PROT_READ, MAP_SHARED, 0);
	fd = ready(&attr);
	try_map(fd, 1, RW, MAP_SHARED, 0);
	try_map(fd, 2, RW, MAP_SHARED, 0);
	fd = ready(&attr);
	try_map(fd, 9, PROT_READ, MAP_SHARED, 0);
}

#define CONTROL(fd, request, arg) control(fd, #request, PERF_EVENT_IOC_##request, arg)

static void control(int fd, const char *name, unsigned long request, uintptr_t arg)
{
	int result;

	do {
		result = ioctl(fd, request, arg);
	} while (result < 0 && errno == EINTR);
	transcript_line("%s -> %s", name, transcript_errno(result < 0 ? errno : result));
}

static void controls(int mapped)
{
	struct perf_event_attr attr = output();
	u64 id = 0, period = 5, zero = 0, huge = 1ull << 63;
	int fd, map;

	client_case("ioctl, %s", mapped ? "with a ring" : "without");
	fd = ready(&attr);
	map = client_map(client_type("ARRAY"));
	if (mapped)
		try_map(fd, 3, RW, MAP_SHARED, 0);
	CONTROL(fd, ENABLE, 0);
	CONTROL(fd, ENABLE, PERF_IOC_FLAG_GROUP);
	CONTROL(fd, DISABLE, 0);
	CONTROL(fd, RESET, 0);
	CONTROL(fd, REFRESH, 1);
	CONTROL(fd, PERIOD, (uintptr_t)&period);
	CONTROL(fd, PERIOD, (uintptr_t)&zero);
	CONTROL(fd, PERIOD, (uintptr_t)&huge);
	CONTROL(fd, PERIOD, 0);
	CONTROL(fd, ID, (uintptr_t)&id);
	transcript_line("an id: %d", id != 0);
	CONTROL(fd, ID, 0);
	CONTROL(fd, PAUSE_OUTPUT, 1);
	CONTROL(fd, PAUSE_OUTPUT, 0);
	CONTROL(fd, SET_OUTPUT, -1L);
	CONTROL(fd, SET_OUTPUT, map);
	CONTROL(fd, SET_OUTPUT, 77);
	CONTROL(fd, SET_BPF, map);
	CONTROL(fd, SET_BPF, 77);
	CONTROL(fd, MODIFY_ATTRIBUTES, (uintptr_t)&attr);
	control(fd, "unknown", _IO('$', 0x77), 0);
	attr.sample_period = 0;
	fd = ready(&attr);
	CONTROL(fd, REFRESH, 1);
	CONTROL(fd, PERIOD, (uintptr_t)&period);
}

static void slots(void)
{
	const struct map_type *t = client_type("PERF_EVENT_ARRAY");
	struct perf_event_attr attr = output();
	u32 key = 0, far = 1000000;
	int map, fd, other;

	client_case("slots");
	map = client_map(t);
	fd = ready(&attr);
	other = client_map(client_type("HASH"));
	client_update(map, &key, &fd, BPF_ANY);
	client_update(map, &key, &fd, BPF_NOEXIST);
	client_update(map, &key, &fd, BPF_EXIST);
	client_update(map, &far, &fd, BPF_ANY);
	client_update(map, &key, &other, BPF_ANY);
	client_update(map, &key, &map, BPF_ANY);
	client_lookup(map, &key, 0);
	client_delete(map, &key);
	client_delete(map, &key);
	client_delete(map, &far);
	attr.inherit = 1;
	fd = ready(&attr);
	client_update(map, &key, &fd, BPF_ANY);
	/* A descriptor for another kind of command. */
	client_info(fd);
	client_lookup(fd, &key, 0);
}

int main(void)
{
	client_start();
	places();
	sizes();
	attributes();
	maps();
	controls(0);
	controls(1);
	slots();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* libbpf on an embedded host, by the shim. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <alveary/libbpf.h>

static struct alv_host *host;

static int use_host(void **state)
{
	struct alv_host_config config = { .size = sizeof(config) };

	if (alv_host_new(&config, &host))
		return -1;
	alv_libbpf_use(host);
	return 0;
}

static int drop_host(void **state)
{
	alv_libbpf_use(NULL);
	alv_host_free(host);
	return 0;
}

static void test_elements(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "counts", 4, 8, 16, NULL);
	uint32_t key = 3, next;
	uint64_t value = 99, seen = 0;

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &key, &value, BPF_ANY), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &seen), 0);
	assert_int_equal(seen, 99);
	assert_int_equal(bpf_map_get_next_key(fd, &key, &next), 0);
	assert_int_equal(next, 4);
	key = 16;
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &seen), -ENOENT);
	close(fd);
}

static void test_info(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "counts", 4, 8, 16, NULL);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	assert_int_equal(info.type, BPF_MAP_TYPE_ARRAY);
	assert_int_equal(info.max_entries, 16);
	close(fd);
}

static void test_pins(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 8, 16, NULL), again;
	struct statfs fs;

	assert_int_equal(statfs("/sys/fs/bpf", &fs), 0);
	assert_int_equal((uint32_t)fs.f_type, 0xcafe4a11);
	assert_int_equal(mkdir("/sys/fs/bpf/app", 0700), 0);
	assert_int_equal(bpf_obj_pin(fd, "/sys/fs/bpf/app/map"), 0);
	again = bpf_obj_get("/sys/fs/bpf/app/map");
	assert_true(again >= 0);
	assert_int_equal(unlink("/sys/fs/bpf/app/map"), 0);
	assert_int_equal(rmdir("/sys/fs/bpf/app"), 0);
	assert_int_equal(bpf_obj_get("/sys/fs/bpf/app/map"), -ENOENT);
	close(fd);
	close(again);
}

#define PATIENCE_MS 20000

static int on_sample(void *ctx, void *data, size_t size)
{
	assert_int_equal(size, 8);
	*(uint64_t *)ctx += *(uint64_t *)data;
	return 0;
}

/* A program that puts 42 into the ring buffer. */
static int producer(int ring)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8, .imm = 42 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = ring },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ringbuf_output },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "producer", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static void test_ring_buffers(void **state)
{
	int ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, NULL);
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct ring_buffer *reader;
	int prog = producer(ring);
	uint64_t sum = 0;

	assert_true(prog >= 0);
	reader = ring_buffer__new(ring, on_sample, &sum, NULL);
	assert_non_null(reader);
	assert_int_equal(ring_buffer__poll(reader, 0), 0);
	assert_int_equal(bpf_prog_test_run_opts(prog, &opts), 0);
	assert_int_equal(bpf_prog_test_run_opts(prog, &opts), 0);
	assert_int_equal(opts.retval, 0);
	assert_int_equal(ring_buffer__poll(reader, PATIENCE_MS), 2);
	assert_int_equal(sum, 84);
	ring_buffer__free(reader);
	close(prog);
	close(ring);
}

/* Descriptors of other files are waited for as always. */
static void test_waiting_for_others(void **state)
{
	int poller = epoll_create1(EPOLL_CLOEXEC), ends[2];
	struct epoll_event event = { .events = EPOLLIN };

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(epoll_wait(poller, &event, 1, PATIENCE_MS), 1);
	assert_int_equal(alv_epoll_ctl(host, poller, EPOLL_CTL_DEL, ends[0], NULL), 0);
	assert_int_equal(alv_epoll_ctl(host, poller, EPOLL_CTL_DEL, ends[0], NULL), -ENOENT);
	close(ends[0]);
	close(ends[1]);
	close(poller);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_ring_buffers),
		cmocka_unit_test(test_waiting_for_others),
	};

	return cmocka_run_group_tests(tests, use_host, drop_host);
}
